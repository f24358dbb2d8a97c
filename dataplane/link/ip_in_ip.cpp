// SPDX-License-Identifier: Apache-2.0
// What IP may carry besides a transport and besides itself (which is step_ipv4 and step_ipv6).
#include "dataplane/link/steps.hpp"

namespace dataplane {

// RFC 4302 section 2: next header, length in words of four bytes beyond the first two, reserved,
// SPI, sequence number, check value. It protects, and hides nothing.
DropReason step_ip_authentication(DecodeCursor& at, PacketView&) noexcept {
  uint8_t next = 0, words = 0;
  if (!at.bytes.u8(next) || !at.bytes.u8(words) || !at.bytes.skip(size_t{words} * 4 + 8 - 2)) {
    return at.too_short(DropReason::ip_extension_bad);
  }
  return at.go_on(HeaderSpace::ip_protocol, next);
}

// RFC 3378 section 3: version 3, reserved, then a frame.
DropReason step_ether_ip(DecodeCursor& at, PacketView&) noexcept {
  uint16_t version = 0;
  if (!at.bytes.u16(version)) return at.too_short(DropReason::tunnel_header_bad);
  if (version >> 12 != 3) return DropReason::tunnel_header_bad;
  return at.go_on(LinkType::ethernet);
}

}  // namespace dataplane
