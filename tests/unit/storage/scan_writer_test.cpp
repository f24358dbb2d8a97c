// SPDX-License-Identifier: Apache-2.0
// The writer with two eyes: the pipeline and the scanner's workers hand over at the same time.
#include "control/storage/cluster_processes.hpp"
#include "control/storage/store_writer.hpp"
#include "tests/unit/storage/cutting_proxy.hpp"
#include "tests/unit/storage/observations.hpp"
#include "tests/unit/storage/scan_findings.hpp"
#include "tests/unit/storage/test_cluster.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <random>

namespace control::tests {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using enum StoreCounter;

// Sessions of the scanner are numbered from here, so that each session has a time of its own.
constexpr uint32_t kScanned = 10'000'000;

StoreWriter::Options options_for(const DatabaseAddress& address) {
  StoreWriter::Options options;
  options.address = address;
  options.batch_delay = milliseconds(20);
  options.retry_first = milliseconds(10);
  options.retry_max = milliseconds(100);
  return options;
}

StoreWriter::Options options_for_nowhere() {
  return options_for({{}, "/tmp/tapseal-test-no-such-directory", "none"});
}

void expect_balanced(const StoreWriter& writer) {
  const StoreCounters& counters = writer.counters();
  EXPECT_EQ(counters.get(rows_accepted), counters.get(rows_stored) + counters.get(rows_refused) +
                                             counters.get(store_queue_full) +
                                             counters.get(store_stopped) +
                                             writer.num_rows_queued());
  EXPECT_EQ(counters.get(scan_rows_accepted),
            counters.get(scan_rows_stored) + counters.get(scan_rows_refused) +
                counters.get(scan_queue_full) + counters.get(scan_stopped) +
                writer.num_scan_rows_queued());
}

// Every session of either eye once, and every service and target. `scanned` below 65536.
void expect_each_once(const DatabaseAddress& address, uint64_t seen, uint64_t scanned) {
  DatabaseConnection database = must_open(address);
  const std::string all = std::to_string(seen + scanned);
  EXPECT_EQ(must_query(database, "SELECT count(*) || '|' || count(DISTINCT ts) FROM session"),
            all + "|" + all);
  EXPECT_EQ(must_query(database,
                       "SELECT sum(count) FILTER (WHERE probe = '') || '|' || sum(count) FILTER"
                       " (WHERE probe = 'a') FROM sighting"),
            std::to_string(seen) + "|" + std::to_string(scanned));
  for (const char* table : {"scan_service", "scan_target"}) {
    EXPECT_EQ(must_query(database, "SELECT count(*) FROM " + std::string(table)),
              std::to_string(scanned))
        << table;
  }
}

TEST(ScanWriter, StoresWhatTwoThreadsHandOver) {
  const DatabaseAddress address = fresh_database();
  StoreWriter::Options options = options_for(address);
  options.batch_rows = 300;
  StoreWriter writer(options);
  std::thread scanner([&] {
    for (uint32_t i = 0; i < 40; ++i) {
      writer.accept(delivery(kScanned + 25 * i, 25));
      ScanRow row = scan_row(7);
      row.sent = i;
      writer.record(std::move(row));
    }
  });
  for (uint32_t i = 0; i < 20; ++i)
    writer.accept(sessions(100 * i, 100));
  scanner.join();
  ASSERT_TRUE(writer.flush(seconds(20)));
  expect_each_once(address, 2000, 1000);
  EXPECT_EQ(writer.counters().get(rows_stored), 2000u);
  EXPECT_EQ(writer.counters().get(scan_rows_accepted), 3000u);
  EXPECT_EQ(writer.counters().get(scan_rows_stored), 3000u);
  DatabaseConnection database = must_open(address);
  EXPECT_EQ(must_query(database, "SELECT string_agg(id || ' ' || sent, ',') FROM scan"), "7 39")
      << "the last word stays";
  EXPECT_TRUE(writer.stop(seconds(5)));
  expect_balanced(writer);
}

TEST(ScanWriter, TakesAnEmptyDeliveryForNothing) {
  StoreWriter writer(options_for_nowhere());
  writer.accept(tls::ScanDelivery{});
  EXPECT_TRUE(writer.flush(seconds(5)));
  EXPECT_TRUE(writer.stop(seconds(5)));
}

TEST(ScanWriter, StoresADeliveryOnceWhenTheConnectionDiesAtItsCommit) {
  const DatabaseAddress address = fresh_database();
  const TestDirectory directory;
  CuttingProxy proxy((directory.path() / "proxy").string(), address.socket_dir);
  DatabaseAddress through = address;
  through.socket_dir = (directory.path() / "proxy").string();
  StoreWriter writer(options_for(through));
  uint32_t scanned = 0;
  for (int round = 0; round < 4; ++round) {
    proxy.set(round % 2 == 0 ? CuttingProxy::Cut::after_commit : CuttingProxy::Cut::before_commit);
    const int cuts = proxy.num_cuts();
    writer.accept(delivery(kScanned + scanned, 50));
    scanned += 50;
    while (proxy.num_cuts() == cuts)
      std::this_thread::sleep_for(milliseconds(2));
    proxy.set(CuttingProxy::Cut::never);
    writer.accept(sessions(static_cast<uint32_t>(10 * round), 10));
    ASSERT_TRUE(writer.flush(seconds(20)));
  }
  expect_each_once(address, 40, scanned);
  EXPECT_GE(writer.counters().get(batches_stored_before), 2u);
  EXPECT_EQ(writer.counters().get(scan_rows_stored), 3 * scanned);
  EXPECT_TRUE(writer.stop(seconds(5)));
  expect_balanced(writer);
}

TEST(ScanWriter, LosesAndDoublesNothingWhenTheServerIsKilled) {
  EmbeddedCluster& cluster = shared_cluster();
  const DatabaseAddress address = fresh_database();
  const auto cluster_dir = std::filesystem::path(address.socket_dir).parent_path() / "pg" / "data";
  StoreWriter::Options options = options_for(address);
  options.batch_rows = 200;
  options.accept_wait = seconds(60);
  options.revive = [&] { return cluster.ensure_running(); };
  StoreWriter writer(options);
  std::mt19937 random(20260305);
  uint32_t seen = 0;
  uint32_t scanned = 0;
  for (int round = 0; round < 3; ++round) {
    const auto kill_at = std::chrono::steady_clock::now() + milliseconds(100 + random() % 150);
    while (std::chrono::steady_clock::now() < kill_at) {
      writer.accept(sessions(seen, 20));
      writer.accept(delivery(kScanned + scanned, 20));
      seen += 20;
      scanned += 20;
      ScanRow row = scan_row(7);
      row.sent = scanned;
      writer.record(std::move(row));
      std::this_thread::sleep_for(milliseconds(2));
    }
    std::vector<pid_t> pids = server_processes(cluster_dir);
    std::shuffle(pids.begin(), pids.end(), random);
    for (const pid_t pid : pids)
      kill(pid, SIGKILL);
    // Something to notice the kill by.
    writer.accept(delivery(kScanned + scanned, 1));
    ++scanned;
    EXPECT_TRUE(writer.flush(seconds(60)));
  }
  expect_each_once(address, seen, scanned);
  EXPECT_GE(writer.counters().get(connections), 3u);
  EXPECT_TRUE(writer.stop(seconds(5)));
  expect_balanced(writer);
}

TEST(ScanWriter, CountsWhatDoesNotFitByItsEye) {
  StoreWriter::Options options = options_for_nowhere();
  options.batch_rows = 10;
  options.queue_rows_max = 60;
  options.accept_wait = milliseconds(0);
  StoreWriter writer(options);
  writer.accept(sessions(0, 10));
  while (writer.num_rows_queued() != 0)
    std::this_thread::sleep_for(milliseconds(1));
  writer.record(scan_row(7));
  for (uint32_t i = 1; i <= 4; ++i) {
    writer.accept(sessions(10 * i, 10));
    writer.accept(delivery(kScanned + 10 * i, 10));
  }
  // The oldest went, whichever eye saw them: each delivery pushes out the two batches before it.
  EXPECT_EQ(writer.num_scan_rows_queued(), 30u);
  EXPECT_EQ(writer.num_rows_queued(), 10u);
  EXPECT_EQ(writer.counters().get(scan_queue_full), 90u);
  EXPECT_EQ(writer.counters().get(store_queue_full), 30u);
  EXPECT_FALSE(writer.stop(milliseconds(20)));
  EXPECT_EQ(writer.counters().get(scan_stopped), 30u);
  EXPECT_EQ(writer.counters().get(scan_log_lost), 1u) << "it waited until the end";
  writer.accept(delivery(0, 1));
  EXPECT_EQ(writer.counters().get(scan_stopped), 33u);
  writer.record(scan_row(8));
  EXPECT_EQ(writer.counters().get(scan_log_lost), 2u);
  expect_balanced(writer);
}

// A job of days, a database that is away: its progress takes the place of its progress.
TEST(ScanWriter, KeepsOneWaitingRowPerJob) {
  const DatabaseAddress address = fresh_database();
  StoreWriter::Options options = options_for(address);
  options.batch_delay = seconds(3600);
  StoreWriter writer(options);
  for (uint32_t i = 0; i < 1000; ++i) {
    ScanRow row = scan_row(i % 2 + 1);
    row.sent = i;
    writer.record(std::move(row));
  }
  ASSERT_TRUE(writer.flush(seconds(20)));
  EXPECT_EQ(writer.counters().get(batches_stored), 1u);
  DatabaseConnection database = must_open(address);
  EXPECT_EQ(must_query(database, "SELECT string_agg(id || ' ' || sent, ',' ORDER BY id) FROM scan"),
            "1 998,2 999");
  EXPECT_TRUE(writer.stop(seconds(5)));
}

TEST(ScanWriter, CountsWhatTheServerRefuses) {
  const DatabaseAddress address = fresh_database();
  DatabaseConnection database = must_open(address);
  must_query(database, "ALTER TABLE scan_service ADD CONSTRAINT no_666 CHECK (port <> 666)");
  must_query(database, "ALTER TABLE scan ADD CONSTRAINT no_666 CHECK (id <> 666)");
  StoreWriter writer(options_for(address));
  writer.accept(delivery(660, 10));
  writer.record(scan_row(666));
  ASSERT_TRUE(writer.flush(seconds(20)));
  EXPECT_EQ(writer.counters().get(scan_rows_refused), 1u);
  EXPECT_EQ(writer.counters().get(scan_rows_stored), 29u);
  EXPECT_EQ(writer.counters().get(scan_log_lost), 1u);
  EXPECT_FALSE(writer.stop(seconds(5)));
  expect_balanced(writer);
}

}  // namespace
}  // namespace control::tests
