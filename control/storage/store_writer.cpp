// SPDX-License-Identifier: Apache-2.0
#include "control/storage/store_writer.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <random>
#include <string>
#include <utility>

namespace control {
namespace {

using flowtable::Failure;
using std::chrono::milliseconds;

// Two runs must never share an epoch, or the second one's first batches count as stored: the second
// of the start, and 24 random bits for clocks that were set back.
int64_t new_epoch() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const int64_t seconds = std::chrono::duration_cast<std::chrono::seconds>(now).count();
  std::random_device random;
  return seconds << 24 | static_cast<int64_t>(random() & 0xffffff);
}

DatabaseConnection::Options session_options() {
  DatabaseConnection::Options options;
  options.application_name = "tapseal writer";
  // Nothing may hang for ever: neither we in a lock, nor our locks after the network went away.
  options.settings = {{"statement_timeout", "120s"},
                      {"lock_timeout", "30s"},
                      {"idle_in_transaction_session_timeout", "60s"}};
  return options;
}

// A transaction begins at so much memory even where its rows are few.
constexpr size_t kBatchBytes = size_t{64} << 20;

}  // namespace

StoreWriter::StoreWriter(Options options)
    : options_(std::move(options)), epoch_(new_epoch()), thread_([this] { run(); }) {}

StoreWriter::~StoreWriter() {
  (void)stop(std::chrono::seconds(10));
}

bool StoreWriter::has_room_locked(const StoreLoad& load) const {
  return queued_.all_rows() == 0 ||
         (queued_.all_rows() + load.all_rows() <= options_.queue_rows_max &&
          queued_.bytes + load.bytes <= options_.queue_bytes_max);
}

void StoreWriter::accept(tls::RecordBatch&& batch) {
  enqueue({std::move(batch), {}, {}, {}});
}

void StoreWriter::accept(tls::ScanDelivery&& delivery) {
  enqueue({std::move(delivery.observations),
           std::move(delivery.reports),
           std::move(delivery.replies),
           {}});
}

void StoreWriter::enqueue(StoreBatch&& batch) {
  const StoreLoad load = load_of(batch);
  if (load.all_rows() == 0) return;
  std::unique_lock lock(mutex_);
  count(load, {StoreCounter::rows_accepted, StoreCounter::scan_rows_accepted});
  if (!has_room_locked(load) && !stopping_ && !waited_in_vain_) {
    counters_.add(StoreCounter::accept_waits);
    waited_in_vain_ = !changed_.wait_for(lock, options_.accept_wait,
                                         [&] { return has_room_locked(load) || stopping_; });
  }
  if (stopping_) return count(load, kStopped);
  if (!has_room_locked(load) && options_.when_full == WhenFull::drop_newest) {
    return count(load, kQueueFull);
  }
  while (!has_room_locked(load))
    drop_oldest_locked();
  queue_.push_back({++last_number_, Clock::now(), load, std::move(batch)});
  queued_ += load;
  changed_.notify_all();
}

void StoreWriter::drop_oldest_locked() {
  const auto oldest =
      std::ranges::find_if(queue_, [](const Queued& each) { return each.load.all_rows() != 0; });
  count(oldest->load, kQueueFull);
  queued_ -= oldest->load;
  queue_.erase(oldest);
}

// A job's row that still waits is replaced: an outage does not pile up its progress.
void StoreWriter::record(ScanRow row) {
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

void StoreWriter::count(const StoreLoad& load, const BookPair& pair) {
  counters_.add(pair.tap, load.rows);
  counters_.add(pair.scanner, load.scan_rows);
}

uint64_t StoreWriter::oldest_pending_locked() const {
  if (first_in_flight_ != 0) return first_in_flight_;
  return queue_.empty() ? last_number_ + 1 : queue_.front().number;
}

bool StoreWriter::flush(milliseconds limit) {
  std::unique_lock lock(mutex_);
  const uint64_t target = last_number_;
  ++num_flushes_;
  changed_.notify_all();
  const bool done =
      changed_.wait_for(lock, limit, [&] { return oldest_pending_locked() > target || finished_; });
  --num_flushes_;
  return done && oldest_pending_locked() > target;
}

bool StoreWriter::stop(milliseconds limit) {
  {
    std::unique_lock lock(mutex_);
    stop_deadline_ = std::min(stop_deadline_, Clock::now() + limit);
    stopping_ = true;
    changed_.notify_all();
    changed_.wait_until(lock, stop_deadline_, [&] { return finished_; });
    while (!finished_) {
      // A call that waits for the server returns with an error; so does the next one.
      if (socket_ >= 0) ::shutdown(socket_, SHUT_RDWR);
      changed_.wait_for(lock, milliseconds(50));
    }
  }
  if (thread_.joinable()) thread_.join();
  return counters_.get(StoreCounter::store_stopped) == 0 &&
         counters_.get(StoreCounter::scan_stopped) == 0 &&
         counters_.get(StoreCounter::scan_log_lost) == 0;
}

size_t StoreWriter::num_rows_queued() const {
  const std::lock_guard lock(mutex_);
  return queued_.rows;
}

size_t StoreWriter::num_scan_rows_queued() const {
  const std::lock_guard lock(mutex_);
  return queued_.scan_rows;
}

bool StoreWriter::is_storing() const {
  const std::lock_guard lock(mutex_);
  return !failing_;
}

void StoreWriter::run() {
  while (true) {
    const std::vector<StoreBatch> batches = next_batches();
    if (batches.empty()) break;
    store(batches);
    const std::lock_guard lock(mutex_);
    first_in_flight_ = 0;
    changed_.notify_all();
  }
  disconnect();
  drop_rest();
}

std::vector<StoreBatch> StoreWriter::next_batches() {
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
  first_in_flight_ = queue_.front().number;
  StoreLoad taken;
  while (!queue_.empty() && taken.all_rows() < options_.batch_rows && taken.bytes < kBatchBytes) {
    taken += queue_.front().load;
    queued_ -= queue_.front().load;
    batches.push_back(std::move(queue_.front().batch));
    queue_.pop_front();
  }
  changed_.notify_all();
  return batches;
}

void StoreWriter::store(const std::vector<StoreBatch>& batches) {
  const StoreItemRefs refs(batches);
  StoreLoad load;
  for (const StoreBatch& batch : batches)
    load += load_of(batch);
  ++seq_;
  milliseconds pause = options_.retry_first;
  const auto begin = Clock::now();
  while (true) {
    const OrDatabaseError<StoreOutcome> outcome = attempt(refs.items());
    if (outcome) {
      count_stored(outcome.value());
      // Stored by an attempt that could not say so: its own counts are lost, its rows are not.
      if (outcome.value().stored_before) {
        count(load, {StoreCounter::rows_stored, StoreCounter::scan_rows_stored});
      }
      return;
    }
    disconnect();
    note_failure(outcome.error(), begin);
    if (!pause_before_retry(pause)) {
      // Under the lock because accept() counts there too.
      const std::lock_guard lock(mutex_);
      count(load, kStopped);
      counters_.add(StoreCounter::scan_log_lost, refs.items().scans.size());
      return;
    }
    counters_.add(StoreCounter::retries);
    pause = std::min(2 * pause, options_.retry_max);
  }
}

OrDatabaseError<StoreOutcome> StoreWriter::attempt(const StoreItems& items) {
  if (!writer_) {
    if (auto connected = connect(); !connected) return Failure{connected.error()};
  }
  return writer_->store(seq_, items);
}

OrDatabaseError<void> StoreWriter::connect() {
  if (options_.revive) {
    if (const auto revived = options_.revive(); !revived) {
      return Failure{DatabaseError{revived.error().message, {}}};
    }
  }
  auto database = DatabaseConnection::open(options_.address, session_options());
  if (!database) return Failure{database.error()};
  {
    const std::lock_guard lock(mutex_);
    socket_ = fcntl(database.value().socket(), F_DUPFD_CLOEXEC, 0);
  }
  auto writer =
      CopyWriter::open(std::move(database).value(), {options_.sensor, epoch_, options_.log});
  if (!writer) return Failure{writer.error()};
  writer_.emplace(std::move(writer).value());
  counters_.add(StoreCounter::connections);
  return {};
}

void StoreWriter::disconnect() {
  writer_.reset();
  const std::lock_guard lock(mutex_);
  if (socket_ >= 0) close(socket_);
  socket_ = -1;
}

void StoreWriter::count_stored(const StoreOutcome& outcome) {
  counters_.add(StoreCounter::rows_stored, outcome.num_sessions);
  counters_.add(StoreCounter::rows_refused, outcome.num_refused);
  counters_.add(StoreCounter::scan_rows_stored, outcome.num_scan_rows);
  counters_.add(StoreCounter::scan_rows_refused, outcome.num_scan_rows_refused);
  counters_.add(StoreCounter::certificates_new, outcome.num_certificates_new);
  counters_.add(StoreCounter::chains_new, outcome.num_chains_new);
  counters_.add(outcome.stored_before ? StoreCounter::batches_stored_before
                                      : StoreCounter::batches_stored);
  const std::lock_guard lock(mutex_);
  // Under the lock because record() counts there too.
  counters_.add(StoreCounter::scan_log_lost, outcome.num_scans_refused);
  if (failing_ && options_.log) options_.log("the database takes sessions again");
  failing_ = false;
  waited_in_vain_ = false;
}

// One line when an outage begins and one a minute while it lasts.
void StoreWriter::note_failure(const DatabaseError& error, Clock::time_point since) {
  bool is_first = false;
  {
    const std::lock_guard lock(mutex_);
    is_first = !failing_;
    failing_ = true;
  }
  if (!options_.log) return;
  const auto lasted = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - since);
  const uint64_t minute = static_cast<uint64_t>(lasted.count()) / 60;
  if (!is_first && minute <= minutes_noted_) return;
  minutes_noted_ = minute;
  options_.log("the database takes no sessions for " + std::to_string(lasted.count()) +
               " s (trying again): " + error.message +
               (error.sqlstate.empty() ? "" : " (SQLSTATE " + error.sqlstate + ")"));
}

// False where the time of stop() is over.
bool StoreWriter::pause_before_retry(milliseconds pause) {
  std::unique_lock lock(mutex_);
  const auto until = Clock::now() + pause;
  while (Clock::now() < std::min(until, stop_deadline_))
    changed_.wait_until(lock, std::min(until, stop_deadline_));
  return Clock::now() < stop_deadline_;
}

void StoreWriter::drop_rest() {
  const std::lock_guard lock(mutex_);
  count(queued_, kStopped);
  for (const Queued& each : queue_)
    counters_.add(StoreCounter::scan_log_lost, each.batch.scans.size());
  queue_.clear();
  queued_ = {};
  finished_ = true;
  changed_.notify_all();
}

}  // namespace control
