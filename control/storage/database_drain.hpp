// SPDX-License-Identifier: Apache-2.0
// From the spool into Postgres.
#pragma once

#include "control/spool/spool.hpp"
#include "control/storage/connection.hpp"
#include "control/storage/record_drain.hpp"
#include "control/storage/relay_writer.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

namespace control {

// One thread that stores records in their order, each in a transaction. While the database is away
// it tries again with growing pauses, and the spool grows. What was stored was stored once (see
// CopyWriter), whatever dies when.
class DatabaseDrain final : public RecordDrain {
 public:
  struct Options {
    DatabaseAddress address;
    std::chrono::milliseconds retry_first{100};  // pause after a failure, doubled up to
    std::chrono::milliseconds retry_max{5000};
    // Called by the thread before it connects: EmbeddedCluster::ensure_running.
    std::function<flowtable::OrError<void>()> revive;
    std::function<void(std::string_view)> log;  // by the thread
  };

  // Borrows the spool, which outlives it.
  DatabaseDrain(Spool& spool, Options options);  // starts the thread
  DatabaseDrain(const DatabaseDrain&) = delete;
  DatabaseDrain& operator=(const DatabaseDrain&) = delete;
  ~DatabaseDrain() override;  // stop() at once

  void stop(std::chrono::steady_clock::time_point deadline) override;
  [[nodiscard]] bool is_storing() const override;
  [[nodiscard]] const StoreCounters& counters() const noexcept override { return counters_; }

 private:
  using Clock = std::chrono::steady_clock;

  void run();
  // False where it gave up because stop()'s time is over.
  bool store(const SpoolRecord& record, const SpoolRecord* next);
  OrDatabaseError<CopyWriter> connect();
  void close_sockets();
  void count_stored(const StoreOutcome& outcome);
  bool pause_before_retry(std::chrono::milliseconds pause);
  void note_failure(const DatabaseError& error, Clock::time_point since);
  [[nodiscard]] bool is_over() const;

  Spool& spool_;
  const Options options_;
  StoreCounters counters_;  // written by the thread

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool failing_ = false;
  bool stopping_ = false;
  bool finished_ = false;
  Clock::time_point deadline_ = Clock::time_point::max();
  // Duplicates of the connections', so that stop() can end a call that hangs.
  std::vector<int> sockets_;

  // The thread's.
  RelayWriter writer_;
  uint64_t minutes_noted_ = 0;  // of the outage that lasts

  std::thread thread_;
};

}  // namespace control
