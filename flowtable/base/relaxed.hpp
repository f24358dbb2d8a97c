// SPDX-License-Identifier: Apache-2.0
// A number with one writer and any readers.
#pragma once

#include <atomic>

namespace flowtable {

// Owner thread: set(), add(). Everybody: get(). Never torn, never ordered with anything else, and
// as cheap as a plain variable (no locked instruction: there is one writer).
//
// publish() and observe() are the same two with an order, for what a sequence number guards: a
// reader that observes a published value also sees all the owner wrote before it. They stand in for
// a fence, which the thread sanitizer does not understand. On x86-64 they cost nothing.
template <typename T>
class Relaxed {
 public:
  constexpr Relaxed() noexcept = default;
  constexpr explicit Relaxed(T value) noexcept : value_(value) {}
  Relaxed(const Relaxed&) = delete;
  Relaxed& operator=(const Relaxed&) = delete;

  [[nodiscard]] T get() const noexcept { return value_.load(std::memory_order_relaxed); }
  void set(T value) noexcept { value_.store(value, std::memory_order_relaxed); }
  void publish(T value) noexcept { value_.store(value, std::memory_order_release); }
  [[nodiscard]] T observe() const noexcept { return value_.load(std::memory_order_acquire); }
  void add(T amount) noexcept { set(static_cast<T>(get() + amount)); }

 private:
  std::atomic<T> value_{};
  static_assert(std::atomic<T>::is_always_lock_free);
};

}  // namespace flowtable
