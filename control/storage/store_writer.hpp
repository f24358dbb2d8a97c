// SPDX-License-Identifier: Apache-2.0
// The sink that keeps observations and the scanner's findings in Postgres.
#pragma once

#include "control/spool/spool.hpp"
#include "control/storage/database_drain.hpp"
#include "control/storage/record_drain.hpp"
#include "control/storage/scan_log.hpp"
#include "control/storage/spool_feeder.hpp"
#include "control/storage/store_counter.hpp"
#include "tls/pipeline/record_sink.hpp"
#include "tls/pipeline/service_report.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

namespace control {

// A queue in memory, a spool on disk, and whoever empties it. What is in the spool is in the
// database once, sooner or later, whatever is killed when; a database that is away makes the spool
// grow to its cap, and then its policy holds. The pipeline and the scanner's workers may call at
// the same time.
class StoreWriter final : public tls::RecordSink, public tls::ScanSink, public ScanLog {
 public:
  struct Options {
    SpoolFeeder::Options feeder;
    Spool::Options spool;
    DatabaseDrain::Options drain;
    // Who empties the spool; empty: a DatabaseDrain.
    std::function<std::unique_ptr<RecordDrain>(Spool&)> make_drain;
  };

  [[nodiscard]] static flowtable::OrError<std::unique_ptr<StoreWriter>> open(Options options);
  StoreWriter(const StoreWriter&) = delete;
  StoreWriter& operator=(const StoreWriter&) = delete;
  ~StoreWriter() override;  // stop(10 s)

  void accept(tls::RecordBatch&& batch) override;
  void accept(tls::ScanDelivery&& delivery) override;
  // Through the same queue, of which it takes no room.
  void record(ScanRow row) override;

  // Waits until everything accepted before is stored, refused or dropped; false after `limit`.
  // Any thread.
  bool flush(std::chrono::milliseconds limit);
  // Waits until it is in the spool, refused or dropped: what is in the spool on disk then is stored
  // once, even where this process is killed. False after `limit`. Any thread.
  bool flush_to_spool(std::chrono::milliseconds limit);

  // Accepts no more, stores what is waiting as long as `limit` allows, and ends the threads. True
  // where nothing was lost; what is not stored is in the spool then, and the next run stores it.
  bool stop(std::chrono::milliseconds limit);

  // Of the threads together: each counter belongs to one of them.
  [[nodiscard]] uint64_t count(StoreCounter counter) const noexcept {
    return feeder_.counters().get(counter) + drain_->counters().get(counter);
  }
  [[nodiscard]] const Spool& spool() const noexcept { return *spool_; }
  // Accepted and not yet stored, refused or dropped: in the queue and in the spool.
  [[nodiscard]] SpoolLoad waiting() const;
  // The database took the last record (or none was tried yet).
  [[nodiscard]] bool is_storing() const { return drain_->is_storing(); }

 private:
  StoreWriter(std::unique_ptr<Spool> spool, Options options);

  std::unique_ptr<Spool> spool_;
  SpoolFeeder feeder_;
  std::unique_ptr<RecordDrain> drain_;
};

}  // namespace control
