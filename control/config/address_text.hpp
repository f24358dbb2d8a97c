// SPDX-License-Identifier: Apache-2.0
// How a person writes IP addresses, many at once.
#pragma once

#include "flowtable/base/result.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace control {

// In network byte order; an IPv4 address in its mapped form ::ffff:a.b.c.d. The order of arrays is
// the order of addresses.
using AddressBytes = std::array<uint8_t, 16>;

// Both ends included; first <= last.
struct AddressSpan {
  AddressBytes first{};
  AddressBytes last{};

  bool operator==(const AddressSpan&) const = default;
};

// Octet ranges such as 10.0-255.0-255.1 are many spans; more than this are refused.
inline constexpr size_t kAddressSpansMax = 65'536;

// One of: "10.0.0.5", "10.0.0.0/24", "10.0.0.5-10.0.0.9", "10.0.0.5-9", "10.0.0-3.1-254" (a range
// in any octet), "2001:db8::1", "2001:db8::/48", "2001:db8::1-2001:db8::9". Spans in rising order.
// An IPv6 prefix means IPv6 addresses only: ::/0 has no IPv4 address in it. Error: what is wrong
// with it and what to write instead; a prefix with bits of a host is an error, for nobody can tell
// which of the two was meant.
[[nodiscard]] flowtable::OrError<std::vector<AddressSpan>> parse_address_spans(
    std::string_view text);

// Whether it can only be meant as one of the above, not as the name of a host: a name has a letter
// in its last label (RFC 3696 section 2) and no colon.
[[nodiscard]] bool looks_like_address(std::string_view text) noexcept;

// An address and the network it stands in: "10.0.0.2/24" (with bits of the host).
struct AddressInNetwork {
  AddressBytes address{};
  int prefix_bits = 128;  // of the 128-bit form: an IPv4 /24 is 120

  [[nodiscard]] bool has_on_link(const AddressBytes& other) const noexcept;
};
[[nodiscard]] flowtable::OrError<AddressInNetwork> parse_address_in_network(std::string_view text);

// "10.0.0.5" or "2001:db8::1".
[[nodiscard]] flowtable::OrError<AddressBytes> parse_single_address(std::string_view text);
[[nodiscard]] std::string address_text(const AddressBytes& address);

[[nodiscard]] bool is_v4(const AddressBytes& address) noexcept;

}  // namespace control
