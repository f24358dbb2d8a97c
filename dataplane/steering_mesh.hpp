// SPDX-License-Identifier: Apache-2.0
// Packets on their way to the core that owns their flow.
#pragma once

#include "flowtable/base/check.hpp"
#include "flowtable/spsc_ring.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace dataplane {

// A ring from every core to every other: each has one producer and one consumer, so a packet costs
// no locked instruction, and the packets of one flow that one core received stay in order. A full
// ring is the caller's loss to count. Item is what travels: small and trivially copyable.
template <typename Item>
class SteeringMesh {
 public:
  SteeringMesh(uint16_t cores, size_t capacity) : cores_(cores) {
    CHECK(cores > 0);
    rings_.resize(size_t{cores} * cores);
    for (uint16_t from = 0; from < cores; ++from) {
      for (uint16_t to = 0; to < cores; ++to) {
        if (from != to) rings_[index(from, to)] = std::make_unique<Ring>(capacity);
      }
    }
  }

  [[nodiscard]] uint16_t num_cores() const noexcept { return cores_; }

  // Core `from`, to another one: false where the ring is full; the item stays with the caller.
  [[nodiscard]] bool push(uint16_t from, uint16_t to, Item item) noexcept {
    return rings_[index(from, to)]->push(item);
  }

  // Core `to`: takes what `from` sent it, as much as `out` holds.
  [[nodiscard]] size_t pop(uint16_t from, uint16_t to, std::span<Item> out) noexcept {
    return rings_[index(from, to)]->pop(out);
  }

  // True where every ring out of `from` takes `items` more; a moment old, but only ever too
  // careful, because nobody else fills these rings.
  [[nodiscard]] bool has_room(uint16_t from, size_t items) const noexcept {
    for (uint16_t to = 0; to < cores_; ++to) {
      if (to == from) continue;
      const Ring& ring = *rings_[index(from, to)];
      if (ring.capacity() - ring.size() < items) return false;
    }
    return true;
  }

 private:
  using Ring = flowtable::SpscRing<Item>;

  [[nodiscard]] size_t index(uint16_t from, uint16_t to) const noexcept {
    DCHECK(from < cores_ && to < cores_ && from != to);
    return size_t{from} * cores_ + to;
  }

  uint16_t cores_;
  std::vector<std::unique_ptr<Ring>> rings_;
};

// Places per ring for `cores` cores. All rings together hold at most 16,384 packets, which is what
// the packet buffers are counted for; each holds two bursts at least and 1,024 packets at most
// (a millisecond of a million packets per second).
[[nodiscard]] constexpr size_t mesh_capacity(uint16_t cores) noexcept {
  constexpr size_t kAllMax = 16384;
  const size_t rings = size_t{cores} * (cores - 1U);
  return rings == 0 ? 1 : std::clamp<size_t>(kAllMax / rings, 128, 1024);
}

// Packets that all rings together may hold: rings round up to powers of two.
[[nodiscard]] constexpr size_t mesh_items_max(uint16_t cores) noexcept {
  return size_t{cores} * (cores - 1U) * std::bit_ceil(mesh_capacity(cores));
}

}  // namespace dataplane
