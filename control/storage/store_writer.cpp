// SPDX-License-Identifier: Apache-2.0
#include "control/storage/store_writer.hpp"

#include <thread>
#include <utility>

namespace control {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

// How often flush() looks.
constexpr milliseconds kWaitForRows{2};

}  // namespace

flowtable::OrError<std::unique_ptr<StoreWriter>> StoreWriter::open(Options options) {
  auto spool = Spool::open(options.spool);
  if (!spool) return flowtable::Failure{spool.error()};
  return std::unique_ptr<StoreWriter>(
      new StoreWriter(std::move(spool).value(), std::move(options)));
}

StoreWriter::StoreWriter(std::unique_ptr<Spool> spool, Options options)
    : spool_(std::move(spool)),
      feeder_(*spool_, std::move(options.feeder)),
      drain_(options.make_drain
                 ? options.make_drain(*spool_)
                 : std::make_unique<DatabaseDrain>(*spool_, std::move(options.drain))) {}

StoreWriter::~StoreWriter() {
  (void)stop(std::chrono::seconds(10));
}

void StoreWriter::accept(tls::RecordBatch&& batch) {
  feeder_.accept({std::move(batch), {}, {}, {}});
}

void StoreWriter::accept(tls::ScanDelivery&& delivery) {
  feeder_.accept({std::move(delivery.observations),
                  std::move(delivery.reports),
                  std::move(delivery.replies),
                  {}});
}

void StoreWriter::record(ScanRow row) {
  feeder_.record(std::move(row));
}

bool StoreWriter::flush(milliseconds limit) {
  const auto deadline = Clock::now() + limit;
  if (!feeder_.flush(limit)) return false;
  // Records come out in their order: when as many have left as went in, those of now have.
  const auto gone = [&] {
    uint64_t sum = 0;
    for (const SpoolFate fate : {SpoolFate::released, SpoolFate::dropped_full,
                                 SpoolFate::dropped_damaged, SpoolFate::refused}) {
      sum += counted(spool_->counters(), fate).records;
    }
    return sum;
  };
  const uint64_t target = counted(spool_->counters(), SpoolFate::appended).records +
                          counted(spool_->counters(), SpoolFate::recovered).records;
  while (gone() < target) {
    if (Clock::now() >= deadline) return false;
    std::this_thread::sleep_for(kWaitForRows);
  }
  return true;
}

bool StoreWriter::flush_to_spool(milliseconds limit) {
  return feeder_.flush(limit);
}

bool StoreWriter::stop(milliseconds limit) {
  const auto deadline = Clock::now() + limit;
  feeder_.stop(deadline);
  spool_->close();
  drain_->stop(deadline);
  return count(StoreCounter::store_stopped) == 0 && count(StoreCounter::scan_stopped) == 0 &&
         count(StoreCounter::scan_log_lost) == 0;
}

SpoolLoad StoreWriter::waiting() const {
  SpoolLoad load = spool_->state().waiting;
  load.rows += feeder_.num_rows_queued();
  load.scan_rows += feeder_.num_scan_rows_queued();
  return load;
}

}  // namespace control
