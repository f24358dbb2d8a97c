// SPDX-License-Identifier: Apache-2.0
#include "control/daemon/rates.hpp"

#include <gtest/gtest.h>

namespace control {
namespace {

using std::chrono_literals::operator""s;

TEST(Rate, NeedsTwoSamples) {
  Rate rate;
  EXPECT_EQ(rate.per_second(), 0);
  rate.sample(100, Rate::Clock::time_point(1s));
  EXPECT_EQ(rate.per_second(), 0);
  rate.sample(160, Rate::Clock::time_point(3s));
  EXPECT_DOUBLE_EQ(rate.per_second(), 30);
}

// A thousand a second for a minute, then nothing: the old rate must be gone after kSeconds.
TEST(Rate, ForgetsWhatIsOlderThanItsSpan) {
  Rate rate;
  uint64_t total = 0;
  int second = 0;
  for (; second < 60; ++second) {
    rate.sample(total, Rate::Clock::time_point(std::chrono::seconds(second)));
    total += 1000;
  }
  EXPECT_DOUBLE_EQ(rate.per_second(), 1000);
  total -= 1000;
  for (size_t i = 0; i <= Rate::kSeconds; ++i, ++second) {
    rate.sample(total, Rate::Clock::time_point(std::chrono::seconds(second)));
  }
  EXPECT_DOUBLE_EQ(rate.per_second(), 0);
}

}  // namespace
}  // namespace control
