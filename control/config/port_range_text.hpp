// SPDX-License-Identifier: Apache-2.0
// How a person writes ports.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace control {

// Both ends included; 1 <= first <= last.
struct PortSpan {
  uint16_t first = 0;
  uint16_t last = 0;

  [[nodiscard]] uint32_t size() const noexcept { return uint32_t{last} - first + 1; }
  bool operator==(const PortSpan&) const = default;
};

// "443" or "1-1024"; nothing for any other text.
[[nodiscard]] std::optional<PortSpan> parse_port_range(std::string_view text) noexcept;

}  // namespace control
