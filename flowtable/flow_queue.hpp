// SPDX-License-Identifier: Apache-2.0
// Flows of one class in the order in which they came.
#pragma once

#include "flowtable/base/tick.hpp"
#include "flowtable/flow_list.hpp"
#include "flowtable/flow_timeouts.hpp"

#include <cstddef>
#include <cstdint>

namespace flowtable {

// For classes that are evicted under pressure: their timeout is fixed, so first in is (nearly)
// first over, and the same list answers both "who is the oldest" and "whose time is over". A flow
// that was heard of while it waited goes to the back once when its turn comes; it may then be
// visited up to one timeout late. All through the owner core.
class FlowQueue {
 public:
  // `flows` is the slab; both outlive the queue.
  FlowQueue(Flow* flows, const FlowTimeouts& timeouts) noexcept
      : flows_(flows), timeouts_(timeouts) {}

  void push(uint32_t index) noexcept {
    ++size_;
    flows_[index].details().queued_stamp = stamp_of(flows_[index]);
    list_.push_back(flows_, index, kListNumber);
  }
  void remove(uint32_t index) noexcept {
    --size_;
    list_.remove(flows_, index);
  }
  [[nodiscard]] uint32_t size() const noexcept { return size_; }
  // Slab index of the flow that has waited longest; Flow::kNone where the queue is empty.
  [[nodiscard]] uint32_t oldest() const noexcept { return list_.head; }

  // Takes flows whose time is over at `now` from the front and hands each to on_expired(Flow&).
  // Looks at `budget` flows at most; returns at how many it looked.
  template <typename OnExpired>
  size_t expire(Tick now, size_t budget, OnExpired&& on_expired) {
    size_t visited = 0;
    while (visited < budget && !list_.empty()) {
      const uint32_t index = list_.head;
      Flow& flow = flows_[index];
      const bool over = timeouts_.is_over(flow, ns_since_epoch(now));
      if (!over && flow.details().queued_stamp == stamp_of(flow)) break;
      ++visited;
      remove(index);
      if (over) {
        on_expired(flow);
      } else {
        push(index);
      }
    }
    return visited;
  }

 private:
  static constexpr uint16_t kListNumber = 0;
  // About a millisecond: enough to see that a flow was heard of again.
  static constexpr unsigned kStampShift = 20;

  static uint16_t stamp_of(const Flow& flow) noexcept {
    return static_cast<uint16_t>(flow.last_seen_ns.get() >> kStampShift);
  }

  Flow* flows_;
  const FlowTimeouts& timeouts_;
  FlowList list_;
  uint32_t size_ = 0;
};

}  // namespace flowtable
