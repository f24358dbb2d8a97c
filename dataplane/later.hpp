// SPDX-License-Identifier: Apache-2.0
// Whether enough time has passed.
#pragma once

#include "flowtable/base/tick.hpp"

#include <cstdint>

namespace dataplane {

// Ticks of a file may hold anything; a step back is no silence.
[[nodiscard]] inline bool is_later_by(flowtable::Tick now, flowtable::Tick then,
                                      flowtable::TickSpan span) noexcept {
  const auto passed = static_cast<uint64_t>(flowtable::ns_since_epoch(now)) -
                      static_cast<uint64_t>(flowtable::ns_since_epoch(then));
  return now > then && passed > static_cast<uint64_t>(span.count());
}

}  // namespace dataplane
