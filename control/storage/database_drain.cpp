// SPDX-License-Identifier: Apache-2.0
#include "control/storage/database_drain.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>

namespace control {
namespace {

using flowtable::Failure;
using std::chrono::milliseconds;

// How long the thread waits for a record before it looks whether it is to end.
constexpr milliseconds kWaitForRecord{200};

RelayWriter::Record borrow(const SpoolRecord& record) {
  return {{record.epoch, record.seq}, record.load, *record.payload};
}

}  // namespace

DatabaseDrain::DatabaseDrain(Spool& spool, Options options)
    : spool_(spool),
      options_(std::move(options)),
      writer_([this] { return connect(); }),
      thread_([this] { run(); }) {}

DatabaseDrain::~DatabaseDrain() {
  stop(Clock::now());
}

void DatabaseDrain::stop(Clock::time_point deadline) {
  {
    std::unique_lock lock(mutex_);
    deadline_ = std::min(deadline_, deadline);
    stopping_ = true;
    changed_.notify_all();
    changed_.wait_until(lock, deadline_, [&] { return finished_; });
    while (!finished_) {
      // A call that waits for the server returns with an error; so does the next one.
      for (const int socket : sockets_)
        ::shutdown(socket, SHUT_RDWR);
      changed_.wait_for(lock, milliseconds(50));
    }
  }
  if (thread_.joinable()) thread_.join();
}

bool DatabaseDrain::is_storing() const {
  const std::lock_guard lock(mutex_);
  return !failing_;
}

bool DatabaseDrain::is_over() const {
  const std::lock_guard lock(mutex_);
  return stopping_ && Clock::now() >= deadline_;
}

void DatabaseDrain::run() {
  std::optional<SpoolRecord> record;
  while (!is_over()) {
    if (!record) record = spool_.next(Clock::now() + kWaitForRecord);
    if (record) {
      std::optional<SpoolRecord> next = spool_.next(Clock::now());
      if (!store(*record, next ? &*next : nullptr)) break;
      spool_.release(record->epoch, record->seq);
      record = std::move(next);
      continue;
    }
    const std::lock_guard lock(mutex_);
    if (stopping_) break;
  }
  writer_.disconnect();
  close_sockets();
  const std::lock_guard lock(mutex_);
  finished_ = true;
  changed_.notify_all();
}

bool DatabaseDrain::store(const SpoolRecord& record, const SpoolRecord* next) {
  milliseconds pause = options_.retry_first;
  const auto begin = Clock::now();
  while (true) {
    const std::optional<RelayWriter::Record> ahead =
        next == nullptr ? std::nullopt : std::optional(borrow(*next));
    const OrDatabaseError<StoreOutcome> outcome =
        writer_.store(borrow(record), ahead ? &*ahead : nullptr);
    if (outcome) {
      count_stored(outcome.value());
      return true;
    }
    close_sockets();
    note_failure(outcome.error(), begin);
    if (!pause_before_retry(pause)) return false;
    counters_.add(StoreCounter::retries);
    pause = std::min(2 * pause, options_.retry_max);
  }
}

OrDatabaseError<CopyWriter> DatabaseDrain::connect() {
  if (options_.revive) {
    if (const auto revived = options_.revive(); !revived) {
      return Failure{DatabaseError{revived.error().message, {}}};
    }
  }
  auto database =
      DatabaseConnection::open(options_.address, CopyWriter::session_options("tapseal writer"));
  if (!database) return Failure{database.error()};
  {
    const std::lock_guard lock(mutex_);
    sockets_.push_back(fcntl(database.value().socket(), F_DUPFD_CLOEXEC, 0));
  }
  auto writer = CopyWriter::open(std::move(database).value(), options_.log);
  if (writer) counters_.add(StoreCounter::connections);
  return writer;
}

void DatabaseDrain::close_sockets() {
  const std::lock_guard lock(mutex_);
  for (const int socket : sockets_)
    close(socket);
  sockets_.clear();
}

void DatabaseDrain::count_stored(const StoreOutcome& outcome) {
  counters_.add(StoreCounter::rows_stored, outcome.stored.rows);
  counters_.add(StoreCounter::rows_refused, outcome.refused.rows);
  counters_.add(StoreCounter::scan_rows_stored, outcome.stored.scan_rows);
  counters_.add(StoreCounter::scan_rows_refused, outcome.refused.scan_rows);
  counters_.add(StoreCounter::scan_log_refused, outcome.refused.audit_rows);
  counters_.add(StoreCounter::links_refused, outcome.num_links_refused);
  counters_.add(StoreCounter::certificates_new, outcome.num_certificates_new);
  counters_.add(StoreCounter::chains_new, outcome.num_chains_new);
  counters_.add(outcome.stored_before ? StoreCounter::batches_stored_before
                                      : StoreCounter::batches_stored);
  const std::lock_guard lock(mutex_);
  if (failing_ && options_.log) options_.log("the database takes records again");
  failing_ = false;
}

// One line when an outage begins and one a minute while it lasts.
void DatabaseDrain::note_failure(const DatabaseError& error, Clock::time_point since) {
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
  options_.log("the database takes no records for " + std::to_string(lasted.count()) +
               " s (trying again; " + std::to_string(spool_.state().records) +
               " wait in the spool): " + error.message +
               (error.sqlstate.empty() ? "" : " (SQLSTATE " + error.sqlstate + ")"));
}

// False where the time of stop() is over.
bool DatabaseDrain::pause_before_retry(milliseconds pause) {
  std::unique_lock lock(mutex_);
  const auto until = Clock::now() + pause;
  while (Clock::now() < std::min(until, deadline_))
    changed_.wait_until(lock, std::min(until, deadline_));
  return Clock::now() < deadline_;
}

}  // namespace control
