// SPDX-License-Identifier: Apache-2.0
// A bounded queue between exactly two threads.
#pragma once

#include "flowtable/base/check.hpp"

#include <atomic>
#include <bit>
#include <cstddef>
#include <span>
#include <type_traits>
#include <vector>

namespace flowtable {

// One producer thread pushes, one consumer thread pops; neither ever waits. Each end keeps a stale
// copy of the other's position on its own cache line and looks again only when that copy says full
// or empty. Why not rte_ring: this one also serves programs and tests without DPDK, and its ends
// may be preemptible threads that are no lcores. Memory is allocated by the constructor only.
template <typename T>
class SpscRing {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  // Holds at least `capacity_min` items (rounded up to a power of two).
  explicit SpscRing(size_t capacity_min)
      : slots_(std::bit_ceil(capacity_min)), mask_(slots_.size() - 1) {
    CHECK(capacity_min > 0);
  }
  SpscRing(const SpscRing&) = delete;
  SpscRing& operator=(const SpscRing&) = delete;

  [[nodiscard]] size_t capacity() const noexcept { return slots_.size(); }

  // Producer: false where the ring is full; `item` then stays with the caller.
  [[nodiscard]] bool push(T item) noexcept {
    const size_t tail = producer_.own.load(std::memory_order_relaxed);
    if (tail - producer_.seen == slots_.size()) {
      producer_.seen = consumer_.own.load(std::memory_order_acquire);
      if (tail - producer_.seen == slots_.size()) return false;
    }
    slots_[tail & mask_] = item;
    producer_.own.store(tail + 1, std::memory_order_release);
    return true;
  }

  // Consumer: fills the front of `out` and says how many items that were.
  size_t pop(std::span<T> out) noexcept {
    const size_t head = consumer_.own.load(std::memory_order_relaxed);
    if (consumer_.seen - head < out.size()) {
      consumer_.seen = producer_.own.load(std::memory_order_acquire);
    }
    const size_t ready = consumer_.seen - head;
    const size_t count = ready < out.size() ? ready : out.size();
    for (size_t i = 0; i < count; ++i)
      out[i] = slots_[(head + i) & mask_];
    consumer_.own.store(head + count, std::memory_order_release);
    return count;
  }

  // Any thread: how many items are queued; a moment old.
  [[nodiscard]] size_t size() const noexcept {
    const size_t head = consumer_.own.load(std::memory_order_acquire);
    return producer_.own.load(std::memory_order_acquire) - head;
  }

 private:
  struct alignas(64) End {
    std::atomic<size_t> own{0};  // this end: rw, the other: ro
    size_t seen = 0;             // this end alone: where the other end was when last asked
  };

  std::vector<T> slots_;
  const size_t mask_;
  End producer_;
  End consumer_;
};

}  // namespace flowtable
