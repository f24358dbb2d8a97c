// SPDX-License-Identifier: Apache-2.0
// Every number below a count exactly once, in an order that looks like chance.
#pragma once

#include "dataplane/scan/modular.hpp"

#include <cstdint>
#include <optional>

namespace dataplane {

// The powers of a generator g modulo a prime p visit 1 … p-1 once each before they come back to 1.
// With p the first prime above the count nearly all of them are numbers that are asked for. This is
// how a scan spreads its packets over the networks it asks and needs no memory of where it was
// (Durumeric et al., "ZMap: Fast Internet-Wide Scanning", 2013, section 4.1).
struct TargetGroup {
  uint64_t count = 0;      // numbers to visit: 0 … count-1
  uint64_t prime = 0;      // > count
  uint64_t generator = 0;  // of all numbers modulo prime but 0
  uint64_t start = 1;      // where the cycle begins

  // More than ten million packets a second visit in ten thousand years.
  static constexpr uint64_t kCountMax = uint64_t{1} << 60;

  // 1 <= count <= kCountMax. The seed decides generator and start; the same seed gives the same
  // order on every machine.
  [[nodiscard]] static TargetGroup make(uint64_t count, uint64_t seed);
};

// One shard's walk: of the powers g^0, g^1, … the ones with exponent shard, shard + shards, … All
// shards together visit everything once; none knows of the others. A position is the number of
// steps taken, and a walk can begin at any: that is all a checkpoint needs. One thread.
class TargetOrder {
 public:
  // shard < shards; from_step <= num_steps() of the same walk.
  TargetOrder(const TargetGroup& group, uint64_t shard, uint64_t shards, uint64_t from_step = 0);

  // The next number, or nothing at the end.
  [[nodiscard]] std::optional<uint64_t> next() noexcept {
    while (step_ < num_steps_) {
      const uint64_t number = at_ - 1;
      at_ = factor_.times(at_);
      ++step_;
      if (number < count_) return number;
    }
    return std::nullopt;
  }

  [[nodiscard]] uint64_t step() const noexcept { return step_; }
  // Of the group, where it stands; the number below it is next where it is below the count.
  [[nodiscard]] uint64_t element() const noexcept { return at_; }
  [[nodiscard]] uint64_t num_steps() const noexcept { return num_steps_; }

 private:
  uint64_t count_;
  uint64_t num_steps_;
  ModularFactor factor_;
  uint64_t step_;
  uint64_t at_;
};

}  // namespace dataplane
