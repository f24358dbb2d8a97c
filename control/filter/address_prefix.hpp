// SPDX-License-Identifier: Apache-2.0
// An IP address, or all addresses that begin like it.
#pragma once

#include "flowtable/flow_key.hpp"

#include <optional>
#include <string_view>

namespace control {

struct AddressPrefix {
  flowtable::IpAddress address;  // IPv4 in its 128-bit form
  int bits = 128;                // how many of its bits count

  [[nodiscard]] bool holds(const flowtable::IpAddress& other) const noexcept;
};

// "192.0.2.1", "10.0.0.0/8", "2001:db8::/32"; nothing for any other text.
[[nodiscard]] std::optional<AddressPrefix> parse_address_prefix(std::string_view text);

}  // namespace control
