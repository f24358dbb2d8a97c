// SPDX-License-Identifier: Apache-2.0
#include "flowtable/flow_queue.hpp"

#include "tests/unit/flowtable/flow_samples.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace flowtable {
namespace {

// Embryonic flows: 5 s.
class Queue : public testing::Test {
 protected:
  void hear_of(uint32_t index, int64_t ms) {
    flows_[index].last_seen_ns.set(ns_since_epoch(sample_tick(ms)));
  }
  void push(uint32_t index, int64_t ms) {
    hear_of(index, ms);
    queue_.push(index);
  }
  std::vector<uint32_t> expire(int64_t ms, size_t budget = std::numeric_limits<size_t>::max()) {
    std::vector<uint32_t> out;
    visits_ = queue_.expire(sample_tick(ms), budget,
                            [&](const Flow& flow) { out.push_back(flows_.number_of(flow)); });
    return out;
  }

  SampleRecords flows_{8};
  FlowTimeouts timeouts_{sample_options(16).timeout};
  FlowQueue queue_{flows_.slab(), timeouts_};
  size_t visits_ = 0;
};

TEST_F(Queue, LetsFlowsGoInTheOrderOfTheirComing) {
  for (uint32_t i = 0; i < 5; ++i)
    push(i, i * 1000);
  EXPECT_EQ(queue_.oldest(), 0U);
  EXPECT_TRUE(expire(5000).empty());
  EXPECT_EQ(expire(6500), (std::vector<uint32_t>{0, 1}));
  EXPECT_EQ(queue_.oldest(), 2U);
  EXPECT_EQ(expire(100'000), (std::vector<uint32_t>{2, 3, 4}));
  EXPECT_EQ(queue_.oldest(), Flow::kNone);
}

TEST_F(Queue, ForgetsFlowsAnywhereInIt) {
  for (uint32_t i = 0; i < 5; ++i)
    push(i, 0);
  for (const uint32_t i : {2, 0, 4})
    queue_.remove(i);
  EXPECT_EQ(queue_.oldest(), 1U);
  EXPECT_EQ(expire(6000), (std::vector<uint32_t>{1, 3}));
}

TEST_F(Queue, IsNotHeldUpByAFlowThatWasHeardOfAgain) {
  push(0, 0);
  push(1, 1000);
  push(2, 2000);
  hear_of(0, 5500);
  EXPECT_EQ(expire(6001), std::vector<uint32_t>{1});
  EXPECT_EQ(expire(7001), std::vector<uint32_t>{2});
  EXPECT_TRUE(expire(10'500).empty());
  EXPECT_EQ(expire(10'501), std::vector<uint32_t>{0});
}

TEST_F(Queue, StopsAtItsBudget) {
  for (uint32_t i = 0; i < 5; ++i)
    push(i, 0);
  EXPECT_EQ(expire(9000, 2), (std::vector<uint32_t>{0, 1}));
  EXPECT_EQ(visits_, 2U);
  EXPECT_EQ(expire(9000, 2), (std::vector<uint32_t>{2, 3}));
  EXPECT_EQ(expire(9000, 2), (std::vector<uint32_t>{4}));
}

TEST_F(Queue, VisitsFlowsThatAreAllHeardOfOnlyOnce) {
  for (uint32_t i = 0; i < 5; ++i)
    push(i, 0);
  for (uint32_t i = 0; i < 5; ++i)
    hear_of(i, 4000);
  EXPECT_TRUE(expire(6000).empty());
  EXPECT_EQ(visits_, 5U);
  EXPECT_TRUE(expire(6000).empty());
  EXPECT_EQ(visits_, 0U);
}

}  // namespace
}  // namespace flowtable
