// SPDX-License-Identifier: Apache-2.0
#include "control/bus/bus_message.hpp"

#include "control/bus/bus_counter.hpp"

#include <gtest/gtest.h>

#include <set>

namespace control {
namespace {

BusRecord sample() {
  return {"a sensor.with > odd * words", 77, 5, 4, {1, 2, 3}, std::string(5000, 'x') + "end"};
}

TEST(BusMessage, RecordsComeBackWhole) {
  const BusRecord sent = sample();
  const std::string bytes = encode_bus_record(sent);
  EXPECT_LT(bytes.size(), 300u) << "compressed";
  const auto got = decode_bus_record(bytes);
  ASSERT_TRUE(got.has_value());
  EXPECT_EQ(got->sensor, sent.sensor);
  EXPECT_EQ(got->epoch, 77);
  EXPECT_EQ(got->seq, 5);
  EXPECT_EQ(got->after, 4);
  EXPECT_EQ(got->load, sent.load);
  EXPECT_EQ(got->payload, sent.payload);
}

TEST(BusMessage, RefusesEveryCutAndSurvivesEveryFlip) {
  const std::string bytes = encode_bus_record(sample());
  for (size_t i = 0; i < bytes.size(); ++i) {
    EXPECT_FALSE(decode_bus_record(bytes.substr(0, i)).has_value()) << i;
    std::string flipped = bytes;
    flipped[i] = static_cast<char>(flipped[i] ^ 0xff);
    (void)decode_bus_record(flipped);
  }
  const std::string notice = encode_bus_notice({1, 2, true});
  for (size_t i = 0; i < notice.size(); ++i)
    EXPECT_FALSE(decode_bus_notice(notice.substr(0, i)).has_value()) << i;
  EXPECT_FALSE(decode_bus_notice(notice + "x").has_value());
  const auto got = decode_bus_notice(notice);
  ASSERT_TRUE(got.has_value());
  EXPECT_EQ(got->epoch, 1);
  EXPECT_EQ(got->seq, 2);
  EXPECT_TRUE(got->missing);
}

// Sensors and writers of different builds have to agree for ever. The values were computed with
// python3-xxhash: xxhash.xxh3_64_intdigest(name) % 8.
TEST(BusMessage, PutsASensorOnItsPartition) {
  EXPECT_EQ(partition_of("local"), 1u);
  EXPECT_EQ(partition_of("tap0"), 5u);
  std::set<uint32_t> used;
  for (int i = 0; i < 100; ++i)
    used.insert(partition_of("sensor " + std::to_string(i)));
  EXPECT_EQ(used.size(), kBusPartitions);
}

TEST(BusCounter, HasAWordForEach) {
  for (const auto& row : bus_counter_table()) {
    EXPECT_FALSE(row.help.empty());
    EXPECT_EQ(name_of(row.counter), row.name);
  }
}

}  // namespace
}  // namespace control
