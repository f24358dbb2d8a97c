// SPDX-License-Identifier: Apache-2.0
#include "flowtable/bucket.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <random>

namespace flowtable {
namespace {

TEST(Bucket, ComparesAllTagsAtOnceAsTheLoopDoes) {
  std::mt19937 random(1);
  alignas(64) Bucket bucket;
  for (int i = 0; i < 200'000; ++i) {
    // Few values, so that all numbers of matches occur; the highest bit is set in half of them.
    for (uint16_t& tag : bucket.tags)
      tag = static_cast<uint16_t>(random() % 3 * 0x7fff);
    for (const uint16_t tag : std::initializer_list<uint16_t>{0, 0x7fff, 0xfffe, 1}) {
      uint32_t expected = 0;
      for (size_t slot = 0; slot < kBucketSlots; ++slot) {
        if (bucket.tags[slot] == tag) expected |= 1U << slot;
      }
      ASSERT_EQ(bucket.matches(tag), expected);
      ASSERT_EQ(matching_slots_portable(bucket.tags, tag), expected);
      if (expected != 0) {
        ASSERT_EQ(bucket.tags[first_slot(expected)], tag);
      }
    }
  }
}

TEST(Bucket, StartsWithEightFreeSlots) {
  const Bucket bucket;
  EXPECT_EQ(bucket.free_slots(), 0xffU);
  for (const Relaxed<uint32_t>& flow : bucket.flows)
    EXPECT_EQ(flow.get(), Flow::kNone);
}

TEST(Bucket, IsOddOnlyDuringAChange) {
  Bucket bucket;
  {
    const BucketChange change(bucket);
    EXPECT_EQ(bucket.sequence.get() % 2, 1U);
  }
  EXPECT_EQ(bucket.sequence.get(), 2U);
}

}  // namespace
}  // namespace flowtable
