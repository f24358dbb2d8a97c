// SPDX-License-Identifier: Apache-2.0
#include "control/bus/bus_drain.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace control {
namespace {

using std::chrono::milliseconds;

// How long a turn waits for a record, or for a notice.
constexpr milliseconds kWaitForRecord{50};
// Records that were on their way when one was missing are out of turn, each: once is enough.
constexpr milliseconds kAgainPause{1000};

}  // namespace

BusDrain::BusDrain(Spool& spool, Options options)
    : spool_(spool), options_(std::move(options)), thread_([this] { run(); }) {}

BusDrain::~BusDrain() {
  stop(Clock::now());
}

void BusDrain::stop(Clock::time_point deadline) {
  {
    const std::lock_guard lock(mutex_);
    deadline_ = std::min(deadline_, deadline);
    stopping_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

bool BusDrain::is_storing() const {
  const std::lock_guard lock(mutex_);
  return !failing_;
}

bool BusDrain::is_over() const {
  const std::lock_guard lock(mutex_);
  if (!stopping_) return false;
  return Clock::now() >= deadline_ || spool_.state().records == 0;
}

void BusDrain::run() {
  while (!is_over())
    turn();
  session_.reset();
}

void BusDrain::turn() {
  if (!is_connected()) return pause();
  const bool is_full = in_flight_.size() >= options_.window;
  const bool sent = !is_full && send_next();
  hear(sent ? milliseconds(0) : kWaitForRecord);
  if (!in_flight_.empty() && Clock::now() - progress_ > options_.resend_after) send_again();
}

bool BusDrain::is_connected() {
  if (session_) return true;
  auto session = BusSession::open(options_.address);
  if (!session) {
    note_failure(session.error().message);
    return false;
  }
  if (auto listening = session.value()->listen(options_.sensor); !listening) {
    note_failure(listening.error().message);
    return false;
  }
  session_ = std::move(session).value();
  counters_.add(StoreCounter::connections);
  send_again();
  return true;
}

bool BusDrain::send_next() {
  const std::optional<SpoolRecord> record = spool_.next(Clock::now() + kWaitForRecord);
  if (!record) return false;
  if (in_flight_.empty()) progress_ = Clock::now();
  return send(*record);
}

bool BusDrain::send(const SpoolRecord& record) {
  // Before the first of what is in flight all is stored, or lost for good.
  int64_t after = -1;
  if (!in_flight_.empty()) {
    after = in_flight_.back().epoch == record.epoch ? in_flight_.back().seq : 0;
  }
  const std::string bytes = encode_bus_record(
      {options_.sensor, record.epoch, record.seq, after, record.load, *record.payload});
  if (bytes.size() > session_->bytes_max()) {
    drop_too_large(record);
    return true;
  }
  while (!is_over()) {
    const auto sent = session_->publish(partition_of(options_.sensor), bytes);
    if (sent) {
      in_flight_.push_back({record.epoch, record.seq, record.load});
      bus_.add(BusCounter::records_published);
      if (is_resending_) bus_.add(BusCounter::records_resent);
      return true;
    }
    bus_.add(BusCounter::publish_failures);
    note_failure(sent.error().message);
    pause();
  }
  return false;
}

// As if it had been stored; nothing else would free the spool of it.
void BusDrain::drop_too_large(const SpoolRecord& record) {
  bus_.add(BusCounter::records_too_large);
  counters_.add(StoreCounter::rows_refused, record.load.rows);
  counters_.add(StoreCounter::scan_rows_refused, record.load.scan_rows);
  counters_.add(StoreCounter::scan_log_refused, record.load.audit_rows);
  if (options_.log) {
    options_.log("a record of " + std::to_string(record.payload->size()) +
                 " bytes fits no message of this bus and is left out: raise its max_payload");
  }
  in_flight_.push_back({record.epoch, record.seq, {}, true});
  release_prefix();
}

void BusDrain::hear(milliseconds limit) {
  std::optional<std::string> bytes = session_->next_notice(limit);
  while (bytes) {
    const std::optional<BusNotice> notice = decode_bus_notice(*bytes);
    if (notice) {
      bus_.add(BusCounter::notices);
      note_durable(*notice);
    }
    bytes = session_->next_notice(milliseconds(0));
  }
}

void BusDrain::note_durable(const BusNotice& notice) {
  for (InFlight& each : in_flight_) {
    if (each.epoch == notice.epoch && each.seq <= notice.seq) each.is_durable = true;
  }
  release_prefix();
  if (notice.missing && !in_flight_.empty() && Clock::now() - sent_again_ > kAgainPause) {
    send_again();
  }
}

// In the order of the spool: an earlier run's records may still be on their way.
void BusDrain::release_prefix() {
  while (!in_flight_.empty() && in_flight_.front().is_durable) {
    const InFlight& first = in_flight_.front();
    spool_.release(first.epoch, first.seq);
    counters_.add(StoreCounter::rows_stored, first.load.rows);
    counters_.add(StoreCounter::scan_rows_stored, first.load.scan_rows);
    counters_.add(StoreCounter::batches_stored);
    in_flight_.pop_front();
    progress_ = Clock::now();
    is_resending_ = false;
    const std::lock_guard lock(mutex_);
    if (failing_ && options_.log) options_.log("the bus takes records again");
    failing_ = false;
  }
}

void BusDrain::send_again() {
  is_resending_ = !in_flight_.empty();
  in_flight_.clear();
  spool_.rewind();
  sent_again_ = progress_ = Clock::now();
}

void BusDrain::note_failure(const std::string& what) {
  counters_.add(StoreCounter::retries);
  const std::lock_guard lock(mutex_);
  if (!failing_ && options_.log) {
    options_.log("records wait in the spool (trying again): " + what);
  }
  failing_ = true;
}

void BusDrain::pause() {
  std::unique_lock lock(mutex_);
  changed_.wait_until(lock, std::min(Clock::now() + options_.retry, deadline_));
}

}  // namespace control
