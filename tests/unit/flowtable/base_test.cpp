// SPDX-License-Identifier: Apache-2.0
#include "flowtable/base/aligned_array.hpp"
#include "flowtable/base/byte_reader.hpp"
#include "flowtable/base/check.hpp"
#include "flowtable/base/counters.hpp"
#include "flowtable/base/result.hpp"
#include "flowtable/spsc_ring.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace flowtable {
namespace {

TEST(ByteReader, ReadsNetworkByteOrderAndAdvances) {
  const std::array<uint8_t, 18> bytes = {1,  2,  3,  4,  5,  6,  7,  8,  9,
                                         10, 11, 12, 13, 14, 15, 16, 17, 18};
  ByteReader reader(bytes);
  uint8_t one = 0;
  uint16_t two = 0;
  uint32_t three = 0;
  uint32_t four = 0;
  uint64_t eight = 0;
  ASSERT_TRUE(reader.u8(one) && reader.u16(two) && reader.u24(three) && reader.u32(four) &&
              reader.u64(eight));
  EXPECT_EQ(one, 0x01);
  EXPECT_EQ(two, 0x0203);
  EXPECT_EQ(three, 0x040506U);
  EXPECT_EQ(four, 0x0708090aU);
  EXPECT_EQ(eight, 0x0b0c0d0e0f101112U);
  EXPECT_TRUE(reader.empty());
  EXPECT_FALSE(reader.u8(one));
}

TEST(ByteReader, StaysWhereItWasWhenAReadFails) {
  const std::array<uint8_t, 3> bytes = {0, 9, 1};
  ByteReader reader(bytes);
  uint32_t four = 0;
  EXPECT_FALSE(reader.u32(four));
  ByteReader child;
  EXPECT_FALSE(reader.u16_prefixed(child)) << "nine bytes announced, one there";
  EXPECT_EQ(reader.size(), 3U);
  EXPECT_TRUE(reader.u8_prefixed(child));
  EXPECT_TRUE(child.empty());
  EXPECT_EQ(reader.size(), 2U);
}

TEST(ByteReader, ShowsAChildExactlyItsWindow) {
  const std::array<uint8_t, 7> bytes = {0, 0, 2, 0xaa, 0xbb, 0xcc, 0xdd};
  ByteReader reader(bytes);
  ByteReader child;
  ASSERT_TRUE(reader.u24_prefixed(child));
  uint16_t value = 0;
  EXPECT_TRUE(child.u16(value));
  EXPECT_EQ(value, 0xaabb);
  EXPECT_FALSE(child.skip(1));
  EXPECT_EQ(reader.size(), 2U);
}

TEST(BigEndian, StoresWhatItLoads) {
  std::array<uint8_t, 8> bytes{};
  store_be64(bytes.data(), 0x0102030405060708);
  EXPECT_EQ(bytes, (std::array<uint8_t, 8>{1, 2, 3, 4, 5, 6, 7, 8}));
  EXPECT_EQ(load_be64(bytes.data()), 0x0102030405060708U);
}

TEST(Check, AbortsAndNamesTheStatement) {
  CHECK(true);
  EXPECT_DEATH(CHECK(1 + 1 == 3), "1 \\+ 1 == 3");
}

TEST(Result, HoldsAValueOrAnError) {
  const OrError<int> good = 5;
  const OrError<int> bad = Failure{Error{"no such file"}};
  EXPECT_TRUE(good.ok());
  EXPECT_EQ(good.value(), 5);
  EXPECT_FALSE(bad.ok());
  EXPECT_EQ(bad.error().message, "no such file");
  EXPECT_DEATH(static_cast<void>(bad.value()), "broken invariant");
}

enum class Fruit : uint8_t { apple, pear, count_ };

TEST(Counters, CountByName) {
  Counters<Fruit> counters;
  counters.add(Fruit::pear);
  counters.add(Fruit::pear, 4);
  EXPECT_EQ(counters.get(Fruit::apple), 0U);
  EXPECT_EQ(counters.get(Fruit::pear), 5U);
}

TEST(AlignedArray, BeginsOnACacheLineOrAHugePage) {
  const AlignedArray<uint64_t> few(3);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(few.get()) % 64, 0U);
  const AlignedArray<uint64_t> many(1 << 20);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(many.get()) % (2 << 20), 0U);
  EXPECT_EQ(many.memory_bytes(), 8U << 20);
}

TEST(SpscRing, RefusesWhatDoesNotFitAndKeepsTheOrder) {
  SpscRing<int> ring(3);
  EXPECT_EQ(ring.capacity(), 4U);
  std::array<int, 3> out{};
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < 4; ++i)
      EXPECT_TRUE(ring.push(10 * round + i));
    EXPECT_FALSE(ring.push(99));
    EXPECT_EQ(ring.size(), 4U);
    EXPECT_EQ(ring.pop(out), 3U);
    EXPECT_EQ(out, (std::array<int, 3>{10 * round, 10 * round + 1, 10 * round + 2}));
    EXPECT_EQ(ring.pop(out), 1U);
    EXPECT_EQ(out[0], 10 * round + 3);
    EXPECT_EQ(ring.pop(out), 0U);
  }
}

}  // namespace
}  // namespace flowtable
