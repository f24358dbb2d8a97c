// SPDX-License-Identifier: Apache-2.0
// From the pipeline and the scanner into the spool.
#pragma once

#include "control/spool/spool.hpp"
#include "control/storage/known_things.hpp"
#include "control/storage/scan_log.hpp"
#include "control/storage/store_counter.hpp"
#include "control/storage/store_items.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace control {

// A bounded queue and one thread that makes records of what is in it and appends them to the spool.
// Rows in the queue are memory, and die with the process; the queue is as short as the disk is
// fast. When the disk is slow the queue fills, then accept() waits, then rows are dropped and
// counted: the tap's as `store_queue_full`, the scanner's as `scan_queue_full`.
class SpoolFeeder {
 public:
  enum class WhenFull : uint8_t { drop_oldest, drop_newest };
  struct Options {
    std::string sensor = "local";
    size_t batch_rows = 50'000;                   // a record is made of so many rows,
    std::chrono::milliseconds batch_delay{1000};  // or this long after its first row came
    size_t queue_rows_max = 100'000;              // beyond the batch that is being made
    size_t queue_bytes_max = size_t{512} << 20;   // the same in memory: hellos may be huge
    // How long accept() waits for room. Once it waited in vain it does not wait again before a
    // record was appended: an outage costs the pipeline this time once.
    std::chrono::milliseconds accept_wait{5000};
    WhenFull when_full = WhenFull::drop_oldest;
    // Of a record, before it is compressed: a bus has messages of limited size.
    size_t record_bytes_max = Spool::kPayloadBytesMax;
  };

  // Borrows the spool, whose only producer it is, and outlived by it.
  SpoolFeeder(Spool& spool, Options options);  // starts the thread
  SpoolFeeder(const SpoolFeeder&) = delete;
  SpoolFeeder& operator=(const SpoolFeeder&) = delete;
  ~SpoolFeeder();  // stop() at once

  // Any thread. Audit rows take no room and are never dropped for being one too many; a job's row
  // that still waits is replaced: an outage does not pile up its progress.
  void accept(StoreBatch&& batch);
  void record(ScanRow row);

  // Waits until everything accepted before is in the spool or dropped; false after `limit`.
  bool flush(std::chrono::milliseconds limit);

  // Accepts no more, appends what is waiting, and ends the thread. What the disk did not take until
  // `deadline` is counted as `store_stopped`, `scan_stopped` or `scan_log_lost`.
  void stop(std::chrono::steady_clock::time_point deadline);

  // Of the queue and of the record that is being made.
  [[nodiscard]] size_t num_rows_queued() const;       // of the tap
  [[nodiscard]] size_t num_scan_rows_queued() const;  // of the scanner
  [[nodiscard]] const StoreCounters& counters() const noexcept { return counters_; }

 private:
  using Clock = std::chrono::steady_clock;
  // Where rows of either eye are counted.
  struct BookPair {
    StoreCounter tap;
    StoreCounter scanner;
  };
  static constexpr BookPair kQueueFull{StoreCounter::store_queue_full,
                                       StoreCounter::scan_queue_full};
  static constexpr BookPair kStopped{StoreCounter::store_stopped, StoreCounter::scan_stopped};
  struct Queued {
    uint64_t number;
    Clock::time_point since;
    StoreLoad load;
    StoreBatch batch;
  };

  // Any thread, with mutex_ held.
  void count_locked(const StoreLoad& load, const BookPair& pair);
  [[nodiscard]] bool has_room_locked(const StoreLoad& load) const;
  void drop_oldest_locked();
  [[nodiscard]] uint64_t oldest_pending_locked() const;

  // The thread.
  void run();
  std::vector<StoreBatch> next_batches();
  void append(const std::vector<StoreBatch>& batches);
  bool append_items(const StoreItems& items);
  void drop_rest();

  Spool& spool_;
  const Options options_;
  StoreCounters counters_;  // written under mutex_

  mutable std::mutex mutex_;
  std::condition_variable changed_;  // anything below
  std::deque<Queued> queue_;
  StoreLoad queued_;
  StoreLoad in_hand_;  // of the record that is being made
  uint64_t last_number_ = 0;
  uint64_t first_in_hand_ = 0;  // 0: none
  size_t num_flushes_ = 0;      // callers inside flush()
  bool waited_in_vain_ = false;
  bool stopping_ = false;
  bool finished_ = false;
  Clock::time_point stop_deadline_ = Clock::time_point::max();

  KnownThings known_;  // the thread's

  std::thread thread_;
};

}  // namespace control
