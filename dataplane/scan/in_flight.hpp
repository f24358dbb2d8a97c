// SPDX-License-Identifier: Apache-2.0
// The targets that were asked and may still answer.
#pragma once

#include "flowtable/base/aligned_array.hpp"
#include "flowtable/base/check.hpp"

#include <bit>
#include <cstdint>
#include <memory>

namespace dataplane {

// What is known of a target. One that stays `asked` to the end is silent; lost_locally is one whose
// probe could not leave.
enum class ProbeState : uint8_t { asked, open, closed, unreachable, lost_locally };

// A set of numbers with a state each, of at most `capacity`: 16 bytes for each of these, laid out
// once. Open addressing, linear probing, and removal that leaves no marks (Knuth, The Art of
// Computer Programming vol. 3, 6.4 algorithm R). One core.
class InFlight {
 public:
  static constexpr uint64_t kNumberMax = uint64_t{1} << 60;

  explicit InFlight(uint32_t capacity)
      : slots_(std::bit_ceil(size_t{capacity} * 2)),
        shift_(64 - std::countr_zero(slots_.size())),
        capacity_(capacity) {
    std::uninitialized_fill_n(slots_.get(), slots_.size(), kEmpty);
  }

  [[nodiscard]] uint32_t size() const noexcept { return size_; }
  [[nodiscard]] uint32_t capacity() const noexcept { return capacity_; }

  // `number` < kNumberMax, is not there, and there is room.
  void add(uint64_t number) noexcept {
    DCHECK(size_ < capacity_ && find(number) == nullptr);
    size_t at = home_of(number);
    while (slots_[at] != kEmpty)
      at = next(at);
    slots_[at] = number << kStateBits;
    ++size_;
  }

  [[nodiscard]] bool contains(uint64_t number) const noexcept { return find(number) != nullptr; }
  // Of a number that is there.
  [[nodiscard]] ProbeState state(uint64_t number) const noexcept {
    return static_cast<ProbeState>(*find(number) & kStateMask);
  }
  void set_state(uint64_t number, ProbeState state) noexcept {
    *find(number) = number << kStateBits | static_cast<uint64_t>(state);
  }

  // Takes a number that is there out; returns what was known of it.
  ProbeState remove(uint64_t number) noexcept {
    uint64_t* const slot = find(number);
    const auto state = static_cast<ProbeState>(*slot & kStateMask);
    // Whoever stands behind and would not be found across the gap moves into it.
    auto gap = static_cast<size_t>(slot - slots_.get());
    for (size_t at = next(gap); slots_[at] != kEmpty; at = next(at)) {
      const size_t home = home_of(slots_[at] >> kStateBits);
      if (((at - home) & mask()) < ((at - gap) & mask())) continue;
      slots_[gap] = slots_[at];
      gap = at;
    }
    slots_[gap] = kEmpty;
    --size_;
    return state;
  }

 private:
  static constexpr uint64_t kEmpty = ~uint64_t{0};
  static constexpr int kStateBits = 3;
  static constexpr uint64_t kStateMask = 7;

  [[nodiscard]] size_t mask() const noexcept { return slots_.size() - 1; }
  [[nodiscard]] size_t next(size_t at) const noexcept { return (at + 1) & mask(); }
  // Fibonacci hashing: neighbours in number are far apart.
  [[nodiscard]] size_t home_of(uint64_t number) const noexcept {
    return static_cast<size_t>(number * 0x9E3779B97F4A7C15 >> shift_);
  }
  [[nodiscard]] uint64_t* find(uint64_t number) const noexcept {
    for (size_t at = home_of(number); slots_[at] != kEmpty; at = next(at))
      if (slots_[at] >> kStateBits == number) return slots_.get() + at;
    return nullptr;
  }

  flowtable::AlignedArray<uint64_t> slots_;
  int shift_;
  uint32_t capacity_;
  uint32_t size_ = 0;
};

}  // namespace dataplane
