// SPDX-License-Identifier: Apache-2.0
// How many packets may be sent now.
#pragma once

#include "flowtable/base/tick.hpp"

#include <algorithm>
#include <cstdint>

namespace dataplane {

// Lets so many packets a second go that no window of 100 ms, wherever it begins, has more of them
// than the rate allows, rounded up. Who could not send for a while does not catch up. The generic
// cell rate algorithm (ITU-T I.371): one point in time instead of a bucket of tokens. Times are the
// core's own clock and do not go back.
class Pacer {
 public:
  // packets_per_second > 0.
  explicit Pacer(double packets_per_second) noexcept { set_rate(packets_per_second); }

  void set_rate(double packets_per_second) noexcept {
    // A millisecond's worth at a time, so that a loop that comes round less often keeps up. A
    // window may begin in front of one, and one that was taken before it may reach the wire in it,
    // where somebody else had the CPU in between: the rest goes by that much more slowly.
    burst_ = std::clamp(packets_per_second / 1000, 1.0, 256.0);
    const double kept = packets_per_second - 2 * burst_ * kWindowsPerSecond;
    spacing_ns_ = 1e9 / std::max(kept, 0.95 * packets_per_second);
  }

  // How many may go at `now`.
  [[nodiscard]] uint32_t room(flowtable::Tick now) noexcept {
    if (!started_) began_ = now;
    started_ = true;
    const auto now_ns = static_cast<double>((now - began_).count());
    due_ns_ = std::max(due_ns_, now_ns);
    const double room = (now_ns - due_ns_) / spacing_ns_ + burst_;
    return room >= 1 ? static_cast<uint32_t>(room) : 0u;
  }

  // How many of `wanted` may go at `now`; they count as sent.
  [[nodiscard]] uint32_t take(flowtable::Tick now, uint32_t wanted) noexcept {
    const uint32_t taken = std::min(wanted, room(now));
    due_ns_ += taken * spacing_ns_;
    return taken;
  }

  // What was taken and not sent, before anything else is.
  void give_back(uint32_t untaken) noexcept { due_ns_ -= untaken * spacing_ns_; }

 private:
  static constexpr double kWindowsPerSecond = 10;

  double burst_ = 1;
  double spacing_ns_ = 0;  // between two packets
  double due_ns_ = 0;      // since began_: when the next one were due if each took its time
  flowtable::Tick began_{};
  bool started_ = false;
};

}  // namespace dataplane
