// SPDX-License-Identifier: Apache-2.0
// The time of day for the price of one instruction.
#pragma once

#include "flowtable/base/relaxed.hpp"
#include "flowtable/base/tick.hpp"

#include <atomic>
#include <cstdint>

namespace dataplane {

// Ticks from the CPU's time stamp counter: an anchor (counter and wall clock read at one moment)
// and the counter's rate. The control thread sets the anchor anew about once a second, which keeps
// the clock with the system's own (NTP, steps); poll cores only multiply. Counters of all CPUs are
// taken to run together, as those of one machine have for long.
class TscClock {
 public:
  // `hz` is the counter's rate: rte_get_tsc_hz().
  explicit TscClock(uint64_t hz) noexcept;

  // Control thread: `tsc` and `now` were read at one moment.
  void anchor(uint64_t tsc, flowtable::Tick now) noexcept;
  // Control thread: reads both and anchors.
  void anchor_now() noexcept;

  // Any thread.
  [[nodiscard]] flowtable::Tick at(uint64_t tsc) const noexcept;

 private:
  const uint64_t ns_per_cycle_q32_;   // 32 bits before the binary point, 32 after
  std::atomic<uint32_t> version_{0};  // odd while the anchor is being changed
  flowtable::Relaxed<uint64_t> anchor_tsc_;
  flowtable::Relaxed<int64_t> anchor_ns_;
};

}  // namespace dataplane
