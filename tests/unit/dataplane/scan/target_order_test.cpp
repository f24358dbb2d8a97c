// SPDX-License-Identifier: Apache-2.0
// Every target exactly once: counted by a bitmap where there is room for one, and shown by algebra
// beyond.
#include "dataplane/scan/target_order.hpp"

#include "dataplane/scan/target_walk.hpp"
#include "tests/support/effort.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <numeric>
#include <random>

namespace dataplane {
namespace {

// ---- arithmetic, against slower ways to the same

TEST(Modular, PrimesAreThoseOfASieve) {
  constexpr uint64_t kLimit = 200'000;
  std::vector<bool> composite(kLimit);
  for (uint64_t n = 2; n < kLimit; ++n) {
    EXPECT_EQ(is_prime(n), !composite[n]) << n;
    for (uint64_t multiple = n * n; !composite[n] && multiple < kLimit; multiple += n)
      composite[multiple] = true;
  }
}

TEST(Modular, KnowsLargePrimesAndNumbersThatLookLikeThem) {
  // The largest primes below powers of two, as the Prime Pages list them (2^n - k).
  EXPECT_TRUE(is_prime((uint64_t{1} << 32) - 5));
  EXPECT_TRUE(is_prime((uint64_t{1} << 48) - 59));
  EXPECT_TRUE(is_prime((uint64_t{1} << 61) - 1));
  EXPECT_TRUE(is_prime((uint64_t{1} << 62) - 57));
  EXPECT_TRUE(is_prime(uint64_t{0} - 59));
  // Strong pseudoprimes to the first bases (Jaeschke 1993; OEIS A014233).
  for (const uint64_t number : {2047ull, 1373653ull, 25326001ull, 3215031751ull, 2152302898747ull,
                                3474749660383ull, 341550071728321ull, 3825123056546413051ull})
    EXPECT_FALSE(is_prime(number)) << number;
}

TEST(Modular, DivisorsMultiplyToTheNumber) {
  std::mt19937_64 random(20261123);
  for (int round = 0; round < 300; ++round) {
    const uint64_t number = 1 + (random() >> (1 + random() % 62));
    uint64_t rest = number;
    for (const uint64_t prime : prime_divisors(number)) {
      EXPECT_TRUE(is_prime(prime)) << number;
      EXPECT_EQ(rest % prime, 0u) << number;
      while (rest % prime == 0)
        rest /= prime;
    }
    EXPECT_EQ(rest, 1u) << number;
  }
  // A product of two large primes: nothing to find by trial.
  const uint64_t a = (uint64_t{1} << 31) - 1, b = (uint64_t{1} << 31) - 19;
  EXPECT_EQ(prime_divisors(a * b), (std::vector<uint64_t>{b, a}));
  EXPECT_EQ(prime_divisors(b * b), (std::vector<uint64_t>{b}));
}

TEST(Modular, FactorMultipliesAsDivisionDoes) {
  std::mt19937_64 random(4);
  for (int round = 0; round < 100'000; ++round) {
    const uint64_t modulus = (random() >> (1 + random() % 60)) | 1;
    if (modulus == 1) continue;
    const uint64_t factor = random() % modulus, value = random() % modulus;
    ASSERT_EQ(ModularFactor(factor, modulus).times(value), multiply_mod(factor, value, modulus))
        << factor << " * " << value << " mod " << modulus;
  }
}

// ---- the walk

void expect_each_once(uint64_t count, uint64_t shards, uint64_t seed) {
  const TargetGroup group = TargetGroup::make(count, seed);
  std::vector<bool> seen(count);
  uint64_t visited = 0, steps = 0;
  for (uint64_t shard = 0; shard < shards; ++shard) {
    TargetOrder order(group, shard, shards);
    steps += order.num_steps();
    while (const auto number = order.next()) {
      ASSERT_LT(*number, count);
      ASSERT_FALSE(seen[*number]) << *number << " twice, of " << count << " in " << shards;
      seen[*number] = true;
      ++visited;
    }
    ASSERT_EQ(order.step(), order.num_steps());
    ASSERT_EQ(order.next(), std::nullopt) << "and stays at its end";
  }
  EXPECT_EQ(visited, count) << shards;
  EXPECT_EQ(steps, group.prime - 1);
}

TEST(TargetOrder, VisitsEachOfFewOnce) {
  for (uint64_t count = 1; count <= 300; ++count) {
    for (uint64_t shards = 1; shards <= 7; ++shards)
      expect_each_once(count, shards, count * 31 + shards);
  }
}

TEST(TargetOrder, VisitsEachOnceUpTo24Bits) {
  const int most = tests::effort(24) == 24 ? 24 : 18;
  for (int bits = 9; bits <= most - 2; ++bits) {
    for (const int off : {-1, 0, 1})
      expect_each_once((uint64_t{1} << bits) + static_cast<uint64_t>(off),
                       1 + static_cast<uint64_t>(bits) % 7, 7);
  }
  for (uint64_t shards = 1; shards <= 7; ++shards)
    expect_each_once(uint64_t{1} << (shards == 1 || shards == 7 ? most : most - 4), shards, shards);
}

// The generator's order is p - 1, so its powers are all numbers but 0. That no step overflows is
// shown against division at both ends of the range.
void expect_generates_all(uint64_t count) {
  for (uint64_t seed = 0; seed < 5; ++seed) {
    const TargetGroup group = TargetGroup::make(count, seed);
    ASSERT_GT(group.prime, count);
    ASSERT_LT(group.prime - count, 1000u) << "hardly any number is visited for nothing";
    ASSERT_TRUE(is_prime(group.prime));
    const uint64_t order = group.prime - 1;
    ASSERT_EQ(power_mod(group.generator, order, group.prime), 1u);
    for (const uint64_t divisor : prime_divisors(order))
      ASSERT_NE(power_mod(group.generator, order / divisor, group.prime), 1u) << divisor;
    const ModularFactor factor(group.generator, group.prime);
    for (const uint64_t value : {uint64_t{1}, uint64_t{2}, group.prime / 2, order - 1, order})
      ASSERT_EQ(factor.times(value), multiply_mod(value, group.generator, group.prime));
  }
}

TEST(TargetOrder, GeneratesLargeGroups) {
  for (const int bits : {32, 41, 48, 59})
    expect_generates_all(uint64_t{1} << bits);
  expect_generates_all(TargetGroup::kCountMax);
  // 10.0.0.0/8 times 1,000 ports; all of IPv4 times all ports.
  expect_generates_all((uint64_t{1} << 24) * 1000);
  expect_generates_all((uint64_t{1} << 32) * 65'535);
}

// Shards are disjoint beyond what a bitmap holds: shard i's step k is power i + k*n of the
// generator.
TEST(TargetOrder, StepsAreThePowersThatTheShardOwns) {
  const TargetGroup group = TargetGroup::make(uint64_t{1} << 48, 99);
  for (uint64_t shards = 1; shards <= 256; shards *= 4) {
    for (const uint64_t shard : {uint64_t{0}, shards / 2, shards - 1}) {
      uint64_t steps = 0;
      for (const uint64_t from : {uint64_t{0}, uint64_t{1}, uint64_t{123'456'789}}) {
        TargetOrder order(group, shard, shards, from);
        const uint64_t exponent = shard + order.step() * shards;
        const auto first = order.next();
        if (order.step() == from + 1) {  // nothing was passed over
          EXPECT_EQ(*first + 1,
                    multiply_mod(group.start, power_mod(group.generator, exponent, group.prime),
                                 group.prime));
        }
        steps = order.num_steps();
      }
      EXPECT_EQ(steps, (group.prime - 1 - shard + shards - 1) / shards);
    }
  }
}

TEST(TargetOrder, GoesOnWhereItStopped) {
  const TargetGroup group = TargetGroup::make(100'003, 5);
  std::mt19937 random(6);
  for (uint64_t shard = 0; shard < 3; ++shard) {
    std::vector<uint64_t> whole;
    std::vector<uint64_t> positions;
    for (TargetOrder order(group, shard, 3);;) {
      positions.push_back(order.step());
      const auto number = order.next();
      if (!number) break;
      whole.push_back(*number);
    }
    for (int round = 0; round < 100; ++round) {
      const size_t at = random() % whole.size();
      TargetOrder order(group, shard, 3, positions[at]);
      for (size_t i = at; i < std::min(at + 20, whole.size()); ++i)
        ASSERT_EQ(order.next(), whole[i]);
    }
  }
}

// Not a proof of chance: neighbours in time are no neighbours in space, and halves are visited
// alike.
TEST(TargetOrder, SpreadsItsSteps) {
  constexpr uint64_t kCount = 1 << 16;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    TargetOrder order(TargetGroup::make(kCount, seed), 0, 1);
    int upper = 0, near = 0;
    uint64_t before = *order.next();
    for (int i = 0; i < 4096; ++i) {
      const uint64_t number = *order.next();
      upper += number >= kCount / 2 ? 1 : 0;
      near += std::max(number, before) - std::min(number, before) < 256 ? 1 : 0;
      before = number;
    }
    EXPECT_NEAR(upper, 2048, 400) << seed;
    EXPECT_LT(near, 200) << seed;
  }
}

TEST(TargetOrder, SeedsGiveOtherOrdersAndTheSameOneAgain) {
  const auto head = [](uint64_t seed) {
    TargetOrder order(TargetGroup::make(1 << 20, seed), 0, 1);
    std::vector<uint64_t> out;
    for (int i = 0; i < 8; ++i)
      out.push_back(*order.next());
    return out;
  };
  EXPECT_EQ(head(1), head(1));
  EXPECT_NE(head(1), head(2));
  EXPECT_NE(head(0), head(1));
}

// ---- many steps at a time

void expect_walks_as_order(uint64_t count, uint64_t shard, uint64_t shards) {
  const TargetGroup group = TargetGroup::make(count, count);
  const TargetWalk walk(group, shard, shards);
  TargetOrder order(group, shard, shards);
  ASSERT_EQ(walk.num_steps(), order.num_steps());
  std::mt19937_64 random(count);
  TargetWalk::Place place = walk.at(0);
  TargetWalk::Place leapt = place;
  for (uint64_t left = walk.num_steps(); left > 0;) {
    std::array<uint64_t, 40> room;
    const auto elements = std::span(room).first(std::min<uint64_t>(1 + random() % 40, left));
    const auto leap = walk.leap_of(elements.size());
    walk.advance(place, elements);
    for (size_t i = 0; i < elements.size(); ++i) {
      if (walk.is_target(elements[i])) {
        ASSERT_EQ(order.next(), TargetWalk::number_of(elements[i]));
      }
      if (i > 0) {
        ASSERT_EQ(walk.before(elements[i]), elements[i - 1]);
      }
    }
    left -= elements.size();
    walk.leap(leapt, leap);
    ASSERT_EQ(leapt.step, place.step);
    if (left > 0) {
      ASSERT_EQ(leapt.element, place.element);
      ASSERT_EQ(walk.at(place.step).element, place.element);
    }
  }
  EXPECT_EQ(order.next(), std::nullopt);
}

TEST(TargetWalk, GoesWhereTheOrderGoes) {
  for (const uint64_t count : {1u, 2u, 3u, 10u, 63u, 64u, 65u, 5000u}) {
    for (uint64_t shards = 1; shards <= 4; ++shards) {
      for (uint64_t shard = 0; shard < shards; ++shard)
        expect_walks_as_order(count, shard, shards);
    }
  }
}

TEST(TargetWalk, LeapsNotBeyondTheEnd) {
  const TargetWalk walk(TargetGroup::make(1000, 3), 1, 3);
  TargetWalk::Place place = walk.at(walk.num_steps() - 5);
  walk.leap(place, walk.leap_of(64));
  EXPECT_EQ(place.step, walk.num_steps());
}

}  // namespace
}  // namespace dataplane
