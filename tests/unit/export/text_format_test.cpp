// SPDX-License-Identifier: Apache-2.0
#include "control/export/text_format.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace control {
namespace {

std::string address(const std::vector<uint8_t>& bytes) {
  return text_of(flowtable::IpAddress::from_bytes(bytes));
}

TEST(TextFormat, WritesEveryByteOfAnAddress) {
  EXPECT_EQ(address({0, 9, 10, 255}), "0.9.10.255");
  EXPECT_EQ(address({100, 99, 200, 1}), "100.99.200.1");
  EXPECT_EQ(address({0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}), "2001:db8::1");
}

TEST(TextFormat, WritesAMomentWithNanoseconds) {
  EXPECT_EQ(text_of(flowtable::tick_from_ns(0)), "1970-01-01T00:00:00.000000000Z");
  EXPECT_EQ(text_of(flowtable::tick_from_ns(-1)), "1969-12-31T23:59:59.999999999Z");
  EXPECT_EQ(text_of(flowtable::tick_from_ns(951827696000000007)), "2000-02-29T12:34:56.000000007Z");
}

// Seconds by date(1).
TEST(TextFormat, WritesYearsOfAnyLength) {
  EXPECT_EQ(text_of_seconds(253402300799), "9999-12-31T23:59:59Z");
  EXPECT_EQ(text_of_seconds(253402300800), "10000-01-01T00:00:00Z");
  EXPECT_EQ(text_of_seconds(-62167219200), "0000-01-01T00:00:00Z");
  EXPECT_EQ(text_of_seconds(-62167219201), "-001-12-31T23:59:59Z");
}

}  // namespace
}  // namespace control
