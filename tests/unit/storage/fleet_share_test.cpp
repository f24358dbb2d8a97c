// SPDX-License-Identifier: Apache-2.0
// One rate for all scanners of a job, whatever comes and goes.
#include "tests/unit/storage/fleet_samples.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <random>
#include <thread>

namespace control::tests {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr uint32_t kRate = 1000;

TEST(FleetShare, TheFirstHasAllAndANewcomerWaitsForWhatIsReleased) {
  const DatabaseAddress address = fresh_database();
  FleetStore first(fleet_options(address, "a"));
  FleetStore second(fleet_options(address, "b"));
  const int64_t fleet = must(first.create(fleet_job({4}, kRate)));
  EXPECT_EQ(must(first.share(fleet, 0)), 1000u);
  EXPECT_EQ(must(second.share(fleet, 0)), 0u) << "nothing is free";
  EXPECT_EQ(must(first.share(fleet, 1000)), 500u) << "there are two now";
  EXPECT_EQ(must(second.share(fleet, 0)), 0u) << "the first has not said that it uses less";
  EXPECT_EQ(must(first.share(fleet, 500)), 500u);
  EXPECT_EQ(must(second.share(fleet, 0)), 500u);
  ASSERT_TRUE(first.leave(fleet).ok());
  EXPECT_EQ(must(second.share(fleet, 500)), 1000u);
}

TEST(FleetShare, WhatADeadOneHadIsFreeAtItsLeasesEnd) {
  const DatabaseAddress address = fresh_database();
  FleetStore dead(fleet_options(address, "a", milliseconds(200)));
  FleetStore other(fleet_options(address, "b"));
  const int64_t fleet = must(dead.create(fleet_job({4}, kRate)));
  EXPECT_EQ(must(dead.share(fleet, 0)), 1000u);
  EXPECT_EQ(must(other.share(fleet, 0)), 0u);
  std::this_thread::sleep_for(milliseconds(250));
  EXPECT_EQ(must(other.share(fleet, 0)), 1000u);
}

TEST(FleetShare, AnotherRunOfTheSameNameWaitsForTheFormersEnd) {
  const DatabaseAddress address = fresh_database();
  FleetStore::Options options = fleet_options(address, "a", milliseconds(200));
  FleetStore former(options);
  options.instance = 8;
  FleetStore next(options);
  const int64_t fleet = must(former.create(fleet_job({4}, kRate)));
  EXPECT_EQ(must(former.share(fleet, 0)), 1000u);
  EXPECT_EQ(must(next.share(fleet, 0)), 0u);
  std::this_thread::sleep_for(milliseconds(250));
  EXPECT_EQ(must(next.share(fleet, 0)), 1000u);
  EXPECT_EQ(must(former.share(fleet, 1000)), 0u);
}

TEST(FleetShare, ARenewalBringsIt) {
  const DatabaseAddress address = fresh_database();
  FleetStore first(fleet_options(address, "a"));
  FleetStore second(fleet_options(address, "b"));
  const int64_t fleet = must(first.create(fleet_job({4}, kRate)));
  const RangeLoan one = *must(first.claim(fleet, {0}));
  const RangeLoan two = *must(second.claim(fleet, {0}));
  EXPECT_EQ(must(first.renew(one, 0)).rate, 1000u);
  EXPECT_EQ(must(second.renew(two, 0)).rate, 0u);
  EXPECT_EQ(must(first.renew(one, 1000)).rate, 500u);
  EXPECT_EQ(must(first.renew(one, 500)).rate, 500u);
  EXPECT_EQ(must(second.renew(two, 0)).rate, 500u);
  const auto rows = must(first.rows(1));
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].rate, 1000u);
  EXPECT_EQ(rows[1].rate, 500u);
  EXPECT_EQ(rows[2].rate, 500u);
}

// Scanners come, use what they were given, lower it when they are told, leave or die. The model is
// the sum of what all use at any moment: never above the rate. A dead one stops at its own end.
TEST(FleetShare, TheSumOfAllNeverExceedsTheRate) {
  constexpr milliseconds kLease{800};
  const DatabaseAddress address = fresh_database();
  FleetStore maker(fleet_options(address, "maker"));
  const int64_t fleet = must(maker.create(fleet_job({4}, kRate)));
  std::atomic<uint32_t> in_use{0};
  std::atomic<uint32_t> most{0};
  std::atomic<int> raised{0};
  std::atomic<int> lowered{0};
  const auto until = steady_clock::now() + std::chrono::seconds(6);
  const auto note = [&](uint32_t sum) {
    uint32_t seen = most.load();
    while (sum > seen && !most.compare_exchange_weak(seen, sum)) {
    }
  };
  const auto work = [&](int number) {
    std::mt19937 random(static_cast<unsigned>(number));
    const std::string name = "s" + std::to_string(number);
    while (steady_clock::now() < until) {
      FleetStore store(fleet_options(address, name, kLease));
      uint32_t mine = 0;
      auto end = steady_clock::now();
      const int rounds = 1 + static_cast<int>(random() % 12);
      for (int round = 0; round < rounds; ++round) {
        const auto asked = steady_clock::now();
        // Its own end was before this answer: it had stopped.
        if (mine > 0 && asked >= end) in_use -= std::exchange(mine, 0);
        const uint32_t next = must(store.share(fleet, mine));
        const bool late = steady_clock::now() >= asked + kLease;
        if (late) break;
        end = asked + kLease;
        if (next > mine) {
          ++raised;
          note(in_use += next - mine);
        } else if (next < mine) {
          ++lowered;
          // It takes its time until the cores have it.
          std::this_thread::sleep_for(milliseconds(random() % 20));
          in_use -= mine - next;
        }
        mine = next;
        std::this_thread::sleep_for(milliseconds(random() % 30));
      }
      in_use -= mine;
      if (random() % 2 == 0) {
        (void)store.leave(fleet);
      } else {
        std::this_thread::sleep_for(milliseconds(random() % 200));  // dead
      }
    }
  };
  std::vector<std::thread> threads;
  for (int number = 0; number < 6; ++number)
    threads.emplace_back(work, number);
  for (std::thread& each : threads)
    each.join();
  EXPECT_LE(most.load(), kRate);
  EXPECT_GT(most.load(), kRate / 2) << "and they do get it";
  EXPECT_GT(raised.load(), 20);
  EXPECT_GT(lowered.load(), 20);
}

}  // namespace
}  // namespace control::tests
