// SPDX-License-Identifier: Apache-2.0
#include "flowtable/flow_key.hpp"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <map>

namespace flowtable {
namespace {

Endpoint v4(uint8_t last, uint16_t port) {
  const std::array<uint8_t, 4> bytes = {192, 0, 2, last};
  return {IpAddress::from_bytes(bytes), port};
}

Endpoint v6(uint8_t last, uint16_t port) {
  const std::array<uint8_t, 16> bytes = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0,
                                         0,    0,    0,    0,    0, 0, 0, last};
  return {IpAddress::from_bytes(bytes), port};
}

TEST(FlowKey, IsTheSameForBothDirections) {
  const auto forth = FlowKey::of(v4(1, 5000), v4(2, 443), 6);
  const auto back = FlowKey::of(v4(2, 443), v4(1, 5000), 6);
  EXPECT_EQ(forth.key, back.key);
  EXPECT_EQ(forth.sender, Side::a);
  EXPECT_EQ(back.sender, Side::b);
}

TEST(FlowKey, GivesBackWhatItWasMadeOf) {
  for (const auto& [one, two] :
       {std::pair(v4(1, 5000), v4(2, 443)), std::pair(v6(9, 1), v6(3, 2)),
        std::pair(v6(9, 1), v4(3, 65535)), std::pair(v4(1, 2), v4(1, 1))}) {
    const auto [key, sender] = FlowKey::of(one, two, 17);
    EXPECT_EQ(key.endpoint(sender), one);
    EXPECT_EQ(key.endpoint(other(sender)), two);
    EXPECT_EQ(key.protocol(), 17);
  }
}

TEST(FlowKey, TellsIpv4FromIpv6) {
  EXPECT_TRUE(v4(1, 0).address.is_v4());
  EXPECT_FALSE(v6(1, 0).address.is_v4());
  // RFC 4291 section 2.5.5.2: ::ffff:192.0.2.1.
  const std::array<uint8_t, 16> mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1};
  EXPECT_EQ(IpAddress::from_bytes(mapped), v4(1, 0).address);
}

TEST(FlowKey, MakesTheSenderSideAWhereBothEndsAreEqual) {
  EXPECT_EQ(FlowKey::of(v4(1, 7), v4(1, 7), 6).sender, Side::a);
}

TEST(FlowKey, HashDependsOnEveryBitAndOnTheSeed) {
  const FlowKey key = FlowKey::of(v4(1, 5000), v4(2, 443), 6).key;
  const uint64_t hash = hash_flow_key(key, 1);
  EXPECT_EQ(hash_flow_key(key, 1), hash);
  EXPECT_NE(hash_flow_key(key, 2), hash);
  int flips = 0;
  for (size_t word = 0; word < key.words.size(); ++word) {
    for (unsigned bit = 0; bit < 64; ++bit) {
      FlowKey changed = key;
      changed.words[word] ^= uint64_t{1} << bit;
      const int flipped = std::popcount(hash_flow_key(changed, 1) ^ hash);
      EXPECT_GE(flipped, 8) << word << ' ' << bit;
      flips += flipped;
    }
  }
  // Half of the 64 bits on average; 320 trials leave a standard error of 0.22.
  EXPECT_NEAR(flips / 320.0, 32.0, 1.5);
}

TEST(FlowKey, HashSpreadsNeighboursOverLowAndHighBits) {
  std::map<uint64_t, int> low;
  std::map<uint64_t, int> high;
  constexpr int kKeys = 64 * 1024;
  for (int i = 0; i < kKeys; ++i) {
    const auto port = static_cast<uint16_t>(i);
    const uint64_t hash = hash_flow_key(FlowKey::of(v4(1, port), v4(2, 443), 6).key, 99);
    ++low[hash % 64];
    ++high[hash >> 58];
  }
  // 1024 in each of 64 on average, standard deviation 32.
  for (const auto& counts : {low, high}) {
    EXPECT_EQ(counts.size(), 64U);
    for (const auto& [value, count] : counts)
      EXPECT_NEAR(count, 1024, 200) << value;
  }
}

TEST(FlowKey, TellsTwoIncarnationsOfTheSameEndsApart) {
  const Endpoint a{IpAddress::from_bytes(std::array<uint8_t, 4>{10, 0, 0, 1}), 65535};
  const Endpoint b{IpAddress::from_bytes(std::array<uint8_t, 4>{10, 0, 0, 2}), 65535};
  const FlowKey key = FlowKey::of(a, b, 255).key;
  const FlowKey next = key.next_incarnation();
  EXPECT_NE(next, key);
  EXPECT_EQ(next.plain(), key);
  EXPECT_EQ(next.next_incarnation(), next);
  EXPECT_EQ(next.endpoint(Side::a), a);
  EXPECT_EQ(next.endpoint(Side::b), b);
  EXPECT_EQ(next.protocol(), 255);
  EXPECT_TRUE(next.is_next_incarnation());
  EXPECT_FALSE(key.is_next_incarnation());
}

}  // namespace
}  // namespace flowtable
