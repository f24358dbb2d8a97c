// SPDX-License-Identifier: Apache-2.0
#include "flowtable/flow_index.hpp"

#include "flowtable/flow_slab.hpp"
#include "tests/unit/flowtable/flow_samples.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <random>
#include <set>
#include <vector>

namespace flowtable {
namespace {

constexpr uint32_t kIndexedFlows = 320;

class Index : public testing::Test {
 protected:
  // Few bits: buckets run full all the time.
  static uint64_t hash_of(uint32_t number) { return sample_hash(number) & 0xffff'f800'0000; }

  bool add(uint32_t number) {
    const FlowIndex::Home home = index_.home_of(hash_of(number));
    if (slab_.full() || !index_.make_slot(home)) return false;
    const uint32_t record = slab_.take();
    index_.add(home, record, sample_key(number), sample_tick(0));
    present_.push_back(number);
    return true;
  }

  void remove(size_t which) {
    Flow* flow = index_.find(sample_key(present_[which]), hash_of(present_[which]));
    ASSERT_NE(flow, nullptr);
    index_.remove(*flow);
    slab_.give_back(slab_.index_of(*flow));
    present_[which] = present_.back();
    present_.pop_back();
  }

  // A lookup ends at a primary bucket that counts no flow away: it must neither count too few
  // (flows are lost) nor too many (misses read two lines for ever).
  void check() const {
    std::vector<decltype(Bucket::away)> away(index_.buckets().size());
    size_t num_flows = 0;
    for (size_t i = 0; i < index_.buckets().size(); ++i) {
      const Bucket& bucket = index_.buckets()[i];
      ASSERT_EQ(bucket.sequence.get() % 2, 0U);
      for (uint32_t slot = 0; slot < kBucketSlots; ++slot) {
        const uint32_t record = bucket.flows[slot].get();
        ASSERT_EQ(record == Flow::kNone, bucket.tags[slot] == Bucket::kFreeTag);
        const bool guest = (bucket.guests >> slot & 1) != 0;
        if (record == Flow::kNone) {
          ASSERT_FALSE(guest);
          continue;
        }
        const Flow& flow = slab_.records()[record];
        ASSERT_EQ(flow.details().bucket, i << kBucketSlotBits | slot);
        const FlowIndex::Home home =
            index_.home_of(hash_flow_key(flow.load_key(), kSampleSeed) & 0xffff'f800'0000);
        ASSERT_EQ(i, guest ? home.secondary : home.primary);
        if (guest) ++away[home.primary][home.tag % Bucket{}.away.size()];
        ++num_flows;
      }
    }
    ASSERT_EQ(num_flows, present_.size());
    for (size_t i = 0; i < away.size(); ++i)
      ASSERT_EQ(index_.buckets()[i].away, away[i]);
  }

  FlowSlab slab_{kIndexedFlows};
  FlowIndex index_{kIndexedFlows, slab_.records()};
  std::vector<uint32_t> present_;
};

TEST_F(Index, GivesEveryHashTwoBuckets) {
  std::set<uint32_t> secondaries;
  for (uint32_t i = 0; i < 100'000; ++i) {
    const FlowIndex::Home home = index_.home_of(sample_hash(i));
    ASSERT_NE(home.primary, home.secondary);
    ASSERT_NE(home.tag, Bucket::kFreeTag);
    ASSERT_LT(home.primary, index_.buckets().size());
    ASSERT_LT(home.secondary, index_.buckets().size());
    if (home.primary == 0) secondaries.insert(home.secondary);
  }
  // Half of the buckets differ from number 0 in the lowest bit.
  EXPECT_EQ(secondaries.size(), index_.buckets().size() / 2);
}

TEST_F(Index, KnowsHowManyFlowsLiveAwayFromHome) {
  std::mt19937 random(3);
  size_t most_away = 0;
  for (uint32_t step = 0; step < 20'000; ++step) {
    const bool grow = (step / 1000) % 2 == 0;
    if (random() % 4 != 0 ? grow : !grow) {
      add(step);
    } else if (!present_.empty()) {
      remove(random() % present_.size());
    }
    if (step % 20 == 0) check();
    size_t away = 0;
    for (const Bucket& bucket : index_.buckets())
      away += static_cast<size_t>(std::popcount(bucket.guests));
    most_away = std::max(most_away, away);
  }
  EXPECT_GT(most_away, 20U) << "the test has to meet full buckets";
  while (!present_.empty())
    remove(present_.size() - 1);
  check();
}

TEST_F(Index, SpreadsFlowsUntilTheSlabIsFull) {
  uint32_t number = 0;
  while (!slab_.full())
    ASSERT_TRUE(add(number++)) << number;
  check();
}

}  // namespace
}  // namespace flowtable
