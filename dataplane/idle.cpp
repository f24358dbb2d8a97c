// SPDX-License-Identifier: Apache-2.0
#include "dataplane/idle.hpp"

#include <rte_pause.h>
#include <sched.h>

#include <algorithm>
#include <ctime>

namespace dataplane {

bool Idle::rest(const CorePlan& plan) noexcept {
  if (plan.idle == IdleMode::pause) rte_pause();
  if (plan.idle != IdleMode::sleep || ++empty_loops_ < plan.loops_before_sleep) return false;
  constexpr uint32_t kNsPerUs = 1000;
  constexpr uint32_t kSleepUsMax = 999'999;
  const timespec pause{0, static_cast<long>(std::min(plan.sleep_us, kSleepUsMax)) * kNsPerUs};
  nanosleep(&pause, nullptr);
  return true;
}

void Idle::yield() noexcept {
  sched_yield();
}

}  // namespace dataplane
