// SPDX-License-Identifier: Apache-2.0
#include "control/filter/address_prefix.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

namespace control {

using flowtable::IpAddress;

bool AddressPrefix::holds(const IpAddress& other) const noexcept {
  const int whole = bits / 8;
  if (!std::equal(address.bytes.begin(), address.bytes.begin() + whole, other.bytes.begin())) {
    return false;
  }
  if (bits % 8 == 0) return true;
  const int differing =
      address.bytes[static_cast<size_t>(whole)] ^ other.bytes[static_cast<size_t>(whole)];
  return differing >> (8 - bits % 8) == 0;
}

std::optional<AddressPrefix> parse_address_prefix(std::string_view text) {
  const size_t slash = text.find('/');
  const std::string host(text.substr(0, slash));
  std::array<uint8_t, 16> bytes{};
  AddressPrefix out;
  int bits_max = 128;
  if (inet_pton(AF_INET, host.c_str(), bytes.data()) == 1) {
    out.address = IpAddress::from_bytes({bytes.data(), 4});
    bits_max = 32;
  } else if (inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1) {
    out.address = IpAddress::from_bytes(bytes);
  } else {
    return std::nullopt;
  }
  int bits = bits_max;
  if (slash != std::string_view::npos) {
    const char* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data() + slash + 1, end, bits);
    if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
    if (bits < 0 || bits > bits_max) return std::nullopt;
  }
  out.bits = 128 - bits_max + bits;
  return out;
}

}  // namespace control
