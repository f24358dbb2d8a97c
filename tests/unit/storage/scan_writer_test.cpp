// SPDX-License-Identifier: Apache-2.0
// The writer with two eyes: the pipeline and the scanner's workers hand over at the same time.
#include "control/storage/cluster_processes.hpp"
#include "control/storage/store_writer.hpp"
#include "tests/unit/storage/cutting_proxy.hpp"
#include "tests/unit/storage/observations.hpp"
#include "tests/unit/storage/scan_findings.hpp"
#include "tests/unit/storage/test_cluster.hpp"
#include "tests/unit/storage/test_writer.hpp"

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

StoreWriter::Options options_for_nowhere() {
  return SpoolingWriter::quick_options({{}, "/tmp/tapseal-test-no-such-directory", "none"});
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
  StoreWriter::Options options = SpoolingWriter::quick_options(address);
  options.feeder.batch_rows = 300;
  SpoolingWriter writer(options);
  std::thread scanner([&] {
    for (uint32_t i = 0; i < 40; ++i) {
      writer->accept(delivery(kScanned + 25 * i, 25));
      ScanRow row = scan_row(7);
      row.sent = i;
      writer->record(std::move(row));
    }
  });
  for (uint32_t i = 0; i < 20; ++i)
    writer->accept(sessions(100 * i, 100));
  scanner.join();
  ASSERT_TRUE(writer->flush(seconds(20)));
  expect_each_once(address, 2000, 1000);
  EXPECT_EQ(writer->count(rows_stored), 2000u);
  EXPECT_EQ(writer->count(scan_rows_accepted), 3000u);
  EXPECT_EQ(writer->count(scan_rows_stored), 3000u);
  DatabaseConnection database = must_open(address);
  EXPECT_EQ(must_query(database, "SELECT string_agg(id || ' ' || sent, ',') FROM scan"), "7 39")
      << "the last word stays";
  EXPECT_TRUE(writer->stop(seconds(5)));
  writer.expect_balanced();
}

TEST(ScanWriter, TakesAnEmptyDeliveryForNothing) {
  SpoolingWriter writer(options_for_nowhere());
  writer->accept(tls::ScanDelivery{});
  EXPECT_TRUE(writer->flush(seconds(5)));
  EXPECT_TRUE(writer->stop(seconds(5)));
}

TEST(ScanWriter, StoresADeliveryOnceWhenTheConnectionDiesAtItsCommit) {
  const DatabaseAddress address = fresh_database();
  const TestDirectory directory;
  CuttingProxy proxy((directory.path() / "proxy").string(), address.socket_dir);
  DatabaseAddress through = address;
  through.socket_dir = (directory.path() / "proxy").string();
  SpoolingWriter writer(SpoolingWriter::quick_options(through));
  uint32_t scanned = 0;
  for (int round = 0; round < 4; ++round) {
    proxy.set(round % 2 == 0 ? CuttingProxy::Cut::after_commit : CuttingProxy::Cut::before_commit);
    const int cuts = proxy.num_cuts();
    writer->accept(delivery(kScanned + scanned, 50));
    scanned += 50;
    while (proxy.num_cuts() == cuts)
      std::this_thread::sleep_for(milliseconds(2));
    proxy.set(CuttingProxy::Cut::never);
    writer->accept(sessions(static_cast<uint32_t>(10 * round), 10));
    ASSERT_TRUE(writer->flush(seconds(20)));
  }
  expect_each_once(address, 40, scanned);
  EXPECT_GE(writer->count(batches_stored_before), 2u);
  EXPECT_EQ(writer->count(scan_rows_stored), 3 * scanned);
  EXPECT_TRUE(writer->stop(seconds(5)));
  writer.expect_balanced();
}

TEST(ScanWriter, LosesAndDoublesNothingWhenTheServerIsKilled) {
  EmbeddedCluster& cluster = shared_cluster();
  const DatabaseAddress address = fresh_database();
  const auto cluster_dir = std::filesystem::path(address.socket_dir).parent_path() / "pg" / "data";
  StoreWriter::Options options = SpoolingWriter::quick_options(address);
  options.feeder.batch_rows = 200;
  options.feeder.accept_wait = seconds(60);
  options.drain.revive = [&] { return cluster.ensure_running(); };
  SpoolingWriter writer(options);
  std::mt19937 random(20260305);
  uint32_t seen = 0;
  uint32_t scanned = 0;
  for (int round = 0; round < 3; ++round) {
    const auto kill_at = std::chrono::steady_clock::now() + milliseconds(100 + random() % 150);
    while (std::chrono::steady_clock::now() < kill_at) {
      writer->accept(sessions(seen, 20));
      writer->accept(delivery(kScanned + scanned, 20));
      seen += 20;
      scanned += 20;
      ScanRow row = scan_row(7);
      row.sent = scanned;
      writer->record(std::move(row));
      std::this_thread::sleep_for(milliseconds(2));
    }
    std::vector<pid_t> pids = server_processes(cluster_dir);
    std::shuffle(pids.begin(), pids.end(), random);
    for (const pid_t pid : pids)
      kill(pid, SIGKILL);
    // Something to notice the kill by.
    writer->accept(delivery(kScanned + scanned, 1));
    ++scanned;
    EXPECT_TRUE(writer->flush(seconds(60)));
  }
  expect_each_once(address, seen, scanned);
  EXPECT_GE(writer->count(connections), 3u);
  EXPECT_TRUE(writer->stop(seconds(5)));
  writer.expect_balanced();
}

TEST(ScanWriter, CountsWhatDoesNotFitByItsEye) {
  StoreWriter::Options options = options_for_nowhere();
  options.feeder.batch_rows = 1'000'000;
  options.feeder.batch_delay = seconds(3600);
  options.feeder.queue_rows_max = 60;
  options.feeder.accept_wait = milliseconds(0);
  SpoolingWriter writer(options);
  writer->record(scan_row(7));
  for (uint32_t i = 1; i <= 4; ++i) {
    writer->accept(sessions(10 * i, 10));
    writer->accept(delivery(kScanned + 10 * i, 10));
  }
  // The oldest went, whichever eye saw them: each delivery pushes out the two batches before it.
  EXPECT_EQ(writer->waiting().scan_rows, 30u);
  EXPECT_EQ(writer->waiting().rows, 10u);
  EXPECT_EQ(writer->count(scan_queue_full), 90u);
  EXPECT_EQ(writer->count(store_queue_full), 30u);
  EXPECT_TRUE(writer->stop(milliseconds(200)));
  EXPECT_EQ(writer->waiting().scan_rows, 30u) << "in the spool";
  EXPECT_EQ(writer->waiting().audit_rows, 1u);
  writer->accept(delivery(0, 1));
  EXPECT_EQ(writer->count(scan_stopped), 3u);
  writer->record(scan_row(8));
  EXPECT_EQ(writer->count(scan_log_lost), 1u);
  writer.expect_balanced();
}

// A job of days, a database that is away: its progress takes the place of its progress.
TEST(ScanWriter, KeepsOneWaitingRowPerJob) {
  const DatabaseAddress address = fresh_database();
  StoreWriter::Options options = SpoolingWriter::quick_options(address);
  options.feeder.batch_delay = seconds(3600);
  SpoolingWriter writer(options);
  for (uint32_t i = 0; i < 1000; ++i) {
    ScanRow row = scan_row(i % 2 + 1);
    row.sent = i;
    writer->record(std::move(row));
  }
  ASSERT_TRUE(writer->flush(seconds(20)));
  EXPECT_EQ(writer->count(batches_stored), 1u);
  DatabaseConnection database = must_open(address);
  EXPECT_EQ(must_query(database, "SELECT string_agg(id || ' ' || sent, ',' ORDER BY id) FROM scan"),
            "1 998,2 999");
  EXPECT_TRUE(writer->stop(seconds(5)));
}

TEST(ScanWriter, CountsWhatTheServerRefuses) {
  const DatabaseAddress address = fresh_database();
  DatabaseConnection database = must_open(address);
  must_query(database, "ALTER TABLE scan_service ADD CONSTRAINT no_666 CHECK (port <> 666)");
  must_query(database, "ALTER TABLE scan ADD CONSTRAINT no_666 CHECK (id <> 666)");
  must_query(database, "ALTER TABLE suite_day ADD CONSTRAINT none CHECK (sessions < 0)");
  SpoolingWriter writer(SpoolingWriter::quick_options(address));
  writer->accept(delivery(660, 10));
  writer->record(scan_row(666));
  ASSERT_TRUE(writer->flush(seconds(20)));
  EXPECT_EQ(writer->count(scan_rows_refused), 1u);
  EXPECT_EQ(writer->count(scan_rows_stored), 29u);
  EXPECT_EQ(writer->count(scan_log_refused), 1u);
  EXPECT_EQ(writer->count(links_refused), 1u);
  EXPECT_TRUE(writer->stop(seconds(5)));
  writer.expect_balanced();
}

}  // namespace
}  // namespace control::tests
