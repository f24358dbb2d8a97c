// SPDX-License-Identifier: Apache-2.0
// The sink that keeps observations and the scanner's findings in Postgres.
#pragma once

#include "control/storage/connection.hpp"
#include "control/storage/copy_writer.hpp"
#include "control/storage/scan_log.hpp"
#include "control/storage/store_counter.hpp"
#include "control/storage/store_items.hpp"
#include "flowtable/base/result.hpp"
#include "tls/pipeline/record_sink.hpp"
#include "tls/pipeline/service_report.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

namespace control {

// A bounded queue and one thread that stores what is in it. While the database is away the thread
// tries again with growing pauses, the queue fills, then accept() waits, then rows are dropped and
// counted: the tap's as `store_queue_full`, the scanner's as `scan_queue_full`. What was stored was
// stored once (see CopyWriter). The pipeline and the scanner's workers may call at the same time;
// they share the queue and its bounds.
class StoreWriter final : public tls::RecordSink, public tls::ScanSink, public ScanLog {
 public:
  enum class WhenFull : uint8_t { drop_oldest, drop_newest };
  struct Options {
    DatabaseAddress address;
    std::string sensor = "local";
    size_t batch_rows = 10'000;                   // a transaction begins at so many rows,
    std::chrono::milliseconds batch_delay{1000};  // or this long after its first row came
    size_t queue_rows_max = 100'000;              // beyond the batch that is being stored
    size_t queue_bytes_max = size_t{512} << 20;   // the same in memory: hellos may be huge
    // How long accept() waits for room. Once it waited in vain it does not wait again before a
    // batch was stored: an outage costs the pipeline this time once.
    std::chrono::milliseconds accept_wait{5000};
    WhenFull when_full = WhenFull::drop_oldest;
    std::chrono::milliseconds retry_first{100};  // pause after a failure, doubled up to
    std::chrono::milliseconds retry_max{5000};
    // Called by the writer's thread before it connects: EmbeddedCluster::ensure_running.
    std::function<flowtable::OrError<void>()> revive;
    std::function<void(std::string_view)> log;  // by the writer's thread
  };

  explicit StoreWriter(Options options);  // starts the thread
  StoreWriter(const StoreWriter&) = delete;
  StoreWriter& operator=(const StoreWriter&) = delete;
  ~StoreWriter() override;  // stop(10 s)

  void accept(tls::RecordBatch&& batch) override;
  void accept(tls::ScanDelivery&& delivery) override;
  // Through the same queue, of which it takes no room: an audit row is never dropped for being one
  // too many. Lost ones (the server refused it, or stop() came first) are `scan_log_lost`.
  void record(ScanRow row) override;

  // Waits until everything accepted before is stored, refused or dropped; false after `limit`.
  // Any thread.
  bool flush(std::chrono::milliseconds limit);

  // Accepts no more, stores what is waiting, and ends the thread. What is not stored within `limit`
  // is counted as `store_stopped`, `scan_stopped` or `scan_log_lost` (of a batch that was at its
  // COMMIT then nobody knows); true where there was none. Afterwards accept() counts rows as
  // `store_stopped`.
  bool stop(std::chrono::milliseconds limit);

  [[nodiscard]] const StoreCounters& counters() const noexcept { return counters_; }
  [[nodiscard]] size_t num_rows_queued() const;       // of the tap
  [[nodiscard]] size_t num_scan_rows_queued() const;  // of the scanner
  // The database took the last batch (or none was tried yet).
  [[nodiscard]] bool is_storing() const;

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

  // Any thread.
  void enqueue(StoreBatch&& batch);
  void count(const StoreLoad& load, const BookPair& pair);
  // Any thread, with mutex_ held.
  [[nodiscard]] bool has_room_locked(const StoreLoad& load) const;
  void drop_oldest_locked();
  [[nodiscard]] uint64_t oldest_pending_locked() const;

  // The writer's thread.
  void run();
  std::vector<StoreBatch> next_batches();
  void store(const std::vector<StoreBatch>& batches);
  OrDatabaseError<StoreOutcome> attempt(const StoreItems& items);
  OrDatabaseError<void> connect();
  void disconnect();
  void count_stored(const StoreOutcome& outcome);
  bool pause_before_retry(std::chrono::milliseconds pause);
  void note_failure(const DatabaseError& error, Clock::time_point since);
  void drop_rest();

  const Options options_;
  const int64_t epoch_;
  StoreCounters counters_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;  // anything below
  std::deque<Queued> queue_;
  StoreLoad queued_;
  uint64_t last_number_ = 0;
  uint64_t first_in_flight_ = 0;  // 0: none
  size_t num_flushes_ = 0;        // callers inside flush()
  bool waited_in_vain_ = false;
  bool failing_ = false;
  bool stopping_ = false;
  bool finished_ = false;
  Clock::time_point stop_deadline_ = Clock::time_point::max();
  int socket_ = -1;  // duplicate of the connection's, so that stop() can end a call that hangs

  // The writer's thread alone.
  std::optional<CopyWriter> writer_;
  int64_t seq_ = 0;
  uint64_t minutes_noted_ = 0;  // of the outage that lasts

  std::thread thread_;
};

}  // namespace control
