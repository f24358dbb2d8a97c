// SPDX-License-Identifier: Apache-2.0
#include "dataplane/tsc_clock.hpp"

#include <gtest/gtest.h>
#include <rte_cycles.h>

#include <chrono>

namespace dataplane {
namespace {

using flowtable::ns_since_epoch;
using flowtable::tick_from_ns;

TEST(TscClock, ScalesCyclesAroundItsAnchor) {
  TscClock clock(2'500'000'000);
  clock.anchor(1'000'000'000'000, tick_from_ns(1'700'000'000'000'000'000));
  EXPECT_EQ(ns_since_epoch(clock.at(1'000'000'000'000)), 1'700'000'000'000'000'000);
  EXPECT_EQ(ns_since_epoch(clock.at(1'000'000'000'000 + 2'500)), 1'700'000'000'000'001'000 - 1);
  EXPECT_EQ(ns_since_epoch(clock.at(1'000'000'000'000 - 2'500)), 1'699'999'999'999'999'000);
  // An hour without a new anchor: the scale's 32 binary places are good to a microsecond.
  const int64_t hour = ns_since_epoch(clock.at(1'000'000'000'000 + 3600 * 2'500'000'000)) -
                       1'700'000'000'000'000'000;
  EXPECT_NEAR(static_cast<double>(hour), 3.6e12, 3000);
}

TEST(TscClock, TellsTheTimeOfDay) {
  const TscClock clock(rte_get_tsc_hz());
  const auto wall = std::chrono::system_clock::now().time_since_epoch();
  const int64_t ours = ns_since_epoch(clock.at(rte_rdtsc()));
  EXPECT_NEAR(static_cast<double>(ours - std::chrono::nanoseconds(wall).count()), 0, 20e6);
}

}  // namespace
}  // namespace dataplane
