// SPDX-License-Identifier: Apache-2.0
#include "flowtable/timer_wheel.hpp"

#include "tests/unit/flowtable/flow_samples.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <set>
#include <vector>

namespace flowtable {
namespace {

constexpr int64_t kHourMs = 3'600'000;

// A wheel over records of its own, all handshaking (10 s) unless a test says otherwise.
class Wheel : public testing::Test {
 protected:
  static constexpr uint32_t kFlows = 2000;

  Wheel() {
    for (uint32_t i = 0; i < kFlows; ++i) {
      flows_[i].set_class(FlowClass::handshaking);
    }
  }

  uint32_t number_of(const Flow& flow) const {
    return static_cast<uint32_t>(flow.details().first_seen_ns.get());
  }
  void schedule(uint32_t index, int64_t ms) {
    flows_[index].last_seen_ns.set(ns_since_epoch(sample_tick(ms)));
    wheel_.schedule(flows_.index(index));
  }
  std::vector<uint32_t> expire(int64_t ms, size_t budget = kNoLimit) {
    std::vector<uint32_t> out;
    visits_ = wheel_.expire(sample_tick(ms), budget,
                            [&](const Flow& flow) { out.push_back(flows_.number_of(flow)); });
    return out;
  }
  int64_t slot_ms() const { return wheel_.slot_ns() / 1'000'000 + 1; }

  SampleRecords flows_{kFlows};
  FlowTimeouts timeouts_{sample_options(16).timeout};
  TimerWheel wheel_{flows_.slab(), timeouts_, std::chrono::seconds(60)};
  size_t visits_ = 0;
};

TEST_F(Wheel, HasSlotsShortAgainstTheTimeouts) {
  EXPECT_LE(slot_ms(), 60'000 / 500);
}

TEST_F(Wheel, LetsAFlowGoWithinASlotOfItsDeadline) {
  expire(0);
  schedule(0, 0);
  EXPECT_TRUE(expire(10'000).empty());
  EXPECT_EQ(expire(10'001 + slot_ms()), std::vector<uint32_t>{0});
  EXPECT_TRUE(expire(30'000).empty());
}

TEST_F(Wheel, PutsOffFlowsThatWereHeardOfMeanwhile) {
  schedule(0, 0);
  for (int64_t ms = 0; ms < 40'000; ms += 500) {
    flows_[0].last_seen_ns.set(ns_since_epoch(sample_tick(ms)));
    EXPECT_TRUE(expire(ms + 100).empty());
    EXPECT_LE(visits_, 1U);
  }
  EXPECT_EQ(expire(49'500 + 2 * slot_ms()), std::vector<uint32_t>{0});
}

TEST_F(Wheel, CanForgetAFlow) {
  for (uint32_t i = 0; i < 3; ++i)
    schedule(i, 0);
  wheel_.cancel(flows_.index(1));
  EXPECT_EQ(flows_[1].details().timer_list, Flow::kNoList);
  EXPECT_EQ(expire(60'000), (std::vector<uint32_t>{0, 2}));
}

TEST_F(Wheel, StopsAtItsBudgetAndGoesOnThere) {
  for (uint32_t i = 0; i < 100; ++i)
    schedule(i, i % 2 == 0 ? 0 : 3000);
  std::vector<uint32_t> all;
  for (int i = 0; i < 10; ++i) {
    const std::vector<uint32_t> some = expire(60'000, 10);
    EXPECT_EQ(some.size(), 10U);
    all.insert(all.end(), some.begin(), some.end());
  }
  EXPECT_TRUE(expire(60'000).empty());
  std::ranges::sort(all);
  EXPECT_EQ(std::ranges::adjacent_find(all), all.end());
  EXPECT_EQ(all.size(), 100U);
}

TEST_F(Wheel, BearsJumpsForwardsWithBoundedWork) {
  for (uint32_t i = 0; i < kFlows; ++i)
    schedule(i, i);
  for (int64_t hour = 1; hour < 50; ++hour) {
    for (uint32_t i = 0; i < kFlows; ++i)
      flows_[i].last_seen_ns.set(ns_since_epoch(sample_tick(hour * kHourMs - i % 1000)));
    EXPECT_TRUE(expire(hour * kHourMs).empty());
    EXPECT_LE(visits_, 2 * kFlows);
  }
  EXPECT_EQ(expire(51 * kHourMs).size(), kFlows);
}

TEST_F(Wheel, TurnsBackWithTheClock) {
  expire(100 * kHourMs);
  schedule(0, 100 * kHourMs);
  // A day earlier: what belongs to the later time goes within one turn, what is new goes on time.
  const int64_t start = 76 * kHourMs;
  EXPECT_LE(expire(start).size(), 1U);
  schedule(1, start);
  EXPECT_TRUE(std::ranges::count(expire(start + 9'000), 1U) == 0);
  EXPECT_EQ(std::ranges::count(expire(start + 10'001 + slot_ms()), 1U), 1);
  for (int64_t ms = 0; ms < 80'000; ms += 1000)
    expire(start + ms);
  EXPECT_EQ(flows_[0].details().timer_list, Flow::kNoList);
}

TEST_F(Wheel, BearsTheEndsOfTime) {
  for (const int64_t ns : {std::numeric_limits<int64_t>::max(), std::numeric_limits<int64_t>::min(),
                           std::numeric_limits<int64_t>::max(), int64_t{0}}) {
    flows_[0].last_seen_ns.set(ns);
    wheel_.schedule(flows_.index(0));
    wheel_.expire(tick_from_ns(ns), kNoLimit, [](const Flow&) { FAIL(); });
    wheel_.cancel(flows_.index(0));
  }
}

// Against a set of deadlines in order: whatever the wheel lets go of is over, and what was over a
// slot ago is gone.
TEST_F(Wheel, AgreesWithASortedSetOfDeadlines) {
  std::mt19937 random(7);
  std::set<std::pair<int64_t, uint32_t>> deadlines;
  int64_t now_ms = 0;
  const auto deadline = [&](uint32_t index) { return timeouts_.deadline_ns(flows_[index]); };
  const auto touch = [&](uint32_t index) {
    deadlines.erase({deadline(index), index});
    flows_[index].last_seen_ns.set(ns_since_epoch(sample_tick(now_ms)));
    deadlines.insert({deadline(index), index});
  };
  for (int step = 0; step < 300'000; ++step) {
    const auto index = static_cast<uint32_t>(random() % kFlows);
    const bool queued = flows_[index].details().timer_list != Flow::kNoList;
    if (!queued) {
      flows_[index].set_class(random() % 2 == 0 ? FlowClass::handshaking : FlowClass::established);
      schedule(index, now_ms);
      deadlines.insert({deadline(index), index});
    } else if (random() % 8 == 0) {
      wheel_.cancel(flows_.index(index));
      ASSERT_EQ(deadlines.erase({deadline(index), index}), 1U);
    } else {
      touch(index);
    }
    if (random() % 16 != 0) continue;
    now_ms += static_cast<int64_t>(random() % 200);
    if (random() % 1000 == 0) now_ms += kHourMs;
    const int64_t now_ns = ns_since_epoch(sample_tick(now_ms));
    for (const uint32_t gone : expire(now_ms)) {
      ASSERT_LT(deadline(gone), now_ns);
      ASSERT_EQ(deadlines.erase({deadline(gone), gone}), 1U);
    }
    ASSERT_TRUE(deadlines.empty() || deadlines.begin()->first >= now_ns - wheel_.slot_ns());
  }
}

// Against the obvious way: looking at all of them. Flows are heard of without the wheel's knowing.
TEST_F(Wheel, NamesTheFlowWhoseTimeIsOverFirst) {
  std::mt19937 random(7);
  std::set<uint32_t> waiting;
  int64_t now_ms = 0;
  size_t named = 0;
  for (int step = 0; step < 30'000; ++step) {
    now_ms += random() % 40;
    if (step % 5000 == 4999) now_ms += step % 2 == 0 ? 300'000 : -5000;  // clocks do that
    const auto index = static_cast<uint32_t>(random() % kFlows);
    const bool waits = waiting.contains(index);
    if (!waits) {
      flows_[index].set_class(index % 3 == 0 ? FlowClass::established : FlowClass::handshaking);
      schedule(index, now_ms);
      waiting.insert(index);
    } else if (random() % 3 == 0) {
      wheel_.cancel(flows_.index(index));
      waiting.erase(index);
    } else {
      flows_[index].last_seen_ns.set(ns_since_epoch(sample_tick(now_ms)));
    }
    if (random() % 20 == 0) {
      for (const uint32_t gone : expire(now_ms))
        waiting.erase(gone);
    }
    const uint32_t soonest = flows_.number_of(wheel_.soonest(sample_tick(now_ms), kNoLimit));
    if (waiting.empty()) {
      ASSERT_EQ(soonest, Flow::kNone);
      continue;
    }
    ASSERT_TRUE(waiting.contains(soonest)) << step;
    int64_t first_ns = std::numeric_limits<int64_t>::max();
    for (const uint32_t each : waiting)
      first_ns = std::min(first_ns, timeouts_.deadline_ns(flows_[each]));
    // What is over already is all alike.
    const int64_t bound_ns = std::max(first_ns, ns_since_epoch(sample_tick(now_ms)));
    ASSERT_LE(timeouts_.deadline_ns(flows_[soonest]), bound_ns + 2 * wheel_.slot_ns()) << step;
    ++named;
  }
  EXPECT_GT(named, 20'000u);
}

TEST_F(Wheel, LooksForItNoFurtherThanItsBudget) {
  expire(0);
  for (uint32_t index = 0; index < 10; ++index)
    schedule(index, 0);
  for (uint32_t index = 0; index < 9; ++index)
    flows_[index].last_seen_ns.set(ns_since_epoch(sample_tick(5000)));
  EXPECT_EQ(wheel_.soonest(sample_tick(5000), 4), Flow::kNone);
  EXPECT_EQ(wheel_.soonest(sample_tick(5000), 4), Flow::kNone);
  EXPECT_EQ(wheel_.soonest(sample_tick(5000), 4), 9u);
  EXPECT_EQ(wheel_.soonest(sample_tick(5000), 0), 9u);
}

}  // namespace
}  // namespace flowtable
