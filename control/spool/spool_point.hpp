// SPDX-License-Identifier: Apache-2.0
// Places in the order of an epoch's records.
#pragma once

#include "control/spool/spool_counter.hpp"
#include "control/spool/spool_load.hpp"

#include <cstdint>
#include <tuple>

namespace control {

// After record `seq` of an epoch; `sum` is the load of all up to there.
struct SpoolPoint {
  int64_t seq = 0;
  SpoolLoad sum;

  friend constexpr bool operator==(const SpoolPoint&, const SpoolPoint&) noexcept = default;
  // Both numbers say that `other` is not later: names and marks that were tampered with may not.
  [[nodiscard]] constexpr bool is_at_or_after(const SpoolPoint& other) const noexcept {
    return seq >= other.seq && sum.holds(other.sum);
  }
};

[[nodiscard]] constexpr SpoolAmount between(const SpoolPoint& from, const SpoolPoint& to) noexcept {
  return {static_cast<uint64_t>(to.seq - from.seq), to.sum - from.sum};
}

// All up to here is done with: released or dropped. Epoch 0 is before any.
struct SpoolPosition {
  int64_t epoch = 0;
  SpoolPoint point;

  friend constexpr bool operator==(const SpoolPosition&, const SpoolPosition&) noexcept = default;
  [[nodiscard]] constexpr bool is_before(int64_t other_epoch, int64_t other_seq) const noexcept {
    return std::tie(epoch, point.seq) < std::tie(other_epoch, other_seq);
  }
};

}  // namespace control
