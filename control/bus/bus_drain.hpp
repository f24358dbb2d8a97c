// SPDX-License-Identifier: Apache-2.0
// From the spool onto the bus.
#pragma once

#include "control/bus/bus_counter.hpp"
#include "control/bus/bus_session.hpp"
#include "control/spool/spool.hpp"
#include "control/storage/record_drain.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace control {

// The sensor's end. One thread sends records in their order and frees the spool of what a writer
// says is durable in the database: what the bus has taken may be lost by it (its servers write to
// the disk later than they say), so that the spool keeps it until then. Where nobody says so for
// `resend_after` everything is sent again; writers store it once.
class BusDrain final : public RecordDrain {
 public:
  // Records of this size fit a message of 1 MiB, the servers' own limit, compressed or not.
  static constexpr size_t kRecordBytesMax = 1'000'000;

  struct Options {
    BusAddress address;
    std::string sensor;
    size_t window = 256;  // records sent and not yet known to be stored
    std::chrono::milliseconds resend_after{20'000};
    std::chrono::milliseconds retry{500};
    std::function<void(std::string_view)> log;  // by the thread
  };

  // Borrows the spool, which outlives it.
  BusDrain(Spool& spool, Options options);  // starts the thread
  BusDrain(const BusDrain&) = delete;
  BusDrain& operator=(const BusDrain&) = delete;
  ~BusDrain() override;  // stop() at once

  void stop(std::chrono::steady_clock::time_point deadline) override;
  [[nodiscard]] bool is_storing() const override;
  // `rows_stored` and its like: what writers have taken over, refused rows among it.
  [[nodiscard]] const StoreCounters& counters() const noexcept override { return counters_; }
  [[nodiscard]] const BusCounters& bus_counters() const noexcept { return bus_; }

 private:
  using Clock = std::chrono::steady_clock;
  struct InFlight {
    int64_t epoch;
    int64_t seq;
    SpoolLoad load;
    bool is_durable = false;
  };

  void run();
  void turn();
  bool is_connected();
  bool send_next();
  bool send(const SpoolRecord& record);
  void hear(std::chrono::milliseconds limit);
  void note_durable(const BusNotice& notice);
  void release_prefix();
  void send_again();
  void drop_too_large(const SpoolRecord& record);
  void note_failure(const std::string& what);
  void pause();
  [[nodiscard]] bool is_over() const;

  Spool& spool_;
  const Options options_;
  StoreCounters counters_;  // written by the thread, as the next
  BusCounters bus_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool failing_ = false;
  bool stopping_ = false;
  Clock::time_point deadline_ = Clock::time_point::max();

  // The thread's.
  std::unique_ptr<BusSession> session_;
  std::deque<InFlight> in_flight_;  // in the order of the spool
  Clock::time_point progress_{};    // of the last release, or of the first of what is in flight
  Clock::time_point sent_again_{};
  bool is_resending_ = false;

  std::thread thread_;
};

}  // namespace control
