// SPDX-License-Identifier: Apache-2.0
#include "dataplane/rss.hpp"

#include <gtest/gtest.h>
#include <rte_ethdev.h>
#include <rte_thash.h>

#include <array>
#include <cstring>
#include <random>

namespace dataplane {
namespace {

constexpr uint64_t kTcp = RTE_ETH_RSS_NONFRAG_IPV4_TCP | RTE_ETH_RSS_NONFRAG_IPV6_TCP;
constexpr PortAbility kCard{
    .rx_queues_max = 16, .rss_types = kTcp, .hash_key_bytes = 40, .reta_entries = 128};

// The verification suite that Microsoft publishes for RSS ("Verifying the RSS Hash Calculation").
constexpr std::array<uint8_t, 40> kMicrosoftKey = {
    0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3,
    0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3,
    0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa};

TEST(Toeplitz, AgreesWithThePublishedVectors) {
  // 66.9.149.187:2794 -> 161.142.100.80:1766
  const std::array<uint8_t, 12> tuple = {66,  9,  149,  187,  161,  142,
                                         100, 80, 0x0a, 0xea, 0x06, 0xe6};
  EXPECT_EQ(toeplitz_hash(kMicrosoftKey, tuple), 0x51ccc178U);
  EXPECT_EQ(toeplitz_hash(kMicrosoftKey, std::span(tuple).first(8)), 0x323e8fc2U);
}

TEST(Toeplitz, AgreesWithDpdk) {
  std::mt19937 random(1);
  for (int i = 0; i < 1000; ++i) {
    std::array<uint8_t, 36> input;
    for (uint8_t& byte : input)
      byte = static_cast<uint8_t>(random());
    // rte_softrss takes words in the CPU's order.
    std::array<uint32_t, 9> words;
    for (size_t w = 0; w < words.size(); ++w)
      words[w] = uint32_t{input[4 * w]} << 24 | uint32_t{input[4 * w + 1]} << 16 |
                 uint32_t{input[4 * w + 2]} << 8 | input[4 * w + 3];
    EXPECT_EQ(toeplitz_hash(kMicrosoftKey, input),
              rte_softrss(words.data(), 9, kMicrosoftKey.data()));
  }
}

TEST(SymmetricKey, GivesBothDirectionsOneHash) {
  std::mt19937 random(2);
  const std::vector<uint8_t> key = symmetric_key(40);
  for (int i = 0; i < 1000; ++i) {
    std::array<uint32_t, 9> there;
    for (uint32_t& word : there)
      word = static_cast<uint32_t>(random());
    const std::array<uint32_t, 9> back = {there[4], there[5], there[6],
                                          there[7], there[0], there[1],
                                          there[2], there[3], there[8] << 16 | there[8] >> 16};
    std::array<uint32_t, 9> copy = there;
    std::array<uint32_t, 9> turned = back;
    EXPECT_EQ(rte_softrss(copy.data(), 9, key.data()), rte_softrss(turned.data(), 9, key.data()));
  }
}

// Our own idea of a card's hash, against its definition: for every tuple of either version.
TEST(FlowOwners, HashAsTheCardDoes) {
  std::mt19937 random(3);
  const std::vector<uint8_t> key = symmetric_key(40);
  constexpr uint64_t kAddresses = RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_IPV6;
  for (int i = 0; i < 4000; ++i) {
    const size_t address_bytes = i % 2 == 0 ? 4 : 16;
    std::vector<uint8_t> input(2 * address_bytes + 4);
    for (uint8_t& byte : input)
      byte = static_cast<uint8_t>(random());
    flowtable::ByteReader tuple{flowtable::Bytes(input)};
    flowtable::Bytes address;
    flowtable::Endpoint from, to;
    ASSERT_TRUE(tuple.take(address_bytes, address));
    from.address = flowtable::IpAddress::from_bytes(address);
    ASSERT_TRUE(tuple.take(address_bytes, address));
    to.address = flowtable::IpAddress::from_bytes(address);
    ASSERT_TRUE(tuple.u16(from.port) && tuple.u16(to.port));
    PacketView packet;
    packet.key = flowtable::FlowKey::of(from, to, i % 3 == 0 ? 17 : 6).key;

    const uint32_t with_ports = toeplitz_hash(key, input);
    const uint32_t without = toeplitz_hash(key, std::span(input).first(2 * address_bytes));
    for (const uint16_t cores : {uint16_t{2}, uint16_t{3}, uint16_t{7}}) {
      const RssPlan plan{Steering::hardware, kTcp | kAddresses, 128};
      const uint32_t hash = i % 3 == 0 ? without : with_ports;
      ASSERT_EQ(owners_of(plan, cores).of_flow(packet), reta_queues(512, 128, cores)[hash % 512]);
    }
  }
}

TEST(SymmetricKey, IsToldFromOthers) {
  EXPECT_TRUE(is_symmetric(symmetric_key(40)));
  EXPECT_TRUE(is_symmetric(symmetric_key(52)));
  EXPECT_FALSE(is_symmetric(kMicrosoftKey));
  EXPECT_FALSE(is_symmetric(symmetric_key(20)));
  std::vector<uint8_t> flipped = symmetric_key(40);
  flipped[33] ^= 1;
  EXPECT_FALSE(is_symmetric(flipped));
}

TEST(PlanRss, LetsOneCoreBe) {
  EXPECT_EQ(plan_rss(std::vector{kCard}, 1).steering, Steering::single);
}

TEST(PlanRss, UsesHardwareThatCan) {
  const RssPlan plan = plan_rss(std::vector{kCard, kCard}, 4);
  EXPECT_EQ(plan.steering, Steering::hardware);
  EXPECT_EQ(plan.rss_types, kTcp);
  EXPECT_EQ(plan.reta_period, 128);
}

TEST(PlanRss, FallsBackWhereOnePortCannot) {
  const auto steering_with = [](auto&& change) {
    PortAbility other = kCard;
    change(other);
    return plan_rss(std::vector{kCard, other}, 4).steering;
  };
  EXPECT_EQ(steering_with([](PortAbility& p) { p.rx_queues_max = 3; }), Steering::software);
  EXPECT_EQ(steering_with([](PortAbility& p) { p.hash_key_bytes = 0; }), Steering::software);
  EXPECT_EQ(steering_with([](PortAbility& p) { p.rss_types = RTE_ETH_RSS_NONFRAG_IPV4_TCP; }),
            Steering::software);
  EXPECT_EQ(steering_with([](PortAbility& p) { p.rss_types = 0; }), Steering::software);
  EXPECT_EQ(steering_with([](PortAbility& p) { p.reta_entries = 0; }), Steering::software);
  EXPECT_EQ(steering_with([](PortAbility& p) { p.reta_entries = 100; }), Steering::software);
}

// The two directions of a tapped fibre come from two ports, perhaps with tables of unequal sizes.
TEST(RetaQueues, SendEqualHashesToEqualQueuesOnAllPorts) {
  PortAbility larger = kCard;
  larger.reta_entries = 512;
  const uint16_t cores = 3;
  const RssPlan plan = plan_rss(std::vector{larger, kCard}, cores);
  ASSERT_EQ(plan.steering, Steering::hardware);
  const auto small = reta_queues(kCard.reta_entries, plan.reta_period, cores);
  const auto large = reta_queues(larger.reta_entries, plan.reta_period, cores);
  std::array<size_t, cores> share{};
  for (uint32_t hash = 0; hash < 512; ++hash) {
    EXPECT_EQ(small[hash % 128], large[hash % 512]) << hash;
    ++share[small[hash % 128]];
  }
  for (const size_t queues : share)
    EXPECT_NEAR(static_cast<double>(queues), 512.0 / cores, 4);
}

}  // namespace
}  // namespace dataplane
