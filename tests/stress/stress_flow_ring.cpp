// SPDX-License-Identifier: Apache-2.0
// The ring between a poll core and the workers, with both ends as fast as they can.
#include "flowtable/spsc_ring.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <span>
#include <thread>

namespace flowtable {
namespace {

// A ring of one item changes threads with each: fewer of them are enough there.
uint64_t num_items(size_t capacity) {
  return capacity == 1 ? 500'000 : 10'000'000;
}

// Two words that say the same in different ways: a torn item does not fit together.
struct Item {
  uint64_t number = 0;
  uint64_t inverse = 0;
};

class StressSpscRing : public testing::TestWithParam<size_t> {};

TEST_P(StressSpscRing, LosesNothingAndKeepsTheOrder) {
  SpscRing<Item> ring(GetParam());
  const uint64_t items = num_items(GetParam());
  std::thread producer([&] {
    for (uint64_t i = 0; i < items;) {
      if (ring.push({i, ~i})) {
        ++i;
      } else {
        std::this_thread::yield();
      }
    }
  });
  std::array<Item, 48> batch;
  uint64_t expected = 0;
  uint64_t wrong = 0;
  while (expected < items) {
    const size_t count = ring.pop(batch);
    if (count == 0) std::this_thread::yield();
    for (const Item& item : std::span(batch).first(count)) {
      wrong += item.number == expected && item.inverse == ~expected ? 0 : 1;
      ++expected;
    }
  }
  producer.join();
  EXPECT_EQ(wrong, 0U);
  EXPECT_EQ(ring.size(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Capacities, StressSpscRing, testing::Values(1, 64, 4096));

}  // namespace
}  // namespace flowtable
