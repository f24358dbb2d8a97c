// SPDX-License-Identifier: Apache-2.0
#include "control/storage/retention.hpp"

#include "control/storage/migrate.hpp"
#include "tests/unit/storage/test_cluster.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <vector>

namespace control::tests {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""h;
using std::chrono::days;

// 2026-03-10T12:00:00Z
constexpr std::chrono::sys_seconds kNow{1'773'144'000s};

void add_session(DatabaseConnection& database, const std::string& time) {
  must_query(database, "SELECT create_session_partition($1::timestamptz::date, 1500)", {time});
  must_query(database,
             "INSERT INTO session (ts, plaintext_before, sport, dport, hrr, resumed, conflict,"
             " complete, sensor, source, transport, src, dst) VALUES ($1, 0, 1, 443, false, false,"
             " false, true, 's', 'passive', 'tcp', '::1', '::1')",
             {time});
}

void add_link(DatabaseConnection& database, const std::string& last_seen, int count = 1) {
  must_query(
      database,
      "INSERT INTO sighting (server, port, transport, sni, chain, source, first_seen,"
      " last_seen, count) SELECT '192.0.2.1', n, 'tcp', $1::text, '', 'passive', '2020-01-01',"
      " $1::text::timestamptz, 1 FROM generate_series(1, $2::int) AS n",
      {last_seen, std::to_string(count)});
}

std::string days_of(DatabaseConnection& database) {
  return must_query(
      database,
      "SELECT string_agg(inhrelid::regclass::text, ' ' ORDER BY inhrelid::regclass::text)"
      " FROM pg_inherits WHERE inhparent = 'session'::regclass");
}

RetentionSums must_sweep(DatabaseConnection& database, const RetentionWindow& window,
                         std::chrono::sys_seconds now = kNow) {
  const auto sums = sweep(database, {.window = window, .now = now});
  EXPECT_TRUE(sums.ok()) << (sums.ok() ? "" : sums.error().message);
  return sums.ok() ? sums.value() : RetentionSums{};
}

class RetentionTest : public testing::Test {
 protected:
  const DatabaseAddress address_ = fresh_database();
  DatabaseConnection database_ = must_open(address_);
};

TEST_F(RetentionTest, DropsTheDaysThatLieWhollyOutside) {
  for (const char* time : {"2026-03-01 23:59:59.999999+00", "2026-03-02 00:00:00+00",
                           "2026-03-03 00:00:00+00", "2026-03-10 00:00:00+00"})
    add_session(database_, time);
  must_query(database_, "ANALYZE");
  // Eight days before noon of the 10th is noon of the 2nd: that day is still needed.
  const RetentionSums first = must_sweep(database_, {days(8), 0s});
  EXPECT_EQ(first.partitions, 1);
  EXPECT_EQ(first.sessions, 1);
  EXPECT_EQ(days_of(database_),
            "session_20260302 session_20260303 session_20260310 session_default");
  // At the second at which it is over, and not one before.
  EXPECT_EQ(must_sweep(database_, {days(8), 0s}, kNow + 12h - 1s).partitions, 0);
  EXPECT_EQ(must_sweep(database_, {days(8), 0s}, kNow + 12h).partitions, 1);
  EXPECT_EQ(days_of(database_), "session_20260303 session_20260310 session_default");
  // A day that went can come back.
  add_session(database_, "2026-03-02 00:00:00+00");
  EXPECT_EQ(must_query(database_, "SELECT count(*) FROM session_20260302"), "1");
}

TEST_F(RetentionTest, KeepsEverythingWithAWindowOfZero) {
  add_session(database_, "2001-01-01 00:00:00+00");
  add_link(database_, "2001-01-01");
  must_sweep(database_, {});
  EXPECT_EQ(days_of(database_), "session_20010101 session_default");
  EXPECT_EQ(must_query(database_, "SELECT count(*) FROM sighting"), "1");
}

TEST_F(RetentionTest, LinksStayWhereOnlySessionsHaveAWindow) {
  add_session(database_, "2020-01-01 00:00:00+00");
  add_link(database_, "2020-01-01", 100);
  const RetentionSums sums = must_sweep(database_, {days(90), 0s});
  EXPECT_EQ(sums.partitions, 1);
  EXPECT_EQ(sums.links, 0);
  EXPECT_EQ(must_query(database_, "SELECT count(*) FROM sighting"), "100");
}

TEST_F(RetentionTest, DeletesOldLinksInBatches) {
  add_link(database_, "2020-01-01", 30'000);  // more pages than one transaction looks through
  add_link(database_, "2026-03-09 12:00:00+00", 20);
  add_link(database_, "2026-03-09 11:59:59+00", 10);
  const RetentionSums sums = must_sweep(database_, {0s, days(1)});
  EXPECT_EQ(sums.links, 30'010);
  EXPECT_EQ(must_query(database_, "SELECT count(*) FROM sighting"), "20");
}

// What has no day of its own goes by itself.
TEST_F(RetentionTest, DeletesOldSessionsOfNoDay) {
  for (const char* time : {"1969-12-31 00:00:00+00", "2300-01-01 00:00:00+00"})
    add_session(database_, time);
  EXPECT_EQ(must_sweep(database_, {days(90), 0s}).sessions, 1);
  EXPECT_EQ(must_query(database_, "SELECT ts FROM session_default"), "2300-01-01 00:00:00+00");
}

// A reader in a long transaction: the sweep goes away empty-handed, the writer is held up for less
// than the lock's time, and when the reader is done the days go.
TEST_F(RetentionTest, AReaderHoldsItOffAndNobodyElse) {
  add_session(database_, "2026-01-01 00:00:00+00");
  add_session(database_, "2026-03-10 00:00:00+00");
  DatabaseConnection reader = must_open(address_);
  must_query(reader, "BEGIN");
  must_query(reader, "SELECT count(*) FROM session");

  std::atomic<bool> done{false};
  auto writing = std::async(std::launch::async, [&] {
    DatabaseConnection writer = must_open(address_);
    std::chrono::steady_clock::duration longest{};
    while (!done) {
      const auto start = std::chrono::steady_clock::now();
      add_session(writer, "2026-03-10 01:00:00+00");
      longest = std::max(longest, std::chrono::steady_clock::now() - start);
    }
    return longest;
  });
  const RetentionSums held = must_sweep(database_, {days(30), 0s});
  done = true;
  // The lock's 200 ms and room for a busy machine; without a limit it would be for ever.
  EXPECT_LT(writing.get(), 5s);
  EXPECT_FALSE(held.is_complete);
  EXPECT_EQ(held.partitions, 0);
  must_query(reader, "COMMIT");
  EXPECT_EQ(must_sweep(database_, {days(30), 0s}).partitions, 1);
  EXPECT_EQ(days_of(database_), "session_20260310 session_default");
}

// Rows that somebody is writing are left, without waiting.
TEST_F(RetentionTest, LeavesLinksThatAreBeingWritten) {
  add_link(database_, "2020-01-01", 10);
  DatabaseConnection writer = must_open(address_);
  must_query(writer, "BEGIN");
  must_query(writer, "UPDATE sighting SET last_seen = now() WHERE port = 3");
  const RetentionSums sums = must_sweep(database_, {0s, days(90)});
  EXPECT_TRUE(sums.is_complete);
  EXPECT_EQ(sums.links, 9);
  must_query(writer, "COMMIT");
  EXPECT_EQ(must_query(database_, "SELECT count(*) FROM sighting"), "1");
}

template <typename Condition>
bool comes_true(Condition condition) {
  for (int i = 0; i < 400; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(25ms);
  }
  return false;
}

TEST_F(RetentionTest, SweepsByItselfAndCounts) {
  add_session(database_, "2020-01-01 00:00:00+00");
  must_query(database_, "ANALYZE");
  add_link(database_, "2020-01-01", 3);
  DatabaseConnection reader = must_open(address_);
  must_query(reader, "BEGIN");
  must_query(reader, "SELECT count(*) FROM session");
  Retention::Options options{.address = address_, .window = {days(90), days(90)}, .log = {}};
  options.every = 20ms;
  options.again = 20ms;
  options.lock_timeout = 50ms;
  Retention retention(options);
  const auto count = [&](RetentionCounter counter) { return retention.counters().get(counter); };
  EXPECT_TRUE(comes_true([&] { return count(RetentionCounter::links_deleted) == 3; }));
  EXPECT_TRUE(comes_true([&] { return count(RetentionCounter::sweeps_deferred) > 1; }));
  must_query(reader, "COMMIT");
  EXPECT_TRUE(comes_true([&] { return count(RetentionCounter::partitions_dropped) == 1; }));
  EXPECT_TRUE(comes_true([&] { return count(RetentionCounter::sessions_dropped) == 1; }));
  EXPECT_TRUE(comes_true([&] { return count(RetentionCounter::sweeps) > 3; }));
  retention.stop();
}

TEST_F(RetentionTest, GoesOnAfterTheDatabaseWasAway) {
  Retention::Options options{.address = address_, .window = {days(90), 0s}, .log = {}};
  options.address.database = "not_made_yet";
  options.every = 20ms;
  options.again = 20ms;
  Retention retention(options);
  const auto count = [&](RetentionCounter counter) { return retention.counters().get(counter); };
  EXPECT_TRUE(comes_true([&] { return count(RetentionCounter::sweeps_failed) > 1; }));
  must_query(database_, "CREATE DATABASE not_made_yet");
  DatabaseConnection made = must_open(options.address);
  ASSERT_TRUE(migrate(made).ok());
  add_session(made, "2020-01-01 00:00:00+00");
  EXPECT_TRUE(comes_true([&] { return count(RetentionCounter::partitions_dropped) == 1; }));
}

}  // namespace
}  // namespace control::tests
