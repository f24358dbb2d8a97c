// SPDX-License-Identifier: Apache-2.0
// An IP packet in every link type and every tunnel that is decoded. The headers are written here
// byte by byte as their documents have them, and share nothing with the decoder.
#pragma once

#include "dataplane/link_type.hpp"
#include "tests/support/tls_bytes.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tests {

struct CarrierFrame {
  std::string name;
  dataplane::LinkType link;
  ByteString frame;
};

// `ip` is one whole IPv4 or IPv6 packet.
[[nodiscard]] std::vector<CarrierFrame> link_frames(const ByteString& ip);
[[nodiscard]] std::vector<CarrierFrame> tunnel_frames(const ByteString& ip);
[[nodiscard]] std::vector<CarrierFrame> udp_tunnel_frames(const ByteString& ip);
[[nodiscard]] std::vector<CarrierFrame> all_carrier_frames(const ByteString& ip);

// The parts. "08 00" is two bytes; blanks are free.
[[nodiscard]] ByteString hex(std::string_view digits);
[[nodiscard]] ByteString be16(size_t value);
// Ethernet with the ether type of `payload`'s IP version, or a given one.
[[nodiscard]] ByteString ethernet(const ByteString& ip);
[[nodiscard]] ByteString ethernet(uint16_t ether_type, const ByteString& payload);
// From 192.0.2.1 to 192.0.2.2, and 2001:db8:ffff::1 to ::2.
[[nodiscard]] ByteString ipv4(uint8_t protocol, const ByteString& payload);
[[nodiscard]] ByteString ipv6(uint8_t next, const ByteString& payload);
[[nodiscard]] ByteString udp(uint16_t source, uint16_t destination, const ByteString& payload);

}  // namespace tests
