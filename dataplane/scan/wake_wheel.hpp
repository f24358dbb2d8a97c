// SPDX-License-Identifier: Apache-2.0
// Numbered things by the time at which they want to be looked at.
#pragma once

#include "flowtable/base/tick.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace dataplane {

// A circle of lists, each for 10 ms unless it is told otherwise. Each number is in it once at most.
// Wakes up to one slot late, never early; what lies beyond the circle (of 1024 slots) is woken at
// its end and schedules itself again.
// All in constant time; allocates in the constructor only; one core. Ticks do not go back.
class WakeWheel {
 public:
  WakeWheel(uint32_t numbers, flowtable::Tick now,
            flowtable::TickSpan slot = std::chrono::milliseconds(10))
      : slot_ns_(slot.count()), entries_(numbers), cursor_(slot_of(now)) {
    heads_.fill(kNone);
  }

  void schedule(uint32_t number, flowtable::Tick at) noexcept {
    cancel(number);
    const int64_t slot =
        std::clamp(slot_of(at) + 1, cursor_ + 1, cursor_ + static_cast<int64_t>(kSlots) - 1);
    Entry& entry = entries_[number];
    uint32_t& head = heads_[index_of(slot)];
    entry = {.slot = slot, .before = kNone, .after = head, .waits = true};
    if (head != kNone) entries_[head].before = number;
    head = number;
  }

  void cancel(uint32_t number) noexcept {
    Entry& entry = entries_[number];
    if (!entry.waits) return;
    (entry.before == kNone ? heads_[index_of(entry.slot)] : entries_[entry.before].after) =
        entry.after;
    if (entry.after != kNone) entries_[entry.after].before = entry.before;
    entry.waits = false;
  }

  // Takes out what is due and calls on_due(number) for each, which may schedule and cancel any.
  template <typename OnDue>
  void wake(flowtable::Tick now, OnDue&& on_due) {
    const int64_t target = slot_of(now);
    cursor_ = std::max(cursor_, target - static_cast<int64_t>(kSlots));
    while (cursor_ < target) {
      ++cursor_;
      uint32_t& head = heads_[index_of(cursor_)];
      while (head != kNone) {
        const uint32_t number = head;
        cancel(number);
        on_due(number);
      }
    }
  }

 private:
  static constexpr size_t kSlots = 1024;
  static constexpr uint32_t kNone = UINT32_MAX;

  struct Entry {
    int64_t slot = 0;
    uint32_t before = kNone;
    uint32_t after = kNone;
    bool waits = false;
  };

  int64_t slot_of(flowtable::Tick tick) const noexcept {
    return flowtable::ns_since_epoch(tick) / slot_ns_;
  }
  static size_t index_of(int64_t slot) noexcept { return static_cast<size_t>(slot) % kSlots; }

  int64_t slot_ns_;
  std::vector<Entry> entries_;
  std::array<uint32_t, kSlots> heads_;
  int64_t cursor_;  // the slot that was woken last
};

}  // namespace dataplane
