// SPDX-License-Identifier: Apache-2.0
#include "dataplane/tsc_clock.hpp"

#include "flowtable/base/check.hpp"

#include <rte_cycles.h>

#include <chrono>
#include <limits>

namespace dataplane {
namespace {

using flowtable::Tick;

uint64_t ns_per_cycle_q32(uint64_t hz) noexcept {
  CHECK(hz > 0);
  __extension__ using Wide = unsigned __int128;
  return static_cast<uint64_t>((Wide{1'000'000'000} << 32) / hz);
}

}  // namespace

TscClock::TscClock(uint64_t hz) noexcept : ns_per_cycle_q32_(ns_per_cycle_q32(hz)) {
  anchor_now();
}

void TscClock::anchor(uint64_t tsc, Tick now) noexcept {
  const uint32_t version = version_.load(std::memory_order_relaxed);
  version_.store(version + 1, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_release);
  anchor_tsc_.set(tsc);
  anchor_ns_.set(flowtable::ns_since_epoch(now));
  version_.store(version + 2, std::memory_order_release);
}

void TscClock::anchor_now() noexcept {
  // The wall clock is read between two readings of the counter; the closest pair of a few tries is
  // one that nothing interrupted.
  uint64_t closest = std::numeric_limits<uint64_t>::max();
  uint64_t tsc = 0;
  Tick now{};
  for (int i = 0; i < 5; ++i) {
    const uint64_t before = rte_rdtsc();
    const Tick wall =
        std::chrono::time_point_cast<flowtable::TickSpan>(std::chrono::system_clock::now());
    const uint64_t apart = rte_rdtsc() - before;
    if (apart >= closest) continue;
    closest = apart;
    tsc = before + apart / 2;
    now = wall;
  }
  anchor(tsc, now);
}

Tick TscClock::at(uint64_t tsc) const noexcept {
  uint32_t version = 0;
  uint64_t anchor_tsc = 0;
  int64_t anchor_ns = 0;
  do {
    version = version_.load(std::memory_order_acquire);
    anchor_tsc = anchor_tsc_.get();
    anchor_ns = anchor_ns_.get();
    std::atomic_thread_fence(std::memory_order_acquire);
  } while ((version & 1) != 0 || version != version_.load(std::memory_order_relaxed));
  // A burst may have begun just before the anchor, so the difference has a sign.
  __extension__ using Wide = __int128;
  const Wide cycles = static_cast<int64_t>(tsc - anchor_tsc);
  const Wide ns = cycles * static_cast<Wide>(ns_per_cycle_q32_) >> 32;
  return flowtable::tick_from_ns(anchor_ns + static_cast<int64_t>(ns));
}

}  // namespace dataplane
