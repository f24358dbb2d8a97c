// SPDX-License-Identifier: Apache-2.0
// What a poll core does while no packet comes. A file of its own, because these are the only system
// calls of a poll core.
#pragma once

#include "dataplane/core_plan.hpp"

#include <cstdint>

namespace dataplane {

// One per poll core, called by it alone.
class Idle {
 public:
  // Packets came: what counts as idle begins anew.
  void reset() noexcept { empty_loops_ = 0; }
  // After a loop without packets. True where the core slept.
  bool rest(const CorePlan& plan) noexcept;
  // Lets another thread of this CPU go on, while the cores stop together.
  static void yield() noexcept;

 private:
  uint32_t empty_loops_ = 0;  // in a row
};

}  // namespace dataplane
