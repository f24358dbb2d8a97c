// SPDX-License-Identifier: Apache-2.0
// Places of a walk that are known again.
#pragma once

#include "flowtable/base/aligned_array.hpp"
#include "flowtable/base/check.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <optional>

namespace dataplane {

// A map from elements (not 0) to places, of at most `capacity`: laid out once, and sparse, for most
// who are looked for are not there. Open addressing, linear probing, and removal that leaves no
// marks (Knuth, The Art of Computer Programming vol. 3, 6.4 algorithm R). One core.
class Landmarks {
 public:
  explicit Landmarks(uint32_t capacity)
      : slots_(std::bit_ceil(size_t{capacity} * 4)),
        shift_(64 - std::countr_zero(slots_.size())),
        capacity_(capacity) {
    std::uninitialized_fill_n(slots_.get(), slots_.size(), Slot());
  }

  [[nodiscard]] uint32_t size() const noexcept { return size_; }

  // `element` is not there, and there is room.
  void add(uint64_t element, uint32_t place) noexcept {
    DCHECK(size_ < capacity_ && !find(element));
    size_t at = home_of(element);
    while (slots_[at].element != 0)
      at = next(at);
    slots_[at] = {element, place};
    ++size_;
  }

  [[nodiscard]] std::optional<uint32_t> find(uint64_t element) const noexcept {
    for (size_t at = home_of(element); slots_[at].element != 0; at = next(at))
      if (slots_[at].element == element) return slots_[at].place;
    return std::nullopt;
  }

  // Of one that is there.
  void remove(uint64_t element) noexcept {
    size_t gap = home_of(element);
    while (slots_[gap].element != element)
      gap = next(gap);
    // Whoever stands behind and would not be found across the gap moves into it.
    for (size_t at = next(gap); slots_[at].element != 0; at = next(at)) {
      const size_t home = home_of(slots_[at].element);
      if (((at - home) & mask()) < ((at - gap) & mask())) continue;
      slots_[gap] = slots_[at];
      gap = at;
    }
    slots_[gap] = Slot();
    --size_;
  }

 private:
  struct Slot {
    uint64_t element = 0;
    uint32_t place = 0;
  };

  [[nodiscard]] size_t mask() const noexcept { return slots_.size() - 1; }
  [[nodiscard]] size_t next(size_t at) const noexcept { return (at + 1) & mask(); }
  // Fibonacci hashing: neighbours in number are far apart.
  [[nodiscard]] size_t home_of(uint64_t element) const noexcept {
    return static_cast<size_t>(element * 0x9E3779B97F4A7C15 >> shift_);
  }

  flowtable::AlignedArray<Slot> slots_;
  int shift_;
  uint32_t capacity_;
  uint32_t size_ = 0;
};

}  // namespace dataplane
