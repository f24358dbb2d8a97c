// SPDX-License-Identifier: Apache-2.0
#include "dataplane/scan/target_order.hpp"

#include "flowtable/base/check.hpp"

#include <algorithm>
#include <vector>

namespace dataplane {
namespace {

// splitmix64 (Steele, Lea, Flood 2014): good bits from any seed, the same everywhere.
class SeededNumbers {
 public:
  explicit SeededNumbers(uint64_t seed) noexcept : state_(seed) {}
  uint64_t below(uint64_t limit) noexcept {
    return static_cast<uint64_t>(Uint128{next()} * limit >> 64);
  }

 private:
  uint64_t next() noexcept {
    uint64_t z = state_ += 0x9E3779B97F4A7C15;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    return z ^ z >> 31;
  }
  uint64_t state_;
};

uint64_t first_odd_prime_above(uint64_t number) noexcept {
  uint64_t candidate = number < 2 ? 3 : (number + 1) | 1;
  while (!is_prime(candidate))
    candidate += 2;
  return candidate;
}

}  // namespace

TargetGroup TargetGroup::make(uint64_t count, uint64_t seed) {
  CHECK(count >= 1 && count <= kCountMax);
  TargetGroup group;
  group.count = count;
  group.prime = first_odd_prime_above(count);
  const uint64_t order = group.prime - 1;
  const std::vector<uint64_t> divisors = prime_divisors(order);
  // g generates all where no g^(order/q) is 1; of the numbers one in a few does.
  const auto generates = [&](uint64_t g) {
    return std::ranges::none_of(
        divisors, [&](uint64_t q) { return power_mod(g, order / q, group.prime) == 1; });
  };
  SeededNumbers random(seed);
  do {
    group.generator = 1 + random.below(order);
  } while (!generates(group.generator));
  group.start = 1 + random.below(order);
  return group;
}

TargetOrder::TargetOrder(const TargetGroup& group, uint64_t shard, uint64_t shards,
                         uint64_t from_step)
    : count_(group.count),
      num_steps_(shard < group.prime - 1 ? (group.prime - 2 - shard) / shards + 1 : 0),
      factor_(power_mod(group.generator, shards, group.prime), group.prime),
      step_(from_step) {
  CHECK(shard < shards && from_step <= num_steps_);
  const uint64_t order = group.prime - 1;
  const uint64_t exponent =
      (multiply_mod(from_step % order, shards % order, order) + shard % order) % order;
  at_ = multiply_mod(group.start, power_mod(group.generator, exponent, group.prime), group.prime);
}

}  // namespace dataplane
