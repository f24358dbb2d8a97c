// SPDX-License-Identifier: Apache-2.0
// Pool slots in the order in which they began to wait.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace dataplane {

// A list of small numbers, each at most once in it; everything in constant time. Memory is laid out
// by the constructor. One thread.
class WaitingList {
 public:
  static constexpr uint32_t kNone = 0xffffffff;

  // Numbers are below `count`.
  explicit WaitingList(size_t count) : links_(count) {}

  [[nodiscard]] uint32_t size() const noexcept { return size_; }
  [[nodiscard]] uint32_t oldest() const noexcept { return first_; }
  [[nodiscard]] bool contains(uint32_t number) const noexcept { return links_[number].waits; }

  // It is not there yet.
  void push(uint32_t number) noexcept {
    links_[number] = {last_, kNone, true};
    (last_ == kNone ? first_ : links_[last_].next) = number;
    last_ = number;
    ++size_;
  }

  // Nothing happens where it is not there.
  void remove(uint32_t number) noexcept {
    Link& link = links_[number];
    if (!link.waits) return;
    (link.previous == kNone ? first_ : links_[link.previous].next) = link.next;
    (link.next == kNone ? last_ : links_[link.next].previous) = link.previous;
    link = {};
    --size_;
  }

 private:
  struct Link {
    uint32_t previous = kNone;
    uint32_t next = kNone;
    bool waits = false;
  };

  std::vector<Link> links_;
  uint32_t first_ = kNone;
  uint32_t last_ = kNone;
  uint32_t size_ = 0;
};

}  // namespace dataplane
