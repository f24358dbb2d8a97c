// SPDX-License-Identifier: Apache-2.0
#include "flowtable/flow_table.hpp"

#include "tests/unit/flowtable/flow_samples.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <vector>

namespace flowtable {
namespace {

Flow* find_sample(const FlowTable& table, uint32_t number) {
  return table.find(sample_key(number), sample_hash(number));
}

TEST(FlowTable, InsertsFlowsWithEveryFieldAtItsStart) {
  FlowTable table(sample_options(16));
  Flow* used = insert_sample(table, 1, sample_tick(0));
  ASSERT_NE(used, nullptr);
  for (const size_t side : {0, 1}) {
    used->count(side, 99, 0xff);
    used->set_probes_left(side, 7);
  }
  used->capture() = 7;
  used->next_seq = {1, 2};
  used->details().isn = {3, 4};
  used->set_tcp_state(9);
  used->set_stage(FlowStage::finished);
  used->set_originator(Side::b);
  table.set_class(*used, FlowClass::closing);
  table.erase(*used);

  const Flow* fresh = insert_sample(table, 2, sample_tick(5));
  ASSERT_EQ(fresh, used) << "the warm record is used again";
  EXPECT_EQ(fresh->load_key(), sample_key(2));
  for (const size_t side : {0, 1}) {
    EXPECT_EQ(fresh->bytes(side), 0U);
    EXPECT_EQ(fresh->packets[side].get(), 0U);
    EXPECT_EQ(fresh->tcp_flags(side), 0U);
    EXPECT_EQ(fresh->probes_left(side), 0U);
  }
  EXPECT_EQ(fresh->capture(), Flow::kNone);
  EXPECT_EQ(fresh->next_seq, (std::array<uint32_t, 2>{}));
  EXPECT_EQ(fresh->details().isn, (std::array<uint32_t, 2>{}));
  EXPECT_EQ(fresh->tcp_state(), 0);
  EXPECT_EQ(fresh->stage(), FlowStage::probing);
  EXPECT_EQ(fresh->originator(), Side::a);
  EXPECT_EQ(fresh->flow_class(), FlowClass::embryonic);
  EXPECT_EQ(fresh->details().first_seen_ns.get(), ns_since_epoch(sample_tick(5)));
  EXPECT_EQ(fresh->last_seen_ns.get(), ns_since_epoch(sample_tick(5)));
}

TEST(FlowTable, RenamesAFlowAndKeepsWhatItIs) {
  FlowTable table(sample_options(1024));
  for (uint32_t i = 0; i < 1000; ++i)
    ASSERT_NE(insert_sample(table, i, sample_tick(0)), nullptr);
  for (uint32_t i = 0; i < 1000; i += 3) {
    Flow* const flow = find_sample(table, i);
    ASSERT_NE(flow, nullptr);
    flow->count(0, i, 0);
    table.set_class(*flow, FlowClass::handshaking);
    ASSERT_TRUE(table.rename(*flow, sample_key(i + 5000), sample_hash(i + 5000)));
  }
  for (uint32_t i = 0; i < 1000; ++i) {
    const bool renamed = i % 3 == 0;
    EXPECT_EQ(find_sample(table, i) == nullptr, renamed);
    const Flow* const flow = find_sample(table, renamed ? i + 5000 : i);
    ASSERT_NE(flow, nullptr);
    EXPECT_EQ(flow->bytes(0), renamed ? i : 0);
    EXPECT_EQ(flow->flow_class(), renamed ? FlowClass::handshaking : FlowClass::embryonic);
  }
  EXPECT_EQ(table.num_flows(), 1000u);
  // Timers go with the record: all of them expire, each once.
  size_t expired = 0;
  table.expire(sample_tick(60'000), kNoLimit, [&](Flow&) { ++expired; });
  EXPECT_EQ(expired, 1000u);
  EXPECT_EQ(table.num_flows(), 0u);
}

TEST(FlowTable, AnswersBurstsOfAnyLength) {
  FlowTable table(sample_options(1024));
  for (uint32_t i = 0; i < 1000; i += 2)
    ASSERT_NE(insert_sample(table, i, sample_tick(0)), nullptr);
  for (const size_t length : {0, 1, 63, 64, 65, 1000}) {
    std::vector<FlowKey> keys(length);
    std::vector<FlowLookup> burst(length);
    for (uint32_t i = 0; i < length; ++i) {
      keys[i] = sample_key(i);
      burst[i] = {&keys[i], sample_hash(i), nullptr};
    }
    table.find(burst);
    for (uint32_t i = 0; i < length; ++i) {
      ASSERT_EQ(burst[i].flow != nullptr, i % 2 == 0) << i << " of " << length;
      if (burst[i].flow != nullptr) {
        ASSERT_EQ(burst[i].flow->load_key(), keys[i]);
      }
    }
  }
}

TEST(FlowTable, FillsUpToItsLastRecord) {
  for (const uint32_t flows_max : {16U, 17U, 1000U, 1024U, 80'000U}) {
    FlowTable table(sample_options(flows_max));
    for (uint32_t i = 0; i < flows_max; ++i) {
      const Room room = table.must_leave(sample_hash(i), sample_tick(0));
      ASSERT_FALSE(room.refused);
      ASSERT_EQ(room.evict, nullptr) << i << " of " << flows_max;
      ASSERT_NE(table.insert(sample_key(i), sample_hash(i), sample_tick(0)), nullptr);
    }
    EXPECT_EQ(table.num_flows(), flows_max);
    EXPECT_EQ(table.insert(sample_key(flows_max), sample_hash(flows_max), sample_tick(0)), nullptr);
    for (uint32_t i = 0; i < flows_max; ++i)
      ASSERT_NE(find_sample(table, i), nullptr);
  }
}

TEST(FlowTable, LosesNoEstablishedFlowToASynFlood) {
  constexpr uint32_t kFlows = 4096;
  FlowTable table(sample_options(kFlows));
  constexpr uint32_t kEstablished = kFlows - 100;
  for (uint32_t i = 0; i < kEstablished; ++i) {
    Flow* flow = insert_sample(table, i, sample_tick(0));
    ASSERT_NE(flow, nullptr);
    table.set_class(*flow, FlowClass::handshaking);
    if (i % 2 == 0) table.set_class(*flow, FlowClass::established);
  }
  for (uint32_t i = 0; i < 5 * kFlows; ++i)
    ASSERT_NE(insert_sample(table, 1'000'000 + i, sample_tick(1)), nullptr);
  EXPECT_EQ(table.num_flows(), kFlows);
  for (uint32_t i = 0; i < kEstablished; ++i)
    ASSERT_NE(find_sample(table, i), nullptr) << i;
}

TEST(FlowTable, RefusesNewcomersRatherThanEvictFlowsThatAreHeardOf) {
  FlowTable table(sample_options(64));
  for (uint32_t i = 0; i < 64; ++i)
    table.set_class(*insert_sample(table, i, sample_tick(i)), FlowClass::established);
  const Room room = table.must_leave(sample_hash(64), sample_tick(999));
  EXPECT_TRUE(room.refused);
  EXPECT_EQ(room.evict, nullptr);
  EXPECT_EQ(table.insert(sample_key(64), sample_hash(64), sample_tick(999)), nullptr);
  EXPECT_EQ(table.num_flows(), 64U);
}

TEST(FlowTable, EvictsTheFlowsThatWereSilentForLongestWhereAllShookHands) {
  FlowTable table(sample_options(64));
  std::vector<Flow*> flows;
  for (uint32_t i = 0; i < 64; ++i) {
    flows.push_back(insert_sample(table, i, sample_tick(i * 1000)));
    table.set_class(*flows.back(), FlowClass::established);
  }
  // Every other one is heard of again.
  for (uint32_t i = 0; i < 64; i += 2)
    flows[i]->last_seen_ns.set(ns_since_epoch(sample_tick(100'000 + i)));
  for (uint32_t i = 1; i < 64; i += 2) {
    // One look is not always enough: it may end after some that were heard of.
    Room room = table.must_leave(sample_hash(1000 + i), sample_tick(101'000));
    for (int looks = 0; looks < 4 && room.refused; ++looks)
      room = table.must_leave(sample_hash(1000 + i), sample_tick(101'000));
    ASSERT_FALSE(room.refused);
    EXPECT_EQ(room.evict, flows[i]) << i;
    table.erase(*room.evict);
    Flow* const newer =
        table.insert(sample_key(1000 + i), sample_hash(1000 + i), sample_tick(101'000));
    ASSERT_NE(newer, nullptr);
    table.set_class(*newer, FlowClass::established);
  }
}

TEST(FlowTable, EvictsEmbryonicFlowsFirstThenClosingOnesOldestFirst) {
  FlowTable table(sample_options(16));
  for (uint32_t i = 0; i < 16; ++i)
    ASSERT_NE(insert_sample(table, i, sample_tick(i)), nullptr);
  for (const uint32_t i : {9, 4, 7})
    table.set_class(*find_sample(table, i), FlowClass::closing);
  for (const uint32_t i : {0, 1, 2, 3, 5, 6, 8})
    table.set_class(*find_sample(table, i), FlowClass::established);

  std::vector<Flow*> order;
  for (uint32_t i = 0; i < 10; ++i) {
    const Room room = table.must_leave(sample_hash(100 + i), sample_tick(100));
    if (room.refused) break;
    ASSERT_NE(room.evict, nullptr);
    order.push_back(room.evict);
    table.erase(*room.evict);
    Flow* flow = table.insert(sample_key(100 + i), sample_hash(100 + i), sample_tick(100));
    table.set_class(*flow, FlowClass::established);
  }
  // The records were taken in order, so a flow's place tells its number.
  std::vector<uint32_t> numbers;
  for (const Flow* flow : order)
    numbers.push_back(static_cast<uint32_t>(flow - order[0]) + 10);
  EXPECT_EQ(numbers, (std::vector<uint32_t>{10, 11, 12, 13, 14, 15, 9, 4, 7}));
}

TEST(FlowTable, EvictsTheLeastFlowOfTwoBucketsThatAreFull) {
  // Equal low words of the hash and equal tags: all of these may only live in the same two buckets,
  // and none of them can move.
  FlowTable table(sample_options(1024));
  constexpr uint64_t kHash = 0x0000'1234'0000'0042;
  for (uint32_t i = 0; i < 16; ++i) {
    ASSERT_EQ(table.must_leave(kHash, sample_tick(0)).evict, nullptr);
    Flow* flow = table.insert(sample_key(i), kHash, sample_tick(100 - i));
    ASSERT_NE(flow, nullptr);
    table.set_class(*flow, FlowClass::established);
  }
  const auto evict_and_insert = [&](uint32_t number) {
    const Room room = table.must_leave(kHash, sample_tick(0));
    EXPECT_FALSE(room.refused);
    EXPECT_EQ(table.insert(sample_key(number), kHash, sample_tick(0)), nullptr);
    const FlowKey gone = room.evict->load_key();
    table.erase(*room.evict);
    EXPECT_NE(table.insert(sample_key(number), kHash, sample_tick(200)), nullptr);
    return gone;
  };
  EXPECT_EQ(evict_and_insert(50), sample_key(15)) << "the longest silent";
  EXPECT_EQ(evict_and_insert(51), sample_key(50)) << "the embryonic one";
  table.set_class(*table.find(sample_key(3), kHash), FlowClass::closing);
  table.set_class(*table.find(sample_key(51), kHash), FlowClass::established);
  EXPECT_EQ(evict_and_insert(52), sample_key(3)) << "the closing one";
  for (const uint32_t i : {0, 1, 2, 4, 5, 14, 51, 52})
    EXPECT_NE(table.find(sample_key(i), kHash), nullptr) << i;
}

TEST(FlowTable, SaysWhetherAFlowIsOverWithoutHelpFromExpire) {
  FlowTable table(sample_options(16));
  Flow* flow = insert_sample(table, 0, sample_tick(0));
  EXPECT_FALSE(table.is_expired(*flow, sample_tick(5000)));
  EXPECT_TRUE(table.is_expired(*flow, sample_tick(5001)));
  EXPECT_FALSE(table.is_expired(*flow, sample_tick(-5000))) << "a small step back is no silence";
  EXPECT_TRUE(table.is_expired(*flow, sample_tick(-5001))) << "another time";
  table.set_class(*flow, FlowClass::established);
  EXPECT_FALSE(table.is_expired(*flow, sample_tick(60'000)));
  EXPECT_TRUE(table.is_expired(*flow, sample_tick(60'001)));
  for (const int64_t extreme :
       {std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()}) {
    EXPECT_TRUE(table.is_expired(*flow, tick_from_ns(extreme)));
    flow->last_seen_ns.set(extreme);
    EXPECT_TRUE(table.is_expired(*flow, sample_tick(0)));
    EXPECT_FALSE(table.is_expired(*flow, tick_from_ns(extreme)));
    flow->last_seen_ns.set(ns_since_epoch(sample_tick(0)));
  }
}

TEST(FlowTable, ExpiresEachClassAfterItsOwnSilence) {
  FlowTable table(sample_options(16));
  const std::array classes = {FlowClass::embryonic, FlowClass::handshaking, FlowClass::established,
                              FlowClass::closing};
  for (uint32_t i = 0; i < classes.size(); ++i)
    table.set_class(*insert_sample(table, i, sample_tick(0)), classes[i]);
  // A flow may leave up to one slot of the wheel late, here less than 100 ms.
  std::array<int64_t, 4> gone_ms{};
  for (int64_t ms = 0; ms < 70'000; ms += 100) {
    table.expire(sample_tick(ms), kNoLimit,
                 [&](const Flow& flow) { gone_ms[static_cast<size_t>(flow.flow_class())] = ms; });
  }
  EXPECT_EQ(table.num_flows(), 0U);
  const std::array<int64_t, 4> timeouts_ms = {5000, 10'000, 60'000, 2000};
  for (size_t i = 0; i < timeouts_ms.size(); ++i) {
    EXPECT_GT(gone_ms[i], timeouts_ms[i]);
    EXPECT_LE(gone_ms[i], timeouts_ms[i] + 200);
  }
}

TEST(FlowTable, SharesTheBudgetOfExpireBetweenTheClasses) {
  FlowTable table(sample_options(1024));
  for (uint32_t i = 0; i < 900; ++i) {
    Flow* flow = insert_sample(table, i, sample_tick(0));
    if (i % 3 == 1) table.set_class(*flow, FlowClass::closing);
    if (i % 3 == 2) table.set_class(*flow, FlowClass::handshaking);
  }
  std::array<int, 4> seen{};
  const size_t erased = table.expire(sample_tick(100'000), 80, [&](const Flow& flow) {
    ++seen[static_cast<size_t>(flow.flow_class())];
  });
  EXPECT_EQ(erased, 80U);
  EXPECT_EQ(seen, (std::array<int, 4>{20, 40, 0, 20}));
  EXPECT_EQ(table.expire(sample_tick(100'000), 0, [](const Flow&) {}), 0U);
  size_t calls = 1;
  while (table.expire(sample_tick(100'000), 80, [](const Flow&) {}) > 0)
    ++calls;
  EXPECT_EQ(calls, (900 + 79) / 80U) << "no call leaves budget unused while work remains";
  EXPECT_EQ(table.num_flows(), 0U);
}

TEST(FlowTable, HandsOutEveryFlowOnceAtTheEnd) {
  FlowTable table(sample_options(256));
  for (uint32_t i = 0; i < 200; ++i)
    table.set_class(*insert_sample(table, i, sample_tick(0)), static_cast<FlowClass>(i % 4));
  for (uint32_t i = 0; i < 200; i += 3)
    table.erase(*find_sample(table, i));
  std::vector<FlowKey> seen;
  table.erase_all([&](const Flow& flow) { seen.push_back(flow.load_key()); });
  EXPECT_EQ(seen.size(), 133U);
  for (uint32_t i = 0; i < 200; ++i)
    EXPECT_EQ(std::ranges::count(seen, sample_key(i)), i % 3 == 0 ? 0 : 1) << i;
  EXPECT_EQ(table.num_flows(), 0U);
  EXPECT_EQ(table.expire(sample_tick(1'000'000), kNoLimit, [](const Flow&) {}), 0U);
}

TEST(FlowTable, TakesAtMost128BytesForAFlow) {
  for (const uint32_t flows_max : {200'000, 1'000'000, 10'000'000}) {
    FlowTable::Options options = sample_options(flows_max);
    options.touch_memory = false;
    const FlowTable table(options);
    EXPECT_LE(table.memory_bytes(), size_t{128} * flows_max) << flows_max;
  }
}

}  // namespace
}  // namespace flowtable
