// SPDX-License-Identifier: Apache-2.0
// One shard's order, many steps at a time, in both directions.
#pragma once

#include "dataplane/scan/target_order.hpp"

#include <array>
#include <cstdint>
#include <span>

namespace dataplane {

// What TargetOrder visits, for who is at many places of it at once. An element is a power of the
// group's generator, 1 … prime-1: the number below it is visited where it is below the count.
class TargetWalk {
 public:
  struct Place {
    uint64_t step = 0;
    uint64_t element = 0;
  };
  // shard < shards.
  TargetWalk(const TargetGroup& group, uint64_t shard, uint64_t shards);

  [[nodiscard]] uint64_t num_steps() const noexcept { return num_steps_; }
  // step <= num_steps(). Takes microseconds.
  [[nodiscard]] Place at(uint64_t step) const noexcept;
  // The elements of the next steps. They do not wait for each other, as those of TargetOrder do:
  // each is the first one times a power that is known.
  static constexpr size_t kStride = 8;
  void advance(Place& place, std::span<uint64_t> elements) const noexcept {
    while (!elements.empty()) {
      const size_t count = elements.size() < kStride ? elements.size() : kStride;
      elements[0] = place.element;
      for (size_t i = 1; i < count; ++i)
        elements[i] = powers_[i - 1].times(place.element);
      place.element = powers_[count - 1].times(place.element);
      place.step += count;
      elements = elements.subspan(count);
    }
  }
  // Many steps for the price of one. Microseconds to make.
  struct Leap {
    uint64_t steps;
    ModularFactor factor;
  };
  [[nodiscard]] Leap leap_of(uint64_t steps) const noexcept;
  // Not beyond the end, where a place has no element.
  void leap(Place& place, const Leap& by) const noexcept {
    place.element = by.factor.times(place.element);
    place.step = num_steps_ - place.step < by.steps ? num_steps_ : place.step + by.steps;
  }
  [[nodiscard]] uint64_t before(uint64_t element) const noexcept { return back_.times(element); }

  [[nodiscard]] bool is_target(uint64_t element) const noexcept { return element <= group_.count; }
  [[nodiscard]] static uint64_t number_of(uint64_t element) noexcept { return element - 1; }

 private:
  TargetGroup group_;
  uint64_t shard_;
  uint64_t shards_;
  uint64_t num_steps_;
  std::array<ModularFactor, kStride> powers_;  // of one step: 1, 2, …
  ModularFactor back_;
};

}  // namespace dataplane
