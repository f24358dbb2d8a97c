// SPDX-License-Identifier: Apache-2.0
// How long the memory keeps what.
#pragma once

#include "control/storage/connection.hpp"
#include "control/storage/retention_counter.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>

namespace control {

// Zero: for ever.
struct RetentionWindow {
  std::chrono::seconds sessions{0};
  std::chrono::seconds links{0};
};

struct RetentionSums {
  int64_t partitions = 0;   // days of sessions, dropped
  int64_t sessions = 0;     // rows in them, as the server estimates, and those of no day
  int64_t links = 0;        // rows
  bool is_complete = true;  // false: something else held a lock; the rest is left for later
};

struct RetentionSweep {
  RetentionWindow window;
  std::chrono::sys_seconds now;
  // Longest that a lock is waited for, and so longest that a writer waits behind it.
  std::chrono::milliseconds lock_timeout{200};
  // Asked between two short transactions; true ends the sweep.
  std::function<bool()> stopped{};
};
// Drops the days that lie wholly outside the window, and deletes what is older in `session_default`
// and the tables of links, in transactions of some thousand rows. Certificates, fingerprints and
// what else grows with their number stay.
OrDatabaseError<RetentionSums> sweep(DatabaseConnection& database, const RetentionSweep& options);

// Sweeps at start and then once an hour, on a thread and a connection of its own, both of low
// priority; what was left for a lock is tried again after a minute.
class Retention {
 public:
  struct Options {
    DatabaseAddress address;
    RetentionWindow window;
    std::chrono::milliseconds every = std::chrono::hours(1);
    std::chrono::milliseconds again = std::chrono::minutes(1);
    std::chrono::milliseconds lock_timeout{200};
    std::function<void(std::string_view)> log;  // by its thread
  };
  explicit Retention(Options options);  // starts the thread, unless everything is kept for ever
  Retention(const Retention&) = delete;
  Retention& operator=(const Retention&) = delete;
  ~Retention();  // stop()

  // Ends after the transaction that is under way: at most some hundred milliseconds.
  void stop();
  [[nodiscard]] const RetentionCounters& counters() const noexcept { return counters_; }

 private:
  void run();
  // How long to wait until the next one.
  std::chrono::milliseconds sweep_once();
  void note(const RetentionSums& sums);
  [[nodiscard]] bool is_stopping();

  const Options options_;
  RetentionCounters counters_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace control
