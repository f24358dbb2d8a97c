// SPDX-License-Identifier: Apache-2.0
// Lists of flows whose links are in the flows.
#pragma once

#include "flowtable/flow.hpp"

#include <cstdint>

namespace flowtable {

// First and last of a doubly linked list through FlowDetails::timer_next and timer_prev. A flow is
// in one list at most, and timer_list says in which; the links are slab indices, so a list is 8
// bytes and a record needs no pointers. Owner core only.
struct FlowList {
  uint32_t head = Flow::kNone;
  uint32_t tail = Flow::kNone;

  [[nodiscard]] bool empty() const noexcept { return head == Flow::kNone; }

  // `flows` is the slab; `number` goes to timer_list.
  void push_back(Flow* flows, uint32_t index, uint16_t number) noexcept {
    FlowDetails& flow = flows[index].details();
    flow.timer_list = number;
    flow.timer_next = Flow::kNone;
    flow.timer_prev = tail;
    (tail == Flow::kNone ? head : flows[tail].details().timer_next) = index;
    tail = index;
  }

  void remove(Flow* flows, uint32_t index) noexcept {
    FlowDetails& flow = flows[index].details();
    (flow.timer_prev == Flow::kNone ? head : flows[flow.timer_prev].details().timer_next) =
        flow.timer_next;
    (flow.timer_next == Flow::kNone ? tail : flows[flow.timer_next].details().timer_prev) =
        flow.timer_prev;
    flow.timer_next = flow.timer_prev = Flow::kNone;
    flow.timer_list = Flow::kNoList;
  }
};

}  // namespace flowtable
