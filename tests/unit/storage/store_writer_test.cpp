// SPDX-License-Identifier: Apache-2.0
#include "control/storage/store_writer.hpp"

#include "control/storage/cluster_processes.hpp"
#include "tests/unit/storage/cutting_proxy.hpp"
#include "tests/unit/storage/observations.hpp"
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

DatabaseAddress nowhere() {
  return {{}, "/tmp/tapseal-test-no-such-directory", "none"};
}

// Every session is there once: `session` sees to it that each has a time of its own.
void expect_each_once(const DatabaseAddress& address, uint64_t expected) {
  DatabaseConnection database = must_open(address);
  EXPECT_EQ(must_query(database, "SELECT count(*) || '|' || count(DISTINCT ts) FROM session"),
            std::to_string(expected) + "|" + std::to_string(expected));
  EXPECT_EQ(must_query(database, "SELECT sum(count) FROM sighting"), std::to_string(expected));
}

TEST(StoreWriter, StoresWhatItAccepts) {
  const DatabaseAddress address = fresh_database();
  SpoolingWriter writer(SpoolingWriter::quick_options(address));
  for (uint32_t i = 0; i < 20; ++i)
    writer->accept(sessions(100 * i, 100));
  ASSERT_TRUE(writer->flush(seconds(20)));
  expect_each_once(address, 2000);
  EXPECT_EQ(writer->count(rows_stored), 2000u);
  EXPECT_EQ(writer->count(connections), 1u);
  EXPECT_GE(writer->count(batches_stored), 1u);
  EXPECT_TRUE(writer->stop(seconds(5)));
  writer.expect_balanced();
}

TEST(StoreWriter, CountsCertificatesAndChainsOnce) {
  const DatabaseAddress address = fresh_database();
  SpoolingWriter writer(SpoolingWriter::quick_options(address));
  for (uint32_t i = 0; i < 4; ++i) {
    tls::RecordBatch batch;
    batch.push_back(session(i, {certificate(1, "leaf"), certificate(2, "root")}));
    writer->accept(std::move(batch));
    ASSERT_TRUE(writer->flush(seconds(20)));
  }
  EXPECT_EQ(writer->count(certificates_new), 2u);
  EXPECT_EQ(writer->count(chains_new), 1u);
  EXPECT_TRUE(writer->stop(seconds(5)));
}

TEST(StoreWriter, StopStoresWhatIsWaiting) {
  const DatabaseAddress address = fresh_database();
  StoreWriter::Options options = SpoolingWriter::quick_options(address);
  options.feeder.batch_delay = seconds(3600);
  SpoolingWriter writer(options);
  writer->accept(sessions(0, 7));
  EXPECT_TRUE(writer->stop(seconds(20)));
  expect_each_once(address, 7);
  writer->accept(sessions(7, 1));
  EXPECT_EQ(writer->count(store_stopped), 1u);
  writer.expect_balanced();
}

TEST(StoreWriter, StoresABatchOnceWhenTheConnectionDiesAtItsCommit) {
  const DatabaseAddress address = fresh_database();
  const TestDirectory directory;
  CuttingProxy proxy((directory.path() / "proxy").string(), address.socket_dir);
  DatabaseAddress through = address;
  through.socket_dir = (directory.path() / "proxy").string();
  SpoolingWriter writer(SpoolingWriter::quick_options(through));
  uint32_t number = 0;
  for (int round = 0; round < 6; ++round) {
    proxy.set(round % 2 == 0 ? CuttingProxy::Cut::after_commit : CuttingProxy::Cut::before_commit);
    const int cuts = proxy.num_cuts();
    writer->accept(sessions(number, 50));
    number += 50;
    while (proxy.num_cuts() == cuts)
      std::this_thread::sleep_for(milliseconds(2));
    proxy.set(CuttingProxy::Cut::never);
    ASSERT_TRUE(writer->flush(seconds(20)));
  }
  expect_each_once(address, number);
  EXPECT_GE(writer->count(batches_stored_before), 3u);
  EXPECT_TRUE(writer->stop(seconds(5)));
  writer.expect_balanced();
}

// F1: no row lost, none doubled, whenever the server is killed.
bool comes_back(EmbeddedCluster& cluster) {
  const auto end = std::chrono::steady_clock::now() + seconds(60);
  while (std::chrono::steady_clock::now() < end) {
    if (cluster.ensure_running() && DatabaseConnection::open(cluster.address(), {})) return true;
    std::this_thread::sleep_for(milliseconds(50));
  }
  return false;
}

TEST(StoreWriter, LosesAndDoublesNothingWhenTheServerIsKilled) {
  EmbeddedCluster& cluster = shared_cluster();
  const DatabaseAddress address = fresh_database();
  const auto cluster_dir = std::filesystem::path(address.socket_dir).parent_path() / "pg" / "data";
  StoreWriter::Options options = SpoolingWriter::quick_options(address);
  options.feeder.batch_rows = 200;
  options.feeder.accept_wait = seconds(60);
  options.drain.revive = [&] { return cluster.ensure_running(); };
  SpoolingWriter writer(options);
  std::mt19937 random(20260304);
  uint32_t number = 0;
  for (int round = 0; round < 5; ++round) {
    const auto kill_at = std::chrono::steady_clock::now() + milliseconds(100 + random() % 150);
    while (std::chrono::steady_clock::now() < kill_at) {
      writer->accept(sessions(number, 50));
      number += 50;
      std::this_thread::sleep_for(milliseconds(2));
    }
    // Each process in any order: sometimes the writer's backend goes first.
    std::vector<pid_t> pids = server_processes(cluster_dir);
    std::shuffle(pids.begin(), pids.end(), random);
    for (const pid_t pid : pids)
      kill(pid, SIGKILL);
    EXPECT_TRUE(writer->flush(seconds(60)));
  }
  // Where all was stored before the last kill, the writer has not noticed it yet.
  ASSERT_TRUE(comes_back(cluster));
  expect_each_once(address, number);
  EXPECT_GE(writer->count(connections), 5u);
  EXPECT_TRUE(writer->stop(seconds(5)));
  writer.expect_balanced();
}

// A server whose default is to confirm a COMMIT before it is on disk: the spool lets go of nothing
// that such a server may forget.
TEST(StoreWriter, LosesNothingWhereTheServerConfirmsEarly) {
  EmbeddedCluster& cluster = shared_cluster();
  const DatabaseAddress address = fresh_database();
  {
    DatabaseConnection database = must_open(address);
    must_query(database, "ALTER DATABASE " + address.database + " SET synchronous_commit = off");
  }
  const auto cluster_dir = std::filesystem::path(address.socket_dir).parent_path() / "pg" / "data";
  StoreWriter::Options options = SpoolingWriter::quick_options(address);
  options.drain.revive = [&] { return cluster.ensure_running(); };
  SpoolingWriter writer(options);
  uint32_t number = 0;
  for (int round = 0; round < 3; ++round) {
    writer->accept(sessions(number, 50));
    number += 50;
    ASSERT_TRUE(writer->flush(seconds(60)));
    for (const pid_t pid : server_processes(cluster_dir))
      kill(pid, SIGKILL);
    ASSERT_TRUE(comes_back(cluster));
    expect_each_once(address, number);
  }
  EXPECT_TRUE(writer->stop(seconds(5)));
  writer.expect_balanced();
}

// A queue that is not emptied: its record is not full, and not due.
StoreWriter::Options options_for_a_full_queue() {
  StoreWriter::Options options = SpoolingWriter::quick_options(nowhere());
  options.feeder.batch_rows = 1'000'000;
  options.feeder.batch_delay = seconds(3600);
  options.feeder.accept_wait = milliseconds(0);
  return options;
}

TEST(StoreWriter, WaitsForRoomOnceThenDropsTheOldest) {
  StoreWriter::Options options = options_for_a_full_queue();
  options.feeder.queue_rows_max = 100;
  options.feeder.accept_wait = milliseconds(200);
  SpoolingWriter writer(options);
  const auto begin = std::chrono::steady_clock::now();
  for (uint32_t i = 0; i < 50; ++i)
    writer->accept(sessions(10 * i, 10));
  const auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_GE(took, milliseconds(190)) << "back-pressure first";
  EXPECT_LT(took, seconds(5)) << "once per outage";
  EXPECT_EQ(writer->count(accept_waits), 1u);
  EXPECT_EQ(writer->count(store_queue_full), 400u);
  writer.expect_balanced();
  EXPECT_TRUE(writer->stop(milliseconds(500))) << "the rest is in the spool";
  EXPECT_FALSE(writer->is_storing());
  EXPECT_EQ(writer->waiting().rows, 100u);
  writer.expect_balanced();
}

// Few rows may be much memory: a peer chooses how long its hello is.
TEST(StoreWriter, BoundsTheQueueInBytesToo) {
  StoreWriter::Options options = options_for_a_full_queue();
  options.feeder.queue_bytes_max = 10 << 20;
  SpoolingWriter writer(options);
  for (uint32_t i = 0; i < 100; ++i) {
    tls::RecordBatch batch = sessions(i, 1);
    batch[0].hello.own().ja4.raw.assign(1 << 20, 'x');
    writer->accept(std::move(batch));
  }
  EXPECT_LE(writer->waiting().rows, 10u);
  EXPECT_GE(writer->count(store_queue_full), 90u);
  (void)writer->stop(milliseconds(50));
  writer.expect_balanced();
}

TEST(StoreWriter, DropsTheNewestWhereAskedTo) {
  StoreWriter::Options options = options_for_a_full_queue();
  options.feeder.queue_rows_max = 20;
  options.feeder.when_full = SpoolFeeder::WhenFull::drop_newest;
  SpoolingWriter writer(options);
  for (uint32_t i = 1; i < 6; ++i)
    writer->accept(sessions(10 * i, 10));
  EXPECT_EQ(writer->waiting().rows, 20u);
  EXPECT_EQ(writer->count(store_queue_full), 30u);
  EXPECT_FALSE(writer->flush(milliseconds(20)));
  (void)writer->stop(milliseconds(0));
  writer.expect_balanced();
}

// What an earlier run could not store is stored by the next one, once, and in its order.
TEST(StoreWriter, StoresWhatAnEarlierRunLeftInItsSpool) {
  const DatabaseAddress address = fresh_database();
  const TestDirectory directory;
  StoreWriter::Options away = SpoolingWriter::quick_options(nowhere());
  away.spool.directory = directory.path() / "spool";
  for (uint32_t run = 0; run < 3; ++run) {
    SpoolingWriter writer(away);
    writer->accept(sessions(100 * run, 100));
    EXPECT_TRUE(writer->stop(milliseconds(300)));
    EXPECT_EQ(writer->waiting().rows, 100u * (run + 1));
    writer.expect_balanced();
  }
  StoreWriter::Options options = SpoolingWriter::quick_options(address);
  options.spool.directory = away.spool.directory;
  SpoolingWriter writer(options);
  writer->accept(sessions(300, 10));
  ASSERT_TRUE(writer->flush(seconds(20)));
  expect_each_once(address, 310);
  EXPECT_EQ(writer->count(rows_stored), 310u);
  EXPECT_EQ(counted(writer->spool().counters(), SpoolFate::recovered).load.rows, 300u);
  EXPECT_TRUE(writer->stop(seconds(5)));
  writer.expect_balanced();
}

// The cap is reached while the database is away: what is missing afterwards is what was counted.
TEST(StoreWriter, CountsWhatTheSpoolHadNoRoomFor) {
  for (const Spool::WhenFull policy : {Spool::WhenFull::drop_oldest, Spool::WhenFull::stop}) {
    const DatabaseAddress address = fresh_database();
    DatabaseConnection other = must_open(shared_cluster().address());
    must_query(other, "ALTER DATABASE " + address.database + " RENAME TO hidden");
    StoreWriter::Options options = SpoolingWriter::quick_options(address);
    options.feeder.batch_rows = 50;
    options.spool.bytes_max = 64 << 10;
    options.spool.when_full = policy;
    SpoolingWriter writer(options);
    for (uint32_t i = 0; i < 200; ++i)
      writer->accept(sessions(50 * i, 50));
    EXPECT_FALSE(writer->flush(milliseconds(500)));
    writer.expect_balanced();
    must_query(other, "ALTER DATABASE hidden RENAME TO " + address.database);
    ASSERT_TRUE(writer->flush(seconds(30)));
    const uint64_t lost = counted(writer->spool().counters(), SpoolFate::dropped_full).load.rows +
                          counted(writer->spool().counters(), SpoolFate::refused).load.rows;
    EXPECT_GT(lost, 1000u);
    EXPECT_GT(writer->count(rows_stored), 50u);
    expect_each_once(address, 10'000 - lost);
    DatabaseConnection database = must_open(address);
    // A segment stands by itself: whichever went, no chain is without its certificates.
    EXPECT_EQ(must_query(database,
                         "SELECT count(*) FROM certificate_chain k, unnest(k.certificates) AS one"
                         " WHERE NOT EXISTS (SELECT FROM certificate c WHERE c.sha256 = one)"),
              "0");
    EXPECT_EQ(must_query(database,
                         "SELECT count(*) FROM session s WHERE chain IS NOT NULL AND NOT EXISTS"
                         " (SELECT FROM certificate_chain k WHERE k.id = s.chain)"),
              "0");
    EXPECT_TRUE(writer->stop(seconds(5)));
    writer.expect_balanced();
  }
}

TEST(StoreWriter, CatchesUpWhenTheDatabaseComesBack) {
  DatabaseAddress address = fresh_database();
  const std::string name = address.database;
  DatabaseConnection other = must_open(shared_cluster().address());
  must_query(other, "ALTER DATABASE " + name + " RENAME TO away");
  std::vector<std::string> log;
  StoreWriter::Options options = SpoolingWriter::quick_options(address);
  options.drain.log = [&](std::string_view line) { log.emplace_back(line); };
  SpoolingWriter writer(options);
  writer->accept(sessions(0, 10));
  while (writer->count(retries) < 3)
    std::this_thread::sleep_for(milliseconds(1));
  EXPECT_FALSE(writer->is_storing());
  EXPECT_GE(writer->count(retries), 3u);
  must_query(other, "ALTER DATABASE away RENAME TO " + name);
  ASSERT_TRUE(writer->flush(seconds(20)));
  EXPECT_TRUE(writer->is_storing());
  EXPECT_TRUE(writer->stop(seconds(5)));
  expect_each_once(address, 10);
  ASSERT_EQ(log.size(), 2u) << "one line when it begins, one when it is over";
  EXPECT_NE(log[0].find("does not exist"), std::string::npos) << log[0];
}

TEST(StoreWriter, StopsInTimeWhenTheServerIsSilent) {
  const DatabaseAddress address = fresh_database();
  const TestDirectory directory;
  CuttingProxy proxy((directory.path() / "proxy").string(), address.socket_dir);
  DatabaseAddress through = address;
  through.socket_dir = (directory.path() / "proxy").string();
  SpoolingWriter writer(SpoolingWriter::quick_options(through));
  writer->accept(sessions(0, 10));
  ASSERT_TRUE(writer->flush(seconds(20)));
  proxy.set(CuttingProxy::Cut::silence);
  writer->accept(sessions(10, 10));
  EXPECT_FALSE(writer->flush(milliseconds(100)));
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_TRUE(writer->stop(milliseconds(100)));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(4));
  EXPECT_EQ(writer->waiting().rows, 10u) << "in the spool, for the next run";
  writer.expect_balanced();
}

TEST(StoreWriter, NamesItsCountersByTheirEnumerators) {
  for (const auto& entry : store_counter_table()) {
    EXPECT_FALSE(entry.help.empty());
    EXPECT_EQ(name_of(entry.counter), entry.name);
  }
  EXPECT_EQ(name_of(store_queue_full), "store_queue_full");
}

}  // namespace
}  // namespace control::tests
