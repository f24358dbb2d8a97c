// SPDX-License-Identifier: Apache-2.0
#include "control/storage/spool_feeder.hpp"

#include "control/storage/batch_rows.hpp"
#include "control/storage/store_record.hpp"

#include <algorithm>
#include <utility>

namespace control {
namespace {

using std::chrono::milliseconds;

// A record is made of so much memory even where its rows are few.
constexpr size_t kBatchBytes = Spool::kPayloadBytesMax / 4;

SpoolLoad load_of(const StoreItems& items) {
  const auto num_scanned = static_cast<uint64_t>(
      std::ranges::count_if(items.observations, [](auto* seen) { return is_of_scanner(*seen); }));
  return {items.observations.size() - num_scanned,
          num_scanned + items.reports.size() + items.replies.size(), items.scans.size()};
}

}  // namespace

SpoolFeeder::SpoolFeeder(Spool& spool, Options options)
    : spool_(spool), options_(std::move(options)), thread_([this] { run(); }) {}

SpoolFeeder::~SpoolFeeder() {
  stop(Clock::now());
}

bool SpoolFeeder::has_room_locked(const StoreLoad& load) const {
  return queued_.all_rows() == 0 ||
         (queued_.all_rows() + load.all_rows() <= options_.queue_rows_max &&
          queued_.bytes + load.bytes <= options_.queue_bytes_max);
}

void SpoolFeeder::count_locked(const StoreLoad& load, const BookPair& pair) {
  counters_.add(pair.tap, load.rows);
  counters_.add(pair.scanner, load.scan_rows);
}

void SpoolFeeder::accept(StoreBatch&& batch) {
  const StoreLoad load = load_of(batch);
  if (load.all_rows() == 0) return;
  std::unique_lock lock(mutex_);
  count_locked(load, {StoreCounter::rows_accepted, StoreCounter::scan_rows_accepted});
  if (!has_room_locked(load) && !stopping_ && !waited_in_vain_) {
    counters_.add(StoreCounter::accept_waits);
    waited_in_vain_ = !changed_.wait_for(lock, options_.accept_wait,
                                         [&] { return has_room_locked(load) || stopping_; });
  }
  if (stopping_) return count_locked(load, kStopped);
  if (!has_room_locked(load) && options_.when_full == WhenFull::drop_newest) {
    return count_locked(load, kQueueFull);
  }
  while (!has_room_locked(load))
    drop_oldest_locked();
  queue_.push_back({++last_number_, Clock::now(), load, std::move(batch)});
  queued_ += load;
  changed_.notify_all();
}

void SpoolFeeder::drop_oldest_locked() {
  const auto oldest =
      std::ranges::find_if(queue_, [](const Queued& each) { return each.load.all_rows() != 0; });
  count_locked(oldest->load, kQueueFull);
  queued_ -= oldest->load;
  queue_.erase(oldest);
}

void SpoolFeeder::record(ScanRow row) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return counters_.add(StoreCounter::scan_log_lost);
  for (Queued& each : queue_) {
    if (each.batch.scans.empty() || each.batch.scans.front().id != row.id) continue;
    each.batch.scans.front() = std::move(row);
    return;
  }
  StoreBatch batch;
  batch.scans.push_back(std::move(row));
  queue_.push_back({++last_number_, Clock::now(), {}, std::move(batch)});
  changed_.notify_all();
}

uint64_t SpoolFeeder::oldest_pending_locked() const {
  if (first_in_hand_ != 0) return first_in_hand_;
  return queue_.empty() ? last_number_ + 1 : queue_.front().number;
}

bool SpoolFeeder::flush(milliseconds limit) {
  std::unique_lock lock(mutex_);
  const uint64_t target = last_number_;
  ++num_flushes_;
  changed_.notify_all();
  const bool done =
      changed_.wait_for(lock, limit, [&] { return oldest_pending_locked() > target || finished_; });
  --num_flushes_;
  return done && oldest_pending_locked() > target;
}

void SpoolFeeder::stop(Clock::time_point deadline) {
  {
    const std::lock_guard lock(mutex_);
    stop_deadline_ = std::min(stop_deadline_, deadline);
    stopping_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

size_t SpoolFeeder::num_rows_queued() const {
  const std::lock_guard lock(mutex_);
  return queued_.rows + in_hand_.rows;
}

size_t SpoolFeeder::num_scan_rows_queued() const {
  const std::lock_guard lock(mutex_);
  return queued_.scan_rows + in_hand_.scan_rows;
}

void SpoolFeeder::run() {
  while (true) {
    const std::vector<StoreBatch> batches = next_batches();
    if (batches.empty()) break;
    append(batches);
  }
  drop_rest();
}

std::vector<StoreBatch> SpoolFeeder::next_batches() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !queue_.empty() || stopping_; });
  const auto is_due = [&] {
    return queued_.all_rows() >= options_.batch_rows || stopping_ || num_flushes_ > 0;
  };
  // The front may be dropped while this waits, so its time is asked for again.
  while (!queue_.empty() && !is_due()) {
    const auto due = queue_.front().since + options_.batch_delay;
    if (changed_.wait_until(lock, due) == std::cv_status::timeout) break;
  }
  std::vector<StoreBatch> batches;
  if (queue_.empty() || Clock::now() >= stop_deadline_) return batches;
  first_in_hand_ = queue_.front().number;
  while (!queue_.empty() && in_hand_.all_rows() < options_.batch_rows &&
         in_hand_.bytes < kBatchBytes) {
    in_hand_ += queue_.front().load;
    queued_ -= queue_.front().load;
    batches.push_back(std::move(queue_.front().batch));
    queue_.pop_front();
  }
  changed_.notify_all();
  return batches;
}

void SpoolFeeder::append(const std::vector<StoreBatch>& batches) {
  const StoreItemRefs refs(batches);
  const bool taken = append_items(refs.items());
  const std::lock_guard lock(mutex_);
  if (taken) waited_in_vain_ = false;
  in_hand_ = {};
  first_in_hand_ = 0;
  changed_.notify_all();
}

bool SpoolFeeder::append_items(const StoreItems& items) {
  if (spool_.next_begins_segment()) known_.clear();
  BatchRows rows = make_batch_rows(items, options_.sensor);
  known_.strip(rows);
  std::string payload = encode_store_record(rows, options_.sensor);
  if (payload.size() > options_.record_bytes_max && items.size() > 1) {
    // Certificates can be large. What was to be known from this record is not.
    known_.clear();
    const size_t half = items.size() / 2;
    const bool first = append_items(items.part(0, half));
    return append_items(items.part(half, items.size() - half)) && first;
  }
  return spool_.append(load_of(items), std::move(payload)) != Spool::Appended::refused;
}

void SpoolFeeder::drop_rest() {
  const std::lock_guard lock(mutex_);
  count_locked(queued_, kStopped);
  for (const Queued& each : queue_)
    counters_.add(StoreCounter::scan_log_lost, each.batch.scans.size());
  queue_.clear();
  queued_ = {};
  finished_ = true;
  changed_.notify_all();
}

}  // namespace control
