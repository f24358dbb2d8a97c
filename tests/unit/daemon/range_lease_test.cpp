// SPDX-License-Identifier: Apache-2.0
// A range on loan: its end, its rate and its progress.
#include "control/daemon/range_lease.hpp"

#include "control/daemon/range_progress.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace control {
namespace {

using std::chrono::milliseconds;
using Clock = RangeLease::Clock;
using Wish = RangeLease::Wish;

struct Cores {
  dataplane::ScanControl control[2];
  dataplane::ScanProgress progress[2];
  std::vector<RangeLease::Core> all() {
    return {{&control[0], &progress[0]}, {&control[1], &progress[1]}};
  }
};

constexpr int64_t kMs = 1'000'000;

TEST(RangeLease, EndsByTheClocksOfTheCoresAndByOurs) {
  Cores cores;
  cores.progress[0].now_ns.set(5000 * kMs);
  cores.progress[1].now_ns.set(7000 * kMs);
  RangeLease lease({}, "{}", cores.all());
  EXPECT_EQ(lease.wanted(Clock::now()).wish, Wish::stop) << "nobody has it yet";
  const RangeLease::Moment asked = lease.moment();
  cores.progress[0].now_ns.set(5100 * kMs);  // the database took its time
  ASSERT_TRUE(lease.extend(asked, milliseconds(10'000)));
  EXPECT_EQ(cores.control[0].send_until_ns, (5000 + 9000) * kMs);
  EXPECT_EQ(cores.control[1].send_until_ns, (7000 + 9000) * kMs);
  EXPECT_EQ(lease.wanted(asked.here + milliseconds(8999)).wish, Wish::go_on);
  EXPECT_EQ(lease.wanted(asked.here + milliseconds(9000)).wish, Wish::stop);
  EXPECT_NE(lease.wanted(asked.here + milliseconds(9000)).why.find("its lease ended"),
            std::string::npos);
}

TEST(RangeLease, AnAnswerThatComesTooLateProlongsNothing) {
  Cores cores;
  RangeLease lease({}, "{}", cores.all());
  const RangeLease::Moment asked = lease.moment();
  std::this_thread::sleep_for(milliseconds(30));
  EXPECT_FALSE(lease.extend(asked, milliseconds(20)));
  EXPECT_EQ(cores.control[0].send_until_ns, INT64_MAX);
  ASSERT_TRUE(lease.extend(lease.moment(), milliseconds(20)));
  const RangeLease::Moment later = lease.moment();
  std::this_thread::sleep_for(milliseconds(30));
  EXPECT_FALSE(lease.extend(later, milliseconds(10'000))) << "it had ended before the answer";
  lease.close(RangeLease::End::given_back);
  EXPECT_TRUE(lease.ran_out());
}

TEST(RangeLease, ALowerRateCountsOnceItIsInForce) {
  Cores cores;
  RangeLease lease({}, "{}", cores.all());
  uint32_t set = 0;
  const auto apply = [&] { return lease.apply_rate([&](uint32_t rate) { set = rate; }); };
  EXPECT_EQ(lease.rate_in_use(), 0u);
  lease.set_rate(1000);
  EXPECT_EQ(lease.rate_in_use(), 1000u) << "it may be in force at any moment";
  EXPECT_EQ(apply(), 1000u);
  lease.set_rate(400);
  EXPECT_EQ(lease.rate_in_use(), 1000u);
  EXPECT_EQ(apply(), 400u);
  EXPECT_EQ(set, 400u);
  EXPECT_EQ(lease.rate_in_use(), 400u);
  lease.close(RangeLease::End::finished);
  EXPECT_EQ(lease.rate_in_use(), 0u);
}

// One thread tells rates and reads what is in use, another puts them in force: what is in force is
// never above what the last reading said.
TEST(RangeLease, NeverUsesMoreThanItSays) {
  Cores cores;
  RangeLease lease({}, "{}", cores.all());
  std::atomic<uint32_t> in_force{0};
  std::atomic<bool> over{false};
  std::thread scanner([&] {
    while (!over)
      (void)lease.apply_rate([&](uint32_t rate) { in_force = rate; });
  });
  for (uint32_t round = 0; round < 20'000; ++round) {
    lease.set_rate(round * 7919 % 1000);
    const uint32_t said = lease.rate_in_use();
    ASSERT_LE(in_force.load(), said);
  }
  over = true;
  scanner.join();
}

TEST(RangeLease, AWishGrowsAndTheEndFreesTheCores) {
  Cores cores;
  RangeLoan loan;
  loan.shard = 3;
  RangeLease lease(loan, "{\"a\":1}", cores.all());
  EXPECT_EQ(lease.arguments(), "{\"a\":1}");
  ASSERT_TRUE(lease.extend(lease.moment(), milliseconds(60'000)));
  lease.wish(Wish::give_back, "paused");
  EXPECT_EQ(lease.wanted(Clock::now()).wish, Wish::give_back);
  lease.wish(Wish::stop, "stopped");
  lease.wish(Wish::give_back, "paused");
  EXPECT_EQ(lease.wanted(Clock::now()).why, "stopped");
  RangeProgress progress;
  progress.index = 9;
  lease.record(progress);
  EXPECT_EQ(lease.loan().progress.index, 9u);
  EXPECT_EQ(lease.loan().shard, 3u);
  for (auto& each : cores.control)
    each.ceiling = 5;
  EXPECT_FALSE(lease.end().has_value());
  lease.close(RangeLease::End::given_back);
  lease.close(RangeLease::End::finished);
  EXPECT_EQ(lease.end(), RangeLease::End::given_back) << "the first word counts";
  EXPECT_FALSE(lease.ran_out());
  for (const auto& each : cores.control) {
    EXPECT_EQ(each.send_until_ns, INT64_MAX);
    EXPECT_EQ(each.ceiling, 0);
  }
  EXPECT_FALSE(lease.extend(lease.moment(), milliseconds(60'000)));
  EXPECT_EQ(cores.control[0].send_until_ns, INT64_MAX) << "another scan has them";
}

ShardCheckpoint part(uint64_t shard, uint64_t shards, uint64_t step, bool finished = false) {
  ShardCheckpoint out;
  out.shard = shard;
  out.shards = shards;
  out.step = step;
  out.finished = finished;
  return out;
}

TEST(RangeProgress, GoesOnWithAnyNumberOfCores) {
  std::vector<ShardCheckpoint> parts{part(3, 24, 100), part(11, 24, 120, true), part(19, 24, 7)};
  parts[0].counts = {.targets = 90, .open = 1, .closed = 89, .probes = 95};
  parts[1].counts = {
      .targets = 110, .unreachable = 4, .silent = 100, .lost_locally = 6, .probes = 210};
  const RangeProgress kept = progress_of(parts);
  EXPECT_EQ(kept.index, 227u);
  EXPECT_EQ(kept.checkpoint, "3/24:100;11/24:120f;19/24:7;");
  EXPECT_EQ(kept.targets, 200u);
  EXPECT_EQ(kept.probes, 305u);
  const std::vector<ShardCheckpoint> back = shards_of(kept, 3, 8);
  ASSERT_EQ(back.size(), 3u);
  EXPECT_EQ(back[0].step, 100u);
  EXPECT_TRUE(back[1].finished);
  EXPECT_EQ(back[2].shard, 19u);
  EXPECT_EQ(progress_of(back), kept);
}

TEST(RangeProgress, BeginsAnewWhereTheTextIsNoWholeCut) {
  RangeProgress progress;
  for (const char* text :
       {"", "3/24:100;11/24:120f;", "3/24:1;3/24:1;19/24:1;", "3/8", "3/8:", "3/8:1", "3/8:x;",
        "4/8:1;", "3/9:1;", "3/8:1;junk", "3/8:1g;", "3/8:18446744073709551616;"}) {
    progress.checkpoint = text;
    EXPECT_TRUE(shards_of(progress, 3, 8).empty()) << text;
  }
  progress.checkpoint = "3/8:5;";
  EXPECT_EQ(shards_of(progress, 3, 8).size(), 1u);
}

}  // namespace
}  // namespace control
