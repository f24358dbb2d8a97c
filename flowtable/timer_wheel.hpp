// SPDX-License-Identifier: Apache-2.0
// Flows by the time at which they deserve a look.
#pragma once

#include "flowtable/base/tick.hpp"
#include "flowtable/flow_list.hpp"
#include "flowtable/flow_timeouts.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace flowtable {

// A circle of lists, each for one stretch of time. It is lazy: a packet only writes last_seen_ns,
// and when a flow's slot comes due its real deadline is worked out and it is queued again unless
// that is over. So a flow costs one visit per timeout, however many packets it has. Ticks may jump
// forwards (each slot is visited once at most) and backwards (the wheel turns back with them).
// Flows expire up to one slot late, never early. No allocation; owner core only.
class TimerWheel {
 public:
  static constexpr size_t kSlots = 1024;

  // `flows` is the slab; `longest` the longest timeout of a class that waits here, which decides
  // how much time a slot stands for. Slab and timeouts outlive the wheel.
  TimerWheel(Flow* flows, const FlowTimeouts& timeouts, TickSpan longest) noexcept;

  // Queues a flow that is in no list by last_seen_ns and the timeout of its class.
  void schedule(uint32_t index) noexcept { place(index, cursor_); }
  void cancel(uint32_t index) noexcept;

  // Takes flows whose time is over at `now` out and hands each to on_expired(Flow&). Looks at
  // `budget` flows at most and goes on from there the next time; returns at how many it looked.
  template <typename OnExpired>
  size_t expire(Tick now, size_t budget, OnExpired&& on_expired);

  // Of the flows that wait here, the one whose time is over first, to within a slot: of one class
  // that is the one that has been silent for longest. Flows that were heard of since they were
  // queued are put where they belong now, `budget` of them at most; then, or where nobody waits,
  // Flow::kNone.
  [[nodiscard]] uint32_t soonest(Tick now, size_t budget) noexcept;

  // How long a slot is, in nanoseconds.
  [[nodiscard]] int64_t slot_ns() const noexcept { return int64_t{1} << shift_; }

 private:
  // The slot of a tick, counted from the epoch without end; its list is slot_list(slot).
  [[nodiscard]] int64_t slot_of(int64_t ns) const noexcept { return ns >> shift_; }
  [[nodiscard]] static size_t list_number(int64_t slot) noexcept {
    return static_cast<size_t>(slot) % kSlots;
  }
  // Queues in the slot of the flow's deadline, or the nearest of those the wheel has from
  // `earliest` on.
  void place(uint32_t index, int64_t earliest) noexcept;
  // Brings cursor_ near `target`: not more than one turn behind it, and not beyond it.
  void follow(int64_t target) noexcept;

  Flow* flows_;
  const FlowTimeouts& timeouts_;
  unsigned shift_;
  int64_t cursor_ = 0;    // the earliest slot that is not empty of what was due in it
  int64_t occupied_ = 0;  // no slot from cursor_ to before this one has a flow
  std::array<FlowList, kSlots> lists_{};
};

template <typename OnExpired>
size_t TimerWheel::expire(Tick now, size_t budget, OnExpired&& on_expired) {
  const int64_t now_ns = ns_since_epoch(now);
  const int64_t target = slot_of(now_ns);
  follow(target);
  size_t visited = 0;
  for (; cursor_ < target; ++cursor_) {
    FlowList& due = lists_[list_number(cursor_)];
    while (!due.empty()) {
      if (visited == budget) return visited;
      ++visited;
      const uint32_t index = due.head;
      Flow& flow = flows_[index];
      const uint32_t next = flow.details().timer_next;
      if (next != Flow::kNone) {
        __builtin_prefetch(&flows_[next]);
        __builtin_prefetch(&flows_[next].details(), 1);
      }
      due.remove(flows_, index);
      if (timeouts_.is_over(flow, now_ns)) {
        on_expired(flow);
      } else {
        place(index, cursor_ + 1);
      }
    }
  }
  return visited;
}

}  // namespace flowtable
