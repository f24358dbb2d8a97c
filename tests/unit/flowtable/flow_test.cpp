// SPDX-License-Identifier: Apache-2.0
#include "flowtable/flow.hpp"

#include "flowtable/bucket.hpp"
#include "tests/unit/flowtable/flow_samples.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <random>
#include <set>
#include <utility>
#include <vector>

namespace flowtable {
namespace {

// What a flow packs into a few words, unpacked.
struct PlainFlow {
  std::array<uint64_t, 2> bytes{};
  std::array<uint32_t, 2> packets{};
  std::array<uint8_t, 2> tcp_flags{};
  std::array<uint8_t, 2> probes_left{};
  FlowStage stage = FlowStage::probing;
  FlowClass flow_class = FlowClass::embryonic;
  Side originator = Side::a;
  uint8_t tcp_state = 0;
};

void expect_same(const Flow& flow, const PlainFlow& plain) {
  for (const size_t side : {0, 1}) {
    ASSERT_EQ(flow.bytes(side), plain.bytes[side]);
    ASSERT_EQ(flow.packets[side].get(), plain.packets[side]);
    ASSERT_EQ(flow.tcp_flags(side), plain.tcp_flags[side]);
    ASSERT_EQ(flow.probes_left(side), plain.probes_left[side]);
  }
  ASSERT_EQ(flow.stage(), plain.stage);
  ASSERT_EQ(flow.flow_class(), plain.flow_class);
  ASSERT_EQ(flow.originator(), plain.originator);
  ASSERT_EQ(flow.tcp_state(), plain.tcp_state);
}

TEST(Flow, KeepsWhatIsPackedApart) {
  std::mt19937 random(20261130);
  const SampleRecords records(1);
  Flow& flow = records[0];
  flow.start(sample_key(1), sample_tick(0));
  PlainFlow plain;
  for (int step = 0; step < 20'000; ++step) {
    const size_t side = random() % 2;
    const auto number = static_cast<uint8_t>(random());
    switch (random() % 6) {
      case 0: {
        const auto bytes = static_cast<uint32_t>(random());
        flow.count(side, bytes, number);
        plain.bytes[side] += bytes;
        ++plain.packets[side];
        plain.tcp_flags[side] |= number;
        break;
      }
      case 1:
        flow.set_probes_left(side, number);
        plain.probes_left[side] = number;
        break;
      case 2:
        plain.stage = static_cast<FlowStage>(number % 3);
        flow.set_stage(plain.stage);
        break;
      case 3:
        plain.flow_class = static_cast<FlowClass>(number % 4);
        flow.set_class(plain.flow_class);
        break;
      case 4:
        plain.originator = static_cast<Side>(side);
        flow.set_originator(plain.originator);
        break;
      default:
        plain.tcp_state = number;
        flow.set_tcp_state(number);
    }
    ASSERT_NO_FATAL_FAILURE(expect_same(flow, plain)) << step;
    ASSERT_EQ(flow.load_key(), sample_key(1));
    // A byte has eight flags only, and all are soon seen.
    if (step % 100 == 0) {
      flow.start(sample_key(1), sample_tick(step));
      plain = {};
    }
  }
}

TEST(Flow, KeepsTheMostBytesThatItCanCount) {
  const SampleRecords records(1);
  Flow& flow = records[0];
  flow.start(sample_key(1), sample_tick(0));
  flow.counted[1].set(FlowCount::kBytesMax - 10);
  flow.count(1, 10, 0x01);
  EXPECT_EQ(flow.bytes(1), FlowCount::kBytesMax);
  flow.count(1, 0xffffffff, 0x10);
  EXPECT_EQ(flow.bytes(1), FlowCount::kBytesMax);
  EXPECT_EQ(flow.tcp_flags(1), 0x11);
  EXPECT_EQ(flow.probes_left(1), 0);
}

TEST(Flow, HasTheKeyThatItWasGivenAndNoOther) {
  std::vector<FlowKey> keys;
  for (uint32_t number = 0; number < 30; ++number) {
    keys.push_back(sample_key(number));
    keys.push_back(sample_key(number).next_incarnation());
  }
  const std::array<uint8_t, 16> one_network = {0x20, 0x01, 0x0d, 0xb8};
  const Endpoint with_network{IpAddress::from_bytes(one_network), 7};
  const Endpoint without{IpAddress::from_bytes(std::array<uint8_t, 16>{}), 7};
  for (const auto& [from, to] : {std::pair(with_network, without), std::pair(without, without)})
    for (const uint8_t protocol : {uint8_t{6}, uint8_t{17}})
      keys.push_back(FlowKey::of(from, to, protocol).key);
  const SampleRecords records(1);
  Flow& flow = records[0];
  for (const FlowKey& key : keys) {
    flow.start(key, sample_tick(0));
    EXPECT_EQ(flow.load_key(), key);
    EXPECT_EQ(flow.protocol(), key.protocol());
    EXPECT_EQ(flow.is_next_incarnation(), key.is_next_incarnation());
    for (const FlowKey& other_key : keys)
      EXPECT_EQ(flow.has_key(other_key), other_key == key);
  }
}

// Each part of each flow has its place, on no other's.
TEST(FlowSlab, LaysNoTwoPartsOnOneAnother) {
  constexpr uint32_t kFlows = 3 * FlowGroup::kFlows + 5;
  FlowSlab slab(kFlows);
  std::set<std::pair<const std::byte*, size_t>> parts;
  const auto add = [&](const auto& part) {
    parts.insert({reinterpret_cast<const std::byte*>(&part), sizeof(part)});
  };
  for (uint32_t i = 0; i < kFlows; ++i) {
    const uint32_t index = slab.take();
    const Flow& flow = slab.records()[index];
    ASSERT_EQ(slab.index_of(flow), index);
    add(flow);
    add(flow.details());
    add(flow.networks());
    add(flow.capture());
  }
  EXPECT_TRUE(slab.full());
  ASSERT_EQ(parts.size(), size_t{4} * kFlows);
  const auto* const begin = reinterpret_cast<const std::byte*>(slab.records());
  const std::byte* end = begin;
  for (const auto& [at, size] : parts) {
    ASSERT_GE(at, end);
    end = at + size;
  }
  EXPECT_LE(static_cast<size_t>(end - begin), slab.memory_bytes());
}

TEST(Bucket, NeverForgetsThatFlowsAreAway) {
  Bucket bucket;
  EXPECT_FALSE(bucket.has_away(1));
  for (int i = 0; i < 3; ++i)
    bucket.add_away(1);
  EXPECT_FALSE(bucket.has_away(2)) << "flows whose tags end otherwise";
  EXPECT_TRUE(bucket.has_away(9));
  for (int i = 0; i < 3; ++i)
    bucket.remove_away(9);
  EXPECT_FALSE(bucket.has_away(1));
  for (int i = 0; i < 300; ++i)
    bucket.add_away(1);
  for (int i = 0; i < 300; ++i)
    bucket.remove_away(1);
  EXPECT_TRUE(bucket.has_away(1)) << "it lost count, so it looks";
}

}  // namespace
}  // namespace flowtable
