// SPDX-License-Identifier: Apache-2.0
// Rates, as a capture with time stamps would measure them.
#include "dataplane/scan/pacer.hpp"

#include "tests/support/effort.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <deque>
#include <random>

namespace dataplane {
namespace {

using flowtable::tick_from_ns;

struct Sending {
  uint64_t sent = 0;
  uint64_t most_in_window = 0;  // of 100 ms
};

// A core whose loop takes between 0 and `loop_ns`, for `seconds`.
Sending play(double rate, int64_t loop_ns, double seconds) {
  Pacer pacer(rate);
  std::mt19937_64 random(1);
  std::deque<std::pair<int64_t, uint32_t>> window;
  uint64_t in_window = 0;
  Sending out;
  const int64_t begin = 1'700'000'000'000'000'000;
  for (int64_t now = begin; now < begin + static_cast<int64_t>(seconds * 1e9);
       now += 1 + static_cast<int64_t>(random() % static_cast<uint64_t>(loop_ns))) {
    const uint32_t sent = pacer.take(tick_from_ns(now), 64);
    window.emplace_back(now, sent);
    in_window += sent;
    while (window.front().first <= now - 100'000'000) {
      in_window -= window.front().second;
      window.pop_front();
    }
    out.sent += sent;
    out.most_in_window = std::max(out.most_in_window, in_window);
  }
  return out;
}

TEST(Pacer, NeverSendsMoreThanTheRateInAnyWindow) {
  for (const double rate : {1.0, 10.0, 95.0, 1000.0, 12'345.0, 1e6, 14.88e6}) {
    for (const int64_t loop_ns : {int64_t{2'000}, int64_t{200'000}, int64_t{30'000'000}}) {
      if (rate * 2 / 1e9 * 2'000 > 64 && loop_ns == 2'000) continue;
      const Sending out = play(rate, loop_ns, tests::effort(8) / 4.0);
      EXPECT_LE(static_cast<double>(out.most_in_window), std::ceil(rate / 10))
          << rate << " with loops of " << loop_ns;
    }
  }
}

// A core that lost its CPU between the pacer and the wire: what it had taken leaves with the next.
TEST(Pacer, KeepsTheRateOnTheWireWhereOneBurstIsLate) {
  constexpr int64_t kMs = 1'000'000;
  for (const double rate : {1000.0, 4000.0, 50'000.0}) {
    Pacer pacer(rate);
    uint64_t on_wire = 0;
    uint32_t late = 0;
    // Taken at 0 ms and sent at 5 ms, in front of a window from 5 to 105 ms.
    for (int64_t us = -300'000; us < 105'000; us += 50) {
      const uint32_t taken = pacer.take(tick_from_ns(400 * kMs + us * 1000), 64);
      if (us < 0) continue;
      if (us < 1000) late += taken;
      if (us >= 5000) on_wire += taken;
    }
    EXPECT_LE(static_cast<double>(on_wire + late), std::ceil(rate / 10)) << rate;
  }
}

// But for the twentieth that is kept for packets that reach the wire late.
TEST(Pacer, ReachesTheRate) {
  for (const double rate : {10.0, 1000.0, 100'000.0, 1e6})
    EXPECT_NEAR(static_cast<double>(play(rate, 5'000, 2).sent), 2 * rate, 0.1 * rate + 1) << rate;
}

TEST(Pacer, DoesNotCatchUpAfterSilence) {
  Pacer pacer(1'000'000);
  (void)pacer.take(tick_from_ns(0), 1);
  EXPECT_LE(pacer.take(tick_from_ns(10'000'000'000), 1'000'000), 256u);
}

TEST(Pacer, TakesANewRate) {
  Pacer pacer(1);
  EXPECT_EQ(pacer.take(tick_from_ns(0), 5), 1u);
  EXPECT_EQ(pacer.take(tick_from_ns(500'000'000), 5), 0u);
  pacer.set_rate(1000);
  EXPECT_EQ(pacer.take(tick_from_ns(1'100'000'000), 5), 1u);
  EXPECT_EQ(pacer.take(tick_from_ns(1'102'000'000), 5), 1u);
}

}  // namespace
}  // namespace dataplane
