// SPDX-License-Identifier: Apache-2.0
// When a flow's time is over.
#pragma once

#include "flowtable/base/check.hpp"
#include "flowtable/base/tick.hpp"
#include "flowtable/flow.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace flowtable {

// The silence that each class of flow may keep, 0 or more.
using ClassTimeouts = std::array<TickSpan, static_cast<size_t>(FlowClass::count_)>;

// The one place that compares a flow's last packet with the clock. Ticks of a file may hold
// anything, so all arithmetic here is defined for every pair of them.
class FlowTimeouts {
 public:
  explicit FlowTimeouts(const ClassTimeouts& timeouts) noexcept : timeouts_(timeouts) {
    for (const TickSpan timeout : timeouts_)
      CHECK(timeout.count() >= 0);
  }

  [[nodiscard]] int64_t timeout_ns(FlowClass flow_class) const noexcept {
    return timeouts_[static_cast<size_t>(flow_class)].count();
  }

  // True where more time than the class allows lies between the flow's last packet and `now`, in
  // either direction: after a file's clock was set back that far, what was seen before belongs to
  // another time, and without this it would stay until the clock caught up.
  [[nodiscard]] bool is_over(const Flow& flow, int64_t now_ns) const noexcept {
    return is_over(flow.flow_class(), flow.last_seen_ns.get(), now_ns);
  }
  [[nodiscard]] bool is_over(FlowClass flow_class, int64_t last_seen_ns,
                             int64_t now_ns) const noexcept {
    return silence_ns(last_seen_ns, now_ns) > static_cast<uint64_t>(timeout_ns(flow_class));
  }

  // The same for any time, 0 or more; exactly that long is enough.
  [[nodiscard]] static bool is_silent_for(const Flow& flow, int64_t now_ns,
                                          TickSpan span) noexcept {
    return silence_ns(flow.last_seen_ns.get(), now_ns) >= static_cast<uint64_t>(span.count());
  }

  // The last tick at which the flow's time is not over.
  [[nodiscard]] int64_t deadline_ns(const Flow& flow) const noexcept {
    const int64_t timeout = timeout_ns(flow.flow_class());
    const int64_t last_seen_ns = flow.last_seen_ns.get();
    constexpr int64_t kEnd = std::numeric_limits<int64_t>::max();
    return last_seen_ns > kEnd - timeout ? kEnd : last_seen_ns + timeout;
  }

 private:
  static uint64_t silence_ns(int64_t last_seen_ns, int64_t now_ns) noexcept {
    return now_ns > last_seen_ns ? distance(last_seen_ns, now_ns) : distance(now_ns, last_seen_ns);
  }
  static uint64_t distance(int64_t from, int64_t to) noexcept {
    return static_cast<uint64_t>(to) - static_cast<uint64_t>(from);
  }

  ClassTimeouts timeouts_;
};

}  // namespace flowtable
