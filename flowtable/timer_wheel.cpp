// SPDX-License-Identifier: Apache-2.0
#include "flowtable/timer_wheel.hpp"

#include <algorithm>

namespace flowtable {
namespace {

constexpr int64_t kTurn = static_cast<int64_t>(TimerWheel::kSlots);

// A slot is at least about a millisecond, and the longest timeout fits into one turn of the wheel
// with a slot to spare at each end.
constexpr unsigned kShiftMin = 20;

unsigned shift_for(int64_t longest_ns) noexcept {
  unsigned shift = kShiftMin;
  while ((longest_ns >> shift) > kTurn - 3)
    ++shift;
  return shift;
}

}  // namespace

TimerWheel::TimerWheel(Flow* flows, const FlowTimeouts& timeouts, TickSpan longest) noexcept
    : flows_(flows), timeouts_(timeouts), shift_(shift_for(longest.count())) {}

void TimerWheel::cancel(uint32_t index) noexcept {
  lists_[flows_[index].details().timer_list].remove(flows_, index);
}

void TimerWheel::place(uint32_t index, int64_t earliest) noexcept {
  // The list of the slot before `earliest` may be under way in expire(): a turn less one slot is
  // the furthest that does not come round to it.
  const int64_t wanted = slot_of(timeouts_.deadline_ns(flows_[index]));
  const int64_t slot = std::clamp(wanted, earliest, earliest + kTurn - 2);
  occupied_ = std::min(occupied_, slot);
  const size_t number = list_number(slot);
  lists_[number].push_back(flows_, index, static_cast<uint16_t>(number));
}

uint32_t TimerWheel::soonest(Tick now, size_t budget) noexcept {
  const int64_t target = slot_of(ns_since_epoch(now));
  follow(target);
  // What is due beyond the last slot waits in it too, in no order.
  const auto last = [this] { return cursor_ + kTurn - 2; };
  occupied_ = std::max(occupied_, cursor_);
  for (; occupied_ <= last(); ++occupied_) {
    // As expire() does: behind the cursor nobody waits.
    if (occupied_ <= target) cursor_ = occupied_;
    FlowList& list = lists_[list_number(occupied_)];
    while (!list.empty()) {
      const uint32_t index = list.head;
      const bool is_due_later = slot_of(timeouts_.deadline_ns(flows_[index])) > occupied_;
      if (!is_due_later || occupied_ == last()) return index;
      if (budget-- == 0) return Flow::kNone;
      list.remove(flows_, index);
      place(index, cursor_);
    }
  }
  return Flow::kNone;
}

void TimerWheel::follow(int64_t target) noexcept {
  // Ticks of several queues or interfaces are a little out of order; two slots of that do not turn
  // the wheel back, for each turn back means visiting these slots again.
  constexpr int64_t kDisorderMax = 2;
  if (target < cursor_ - kDisorderMax) cursor_ = target;
  // After a long jump every list is due once.
  if (target - cursor_ > kTurn) cursor_ = target - kTurn;
  occupied_ = std::min(occupied_, cursor_);
}

}  // namespace flowtable
