// SPDX-License-Identifier: Apache-2.0
#include "dataplane/scan/target_walk.hpp"

#include "flowtable/base/check.hpp"

namespace dataplane {
namespace {

// Of `steps` steps; the exponents are those modulo the order of the group, prime - 1.
ModularFactor factor_of(const TargetGroup& group, uint64_t shards, uint64_t steps) noexcept {
  const uint64_t order = group.prime - 1;
  const uint64_t exponent = multiply_mod(shards % order, steps % order, order);
  return {power_mod(group.generator, exponent, group.prime), group.prime};
}

}  // namespace

TargetWalk::TargetWalk(const TargetGroup& group, uint64_t shard, uint64_t shards)
    : group_(group),
      shard_(shard),
      shards_(shards),
      num_steps_(TargetOrder(group, shard, shards).num_steps()),
      powers_{factor_of(group, shards, 1), factor_of(group, shards, 2), factor_of(group, shards, 3),
              factor_of(group, shards, 4), factor_of(group, shards, 5), factor_of(group, shards, 6),
              factor_of(group, shards, 7), factor_of(group, shards, 8)},
      back_(factor_of(group, shards, group.prime - 2)) {}

TargetWalk::Place TargetWalk::at(uint64_t step) const noexcept {
  return {step, TargetOrder(group_, shard_, shards_, step).element()};
}

TargetWalk::Leap TargetWalk::leap_of(uint64_t steps) const noexcept {
  return {steps, factor_of(group_, shards_, steps)};
}

}  // namespace dataplane
