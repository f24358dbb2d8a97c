// SPDX-License-Identifier: Apache-2.0
// Against a model of a network: a pipe of fixed width that drops what is too much, losses by
// chance, and targets most of which are silent.
#include "control/scan/rate_adapter.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <limits>
#include <random>

namespace control {
namespace {

struct Network {
  double width = std::numeric_limits<double>::infinity();  // packets per second
  double chance_loss = 0;
  double share_there = 0.3;  // of all targets
};

// Asks targets twice, one second apart, packet by packet; time in milliseconds.
class Scan {
 public:
  explicit Scan(const Network& network) : network_(network) {}

  RateSample second(double rate) {
    RateSample out;
    const double passes = std::min(1.0, network_.width / rate) * (1 - network_.chance_loss);
    for (const int64_t end = now_ + 1000; now_ < end; ++now_) {
      for (budget_ += rate / 1000; budget_ >= 1; --budget_)
        send(passes, out);
      for (; !silent_.empty() && silent_.front() <= now_; silent_.pop_front())
        ++out.silent;
    }
    return out;
  }

 private:
  struct Again {
    int64_t due;
    bool there;
  };

  void send(double passes, RateSample& out) {
    const bool second_time = !again_.empty() && again_.front().due <= now_;
    const bool there = second_time ? again_.front().there : chance_(random_) < network_.share_there;
    if (second_time) again_.pop_front();
    if (there && chance_(random_) < passes) {
      ++(second_time ? out.answered_again : out.answered_first);
    } else if (second_time) {
      silent_.push_back(now_ + 1000);
    } else {
      again_.push_back({now_ + 1000, there});
    }
  }

  Network network_;
  int64_t now_ = 0;
  double budget_ = 0;
  std::deque<Again> again_;
  std::deque<int64_t> silent_;
  std::mt19937_64 random_{11};
  std::uniform_real_distribution<double> chance_{0, 1};
};

struct Course {
  double mean = 0;         // of the rate, over the second half
  double above_width = 0;  // share of time
  double lowest = std::numeric_limits<double>::infinity();
  double highest = 0;
};

Course run(const Network& network, const RateAdapterOptions& options, int seconds) {
  Scan scan(network);
  RateAdapter adapter(options);
  Course course;
  for (int i = 0; i < seconds; ++i) {
    const double rate = adapter.next(scan.second(adapter.rate()));
    course.lowest = std::min(course.lowest, rate);
    course.highest = std::max(course.highest, rate);
    if (i < seconds / 2) continue;
    course.mean += rate / (seconds - seconds / 2);
    if (rate > network.width * 1.05) course.above_width += 1.0 / (seconds - seconds / 2);
  }
  return course;
}

TEST(RateAdapter, KeepsWhatWasAskedWhereNothingIsLost) {
  const Course course = run({}, {.asked = 5000}, 300);
  EXPECT_EQ(course.lowest, 5000);
  EXPECT_EQ(course.highest, 5000);
}

TEST(RateAdapter, SettlesBelowABottleneckAndUsesMostOfIt) {
  for (const double width : {250.0, 500.0, 1500.0, 3500.0}) {
    const Course course = run({.width = width}, {.asked = 5000}, 600);
    EXPECT_LT(course.mean, width) << width;
    EXPECT_GT(course.mean, 0.6 * width) << width;
    EXPECT_LT(course.above_width, 0.25) << width;
  }
}

TEST(RateAdapter, LossByChanceIsNoReasonToGoSlower) {
  for (const double loss : {0.03, 0.05, 0.10}) {
    const Course course = run({.chance_loss = loss}, {.asked = 5000}, 600);
    EXPECT_GT(course.mean, 0.85 * 5000) << loss;
  }
}

TEST(RateAdapter, FindsTheBottleneckBehindLossByChance) {
  const Course course = run({.width = 2000, .chance_loss = 0.05}, {.asked = 5000}, 900);
  EXPECT_LT(course.mean, 2000 * 1.05);
  EXPECT_GT(course.mean, 1000);
}

TEST(RateAdapter, StaysBetweenFloorAndAsked) {
  const Course course = run({.width = 5}, {.asked = 2000, .floor = 50}, 900);
  EXPECT_GE(course.lowest, 50);
  EXPECT_LE(course.highest, 2000);
  EXPECT_EQ(RateAdapter({.asked = 5, .floor = 10}).rate(), 5);
}

TEST(RateAdapter, PacketsThatThePortDoesNotTakeSlowItAtOnce) {
  RateAdapter adapter({.asked = 1000});
  EXPECT_LT(adapter.next({.answered_first = 500, .not_sent = 1}), 1000);
}

// A filter that begins to drop everything shows as silence of those that would have answered.
TEST(RateAdapter, VanishingAnswersSlowIt) {
  RateAdapter adapter({.asked = 1000});
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(adapter.next({.answered_first = 300, .silent = 700}), 1000);
  for (int i = 0; i < 15; ++i)
    adapter.next({.silent = 1000});
  EXPECT_LE(adapter.rate(), 500);
}

TEST(RateAdapter, ADarkNetworkSaysNothing) {
  RateAdapter adapter({.asked = 1000});
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(adapter.next({.silent = 1000}), 1000);
}

}  // namespace
}  // namespace control
