// SPDX-License-Identifier: Apache-2.0
// Time on the packet path.
#pragma once

#include <chrono>
#include <cstdint>

namespace flowtable {

// When a packet passed: nanoseconds since the Unix epoch on the capture's own clock. Live: the TSC,
// read once per burst and scaled; from a file: the capture's time stamps. Nothing below the
// poll loop asks a clock; ticks come in as values, so tests pass the ones they want. Ticks of a
// file may jump backwards; code that compares them must bear it.
using Tick = std::chrono::sys_time<std::chrono::nanoseconds>;
using TickSpan = std::chrono::nanoseconds;

[[nodiscard]] constexpr Tick tick_from_ns(int64_t ns) noexcept {
  return Tick(TickSpan(ns));
}
[[nodiscard]] constexpr int64_t ns_since_epoch(Tick tick) noexcept {
  return tick.time_since_epoch().count();
}

}  // namespace flowtable
