// SPDX-License-Identifier: Apache-2.0
// Loans of ranges against a real server: who has what, and that nobody else has it.
#include "control/storage/fleet_store.hpp"

#include "tests/unit/storage/fleet_samples.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>

namespace control::tests {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

TEST(FleetStore, LendsEachRangeOnceAndEndsWithTheLast) {
  const DatabaseAddress address = fresh_database();
  FleetStore store(fleet_options(address, "a"));
  const int64_t fleet = must(store.create(fleet_job({3, 2})));
  const auto running = must(store.running());
  ASSERT_EQ(running.size(), 1u);
  EXPECT_EQ(running[0].id, fleet);
  EXPECT_EQ(running[0].sensor, "a");
  EXPECT_EQ(running[0].seed, 77u);
  const auto zones = must(store.zones(fleet));
  ASSERT_EQ(zones.size(), 2u);
  EXPECT_EQ(zones[1].addresses, "10.0.1.0/24");
  EXPECT_EQ(zones[1].targets, 200u);
  EXPECT_EQ(zones[1].shards, 2u);

  std::vector<RangeLoan> loans;
  while (auto loan = must(store.claim(fleet, {0, 1})))
    loans.push_back(*loan);
  ASSERT_EQ(loans.size(), 5u);
  EXPECT_EQ(loans[4].zone, 1u);
  EXPECT_EQ(loans[4].shard, 1u);
  EXPECT_EQ(loans[4].token, 1u);
  EXPECT_FALSE(loans[4].taken_over);
  for (RangeLoan& each : loans) {
    each.progress = some_progress(40);
    EXPECT_TRUE(must(store.finish(each)));
    EXPECT_FALSE(must(store.finish(each))) << "it has ended";
  }
  EXPECT_TRUE(must(store.running()).empty());
  const auto rows = must(store.rows(10));
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].state, "finished");
  EXPECT_EQ(rows[0].scanner, "");
  EXPECT_EQ(rows[0].targets, 500u);
  EXPECT_EQ(rows[0].left_out, 9u);
  EXPECT_EQ(rows[0].ranges_done, 5u);
  EXPECT_EQ(rows[0].progress.targets, 200u);
  EXPECT_EQ(rows[1].scanner, "a");
  EXPECT_EQ(rows[1].ranges, 5u);
}

TEST(FleetStore, LendsOnlyRangesOfTheZonesThatItIsAskedFor) {
  FleetStore store(fleet_options(fresh_database(), "a"));
  const int64_t fleet = must(store.create(fleet_job({1, 1})));
  EXPECT_FALSE(must(store.claim(fleet, {})).has_value());
  EXPECT_EQ(must(store.claim(fleet, {1}))->zone, 1u);
  EXPECT_FALSE(must(store.claim(fleet, {1})).has_value());
  EXPECT_EQ(must(store.claim(fleet, {0}))->zone, 0u);
}

TEST(FleetStore, AnOldTokenChangesNothing) {
  const DatabaseAddress address = fresh_database();
  FleetStore first(fleet_options(address, "a", milliseconds(150)));
  FleetStore second(fleet_options(address, "b"));
  const int64_t fleet = must(first.create(fleet_job({1})));
  RangeLoan old = *must(first.claim(fleet, {0}));
  old.progress = some_progress(10);
  EXPECT_TRUE(must(first.renew(old, 0)).held);
  EXPECT_FALSE(must(second.claim(fleet, {0})).has_value()) << "it is on loan";
  std::this_thread::sleep_for(milliseconds(200));
  RangeLoan taken = *must(second.claim(fleet, {0}));
  EXPECT_TRUE(taken.taken_over);
  EXPECT_EQ(taken.token, old.token + 1);
  EXPECT_EQ(taken.progress, some_progress(10)) << "it goes on from there";

  old.progress = some_progress(90);
  EXPECT_FALSE(must(first.renew(old, 0)).held);
  EXPECT_FALSE(must(first.finish(old)));
  EXPECT_FALSE(must(first.give_back(old)));
  taken.progress = some_progress(20);
  EXPECT_TRUE(must(second.renew(taken, 0)).held);
  DatabaseConnection database = must_open(address);
  EXPECT_EQ(
      must_query(database, "SELECT holder || ' ' || token || ' ' || progress FROM scan_range"),
      "b 2 20");
  EXPECT_TRUE(must(second.give_back(taken)));
  const RangeLoan again = *must(second.claim(fleet, {0}));
  EXPECT_FALSE(again.taken_over);
  EXPECT_EQ(again.progress, some_progress(20));
}

// Nobody took it meanwhile: who was away for longer than his lease may have it again.
TEST(FleetStore, ALateRenewalHoldsWhereNobodyTookOver) {
  FleetStore store(fleet_options(fresh_database(), "a", milliseconds(50)));
  const int64_t fleet = must(store.create(fleet_job({1})));
  const RangeLoan loan = *must(store.claim(fleet, {0}));
  std::this_thread::sleep_for(milliseconds(100));
  EXPECT_TRUE(must(store.renew(loan, 0)).held);
}

TEST(FleetStore, APausedJobLendsNothingAndSaysSo) {
  FleetStore store(fleet_options(fresh_database(), "a"));
  const int64_t fleet = must(store.create(fleet_job({2})));
  const RangeLoan loan = *must(store.claim(fleet, {0}));
  EXPECT_EQ(must(store.renew(loan, 0)).state, FleetState::running);
  EXPECT_EQ(must(store.set_state(fleet, FleetState::paused)), FleetState::paused);
  EXPECT_EQ(must(store.renew(loan, 0)).state, FleetState::paused);
  EXPECT_TRUE(must(store.give_back(loan)));
  EXPECT_FALSE(must(store.claim(fleet, {0})).has_value());
  EXPECT_TRUE(must(store.running()).empty());
  EXPECT_EQ(store.set_state(fleet, FleetState::paused).error().message,
            "fleet scan 1 is paused and cannot become paused");
  EXPECT_TRUE(store.set_state(fleet, FleetState::running).ok());
  EXPECT_TRUE(must(store.claim(fleet, {0})).has_value());
  EXPECT_TRUE(store.set_state(fleet, FleetState::stopped).ok());
  EXPECT_EQ(must(store.rows(1))[0].state, "stopped");
  EXPECT_EQ(store.set_state(9, FleetState::stopped).error().message,
            "there is no fleet scan 9: see `tapseal scans`");
}

TEST(FleetStore, KnowsWhoTakesPartAndWhatEachMayAsk) {
  const DatabaseAddress address = fresh_database();
  FleetStore first(fleet_options(address, "a"));
  FleetStore second(fleet_options(address, "b"));
  ASSERT_TRUE(first.join("10.0.0.0/8").ok());
  ASSERT_TRUE(second.join("10.0.0.0/8").ok());
  ASSERT_TRUE(second.join("10.1.0.0/16").ok());
  EXPECT_EQ(must(first.others_askable(std::chrono::seconds(60))),
            std::vector<std::string>{"10.1.0.0/16"});
  EXPECT_TRUE(must(first.others_askable(std::chrono::seconds(0))).empty()) << "not seen lately";
}

TEST(FleetStore, ConnectsAgainAfterItsSessionWasEnded) {
  const DatabaseAddress address = fresh_database();
  FleetStore store(fleet_options(address, "a"));
  const int64_t fleet = must(store.create(fleet_job({2})));
  DatabaseConnection database = must_open(address);
  must_query(database,
             "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name ="
             " 'tapseal fleet' AND datname = current_database()");
  EXPECT_TRUE(must(store.claim(fleet, {0})).has_value());
}

TEST(FleetStore, IsFreedFromACallThatWaits) {
  const DatabaseAddress address = fresh_database();
  FleetStore store(fleet_options(address, "a"));
  const int64_t fleet = must(store.create(fleet_job({1})));
  const RangeLoan loan = *must(store.claim(fleet, {0}));
  DatabaseConnection database = must_open(address);
  ASSERT_TRUE(database.run_script("BEGIN; LOCK TABLE fleet_scan").ok());
  std::thread freer([&] {
    std::this_thread::sleep_for(milliseconds(100));
    store.interrupt();
  });
  const auto begin = steady_clock::now();
  EXPECT_FALSE(store.renew(loan, 0).ok());
  EXPECT_LT(steady_clock::now() - begin, std::chrono::seconds(3));
  freer.join();
}

TEST(FleetStore, SaysWhyThereIsNoAnswer) {
  FleetStore store(fleet_options({.url = "host=/nowhere dbname=none", .socket_dir = ""}, "a"));
  const auto answer = store.running();
  ASSERT_FALSE(answer.ok());
  EXPECT_NE(answer.error().message.find("fleet scans are in the database, which does not answer"),
            std::string::npos);
}

// Many claimers who finish, give back, or die in the middle. In the model a holder has the range
// until it gave it up or its lease ended by its own clock, read before it asked: at no moment two
// have the same one, and each is finished once.
TEST(FleetStore, ManyClaimersHaveEachRangeOneAtATime) {
  constexpr uint32_t kRanges = 48;
  constexpr milliseconds kLease{1000};
  const DatabaseAddress address = fresh_database();
  FleetStore maker(fleet_options(address, "maker"));
  const int64_t fleet = must(maker.create(fleet_job({kRanges})));
  std::vector<std::atomic<int>> holders(kRanges);
  std::vector<std::atomic<int>> finished(kRanges);
  std::vector<std::atomic<uint64_t>> reached(kRanges);
  std::atomic<int> num_finished{0};
  std::atomic<int> taken_over{0};
  const auto work = [&](int number) {
    std::mt19937 random(static_cast<unsigned>(number));
    FleetStore store(fleet_options(address, "s" + std::to_string(number), kLease));
    while (num_finished < static_cast<int>(kRanges)) {
      const auto asked = steady_clock::now();
      auto loan = must(store.claim(fleet, {0}));
      if (!loan) {
        std::this_thread::sleep_for(milliseconds(20));
        continue;
      }
      if (loan->taken_over) ++taken_over;
      if (steady_clock::now() >= asked + kLease) continue;  // too late to begin
      EXPECT_EQ(holders[loan->shard].fetch_add(1), 0) << "two have range " << loan->shard;
      EXPECT_GE(loan->progress.index, reached[loan->shard].load()) << "progress went back";
      std::this_thread::sleep_for(milliseconds(random() % 20));
      loan->progress = some_progress(loan->progress.index + 1);
      const uint32_t fate = random() % 4;
      if (fate == 0) {  // dies: stops at its lease's end at the latest
        holders[loan->shard].fetch_sub(1);
        continue;
      }
      reached[loan->shard] = loan->progress.index;
      // Nothing is sent any more before it says so.
      holders[loan->shard].fetch_sub(1);
      if (fate == 1) {
        (void)must(store.give_back(*loan));
      } else if (must(store.finish(*loan))) {
        ++finished[loan->shard];
        ++num_finished;
      }
    }
  };
  std::vector<std::thread> threads;
  for (int number = 0; number < 8; ++number)
    threads.emplace_back(work, number);
  for (std::thread& each : threads)
    each.join();
  for (uint32_t range = 0; range < kRanges; ++range)
    EXPECT_EQ(finished[range].load(), 1) << range;
  EXPECT_GT(taken_over.load(), 0);
  EXPECT_EQ(must(maker.rows(1))[0].state, "finished");
}

}  // namespace
}  // namespace control::tests
