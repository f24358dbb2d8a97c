// SPDX-License-Identifier: Apache-2.0
#include "control/storage/retention.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <string>
#include <utility>
#include <vector>

namespace control {
namespace {

using flowtable::Failure;
using std::chrono::seconds;
using std::chrono::sys_seconds;

// Pages looked through in one transaction; some thousand rows.
constexpr int64_t kPagesPerStep = 128;
// PostgreSQL manual, appendix A: lock_not_available, deadlock_detected.
constexpr std::string_view kLockNotAvailable = "55P03";
constexpr std::string_view kDeadlock = "40P01";

// Tables of links: a row says from when until when something was seen, and is written again when it
// is seen again.
constexpr std::array<const char*, 5> kLinkTables = {
    "sighting", "client_sighting", "service_fingerprint", "ssh_sighting", "service"};

bool was_locked(const DatabaseError& error) {
  return error.sqlstate == kLockNotAvailable || error.sqlstate == kDeadlock;
}

int64_t signed_number_of(std::string_view text) {
  int64_t out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

class Sweeper {
 public:
  Sweeper(DatabaseConnection& database, const RetentionSweep& options)
      : database_(database), options_(options) {}

  OrDatabaseError<RetentionSums> run() {
    const auto limited = database_.query("SELECT set_config('lock_timeout', $1, false)",
                                         {std::to_string(options_.lock_timeout.count()) + "ms"});
    if (!limited) return Failure{limited.error()};
    if (options_.window.sessions > seconds(0)) {
      if (auto done = drop_days(); !done) return Failure{done.error()};
      const auto rows = delete_rows("session_default", "ts", edge(options_.window.sessions));
      if (!rows) return Failure{rows.error()};
      sums_.sessions += rows.value();
    }
    if (options_.window.links > seconds(0)) {
      for (const char* table : kLinkTables) {
        const auto rows = delete_rows(table, "last_seen", edge(options_.window.links));
        if (!rows) return Failure{rows.error()};
        sums_.links += rows.value();
      }
    }
    return sums_;
  }

 private:
  [[nodiscard]] bool is_stopped() const { return options_.stopped && options_.stopped(); }
  // Seconds since 1970 of the first moment that is kept.
  [[nodiscard]] std::string edge(seconds window) const {
    return std::to_string((options_.now - window).time_since_epoch().count());
  }

  // A day is over at the next one's midnight: it goes when that lies outside.
  OrDatabaseError<void> drop_days() {
    const auto days = database_.query(
        "SELECT c.relname, greatest(c.reltuples, 0)::bigint FROM pg_inherits i"
        " JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'session'::regclass"
        " AND c.relname ~ '^session_\\d{8}$'"
        " AND (to_date(substr(c.relname, 9), 'YYYYMMDD') + 1)::timestamp AT TIME ZONE 'UTC'"
        " <= to_timestamp($1::double precision) ORDER BY c.relname",
        {edge(options_.window.sessions)});
    if (!days) return Failure{days.error()};
    for (int row = 0; row < days.value().num_rows() && !is_stopped(); ++row) {
      const std::string partition(days.value().text(row, 0));
      if (auto dropped = drop_day(partition); !dropped) {
        if (!was_locked(dropped.error())) return dropped;
        // The next one would wait for the same lock, that of the table.
        sums_.is_complete = false;
        return {};
      }
      ++sums_.partitions;
      sums_.sessions += signed_number_of(days.value().text(row, 1));
    }
    return {};
  }

  // Both in one transaction: a day that is cut off and still there would never be made again.
  OrDatabaseError<void> drop_day(const std::string& partition) {
    auto done = database_.run_script("BEGIN; ALTER TABLE session DETACH PARTITION " + partition +
                                     "; DROP TABLE " + partition + "; COMMIT");
    if (!done) (void)database_.run_script("ROLLBACK");
    return done;
  }

  // Page by page, each page once: no index is needed, and none has to be kept up by the writer.
  // Rows that somebody is writing are not old, or come next time.
  OrDatabaseError<int64_t> delete_rows(const std::string& table, const std::string& column,
                                       const std::string& edge) {
    const auto size = database_.query(
        "SELECT pg_relation_size($1::regclass) /"
        " current_setting('block_size')::bigint",
        {table});
    if (!size) return Failure{size.error()};
    const int64_t pages = signed_number_of(size.value().text(0, 0));
    const std::string sql = "DELETE FROM " + table + " WHERE ctid = ANY (ARRAY(SELECT ctid FROM " +
                            table + " WHERE ctid >= $1::tid AND ctid < $2::tid AND " + column +
                            " < to_timestamp($3::double precision) FOR UPDATE SKIP LOCKED))";
    int64_t deleted = 0;
    for (int64_t page = 0; page < pages && !is_stopped(); page += kPagesPerStep) {
      const auto done =
          database_.query(sql, {"(" + std::to_string(page) + ",0)",
                                "(" + std::to_string(page + kPagesPerStep) + ",0)", edge});
      if (done) {
        deleted += done.value().num_affected();
      } else if (was_locked(done.error())) {
        sums_.is_complete = false;
        return deleted;
      } else {
        return Failure{done.error()};
      }
    }
    return deleted;
  }

  DatabaseConnection& database_;
  const RetentionSweep& options_;
  RetentionSums sums_;
};

}  // namespace

OrDatabaseError<RetentionSums> sweep(DatabaseConnection& database, const RetentionSweep& options) {
  return Sweeper(database, options).run();
}

Retention::Retention(Options options) : options_(std::move(options)) {
  if (options_.window.sessions == seconds(0) && options_.window.links == seconds(0)) return;
  thread_ = std::thread([this] { run(); });
}

Retention::~Retention() {
  stop();
}

void Retention::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool Retention::is_stopping() {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

void Retention::run() {
  // Linux: the nice value is a thread's (setpriority(2), "C library/kernel differences").
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), 10);
  while (!is_stopping()) {
    const std::chrono::milliseconds pause = sweep_once();
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, pause, [this] { return stopping_; });
  }
}

std::chrono::milliseconds Retention::sweep_once() {
  counters_.add(RetentionCounter::sweeps);
  auto database =
      DatabaseConnection::open(options_.address, {.application_name = "tapseal retention"});
  const auto fail = [&](const DatabaseError& error) {
    counters_.add(RetentionCounter::sweeps_failed);
    if (options_.log) options_.log("retention: " + error.message + "; tried again later");
    return options_.again;
  };
  if (!database) return fail(database.error());
  const RetentionSweep how{options_.window,
                           std::chrono::floor<seconds>(std::chrono::system_clock::now()),
                           options_.lock_timeout, [this] { return is_stopping(); }};
  const auto sums = sweep(database.value(), how);
  if (!sums) return fail(sums.error());
  note(sums.value());
  return sums.value().is_complete ? options_.every : options_.again;
}

void Retention::note(const RetentionSums& sums) {
  counters_.add(RetentionCounter::partitions_dropped, static_cast<uint64_t>(sums.partitions));
  counters_.add(RetentionCounter::sessions_dropped, static_cast<uint64_t>(sums.sessions));
  counters_.add(RetentionCounter::links_deleted, static_cast<uint64_t>(sums.links));
  if (!sums.is_complete) counters_.add(RetentionCounter::sweeps_deferred);
  if (!options_.log || sums.partitions + sums.sessions + sums.links == 0) return;
  options_.log("retention: dropped " + std::to_string(sums.partitions) + " days and about " +
               std::to_string(sums.sessions) + " sessions, deleted " + std::to_string(sums.links) +
               " links");
}

}  // namespace control
