// SPDX-License-Identifier: Apache-2.0
// Whose flow it is.
#pragma once

#include <cstdint>

namespace dataplane {

// The core, from 0, that follows the flows with this hash_flow_key(), out of `cores` (at least 1).
// Takes the high bits: the flow table uses the low ones, and both must be even on their own.
[[nodiscard]] constexpr uint16_t owner_of(uint64_t hash, uint16_t cores) noexcept {
  return static_cast<uint16_t>((hash >> 32) * cores >> 32);
}

}  // namespace dataplane
