// SPDX-License-Identifier: Apache-2.0
#include "dataplane/link/steps.hpp"

namespace dataplane {

// RFC 1661 section 2: a protocol field of two bytes, the first of them even; compressed to one
// byte, which is odd, where both ends have agreed to that (section 6.5). In HDLC-like framing (RFC
// 1662 section 3.1) the bytes ff 03 stand before it; Cisco's framing has other addresses there.
DropReason step_ppp(DecodeCursor& at, PacketView& out) noexcept {
  constexpr uint16_t kAddressAndControl = 0xff03, kCiscoUnicast = 0x0f00, kCiscoMulticast = 0x8f00;
  flowtable::ByteReader ahead = at.bytes;
  uint16_t begin = 0;
  if (!ahead.u16(begin)) return at.too_short(DropReason::link_header_bad);
  if (begin == kCiscoUnicast || begin == kCiscoMulticast) return step_cisco_hdlc(at, out);
  if (begin == kAddressAndControl) at.bytes = ahead;
  uint8_t high = 0, low = 0;
  if (!at.bytes.u8(high)) return at.too_short(DropReason::link_header_bad);
  if ((high & 1) != 0) return at.go_on(HeaderSpace::ppp, high);
  if (!at.bytes.u8(low)) return at.too_short(DropReason::link_header_bad);
  return at.go_on(HeaderSpace::ppp, static_cast<uint16_t>(high << 8 | low));
}

// LINKTYPE_PPP_WITH_DIR: a byte that says who sent it, then as above.
DropReason step_ppp_marked(DecodeCursor& at, PacketView& out) noexcept {
  if (!at.bytes.skip(1)) return at.too_short(DropReason::link_header_bad);
  return step_ppp(at, out);
}

// LINKTYPE_C_HDLC: address, control, ether type.
DropReason step_cisco_hdlc(DecodeCursor& at, PacketView&) noexcept {
  uint16_t ether_type = 0;
  if (!at.bytes.skip(2) || !at.bytes.u16(ether_type)) {
    return at.too_short(DropReason::link_header_bad);
  }
  return at.go_on(HeaderSpace::ether_type, ether_type);
}

// RFC 2516 sections 4 and 6: version and type 1, code 0 for a session's data, the session, the
// length of the PPP frame.
DropReason step_pppoe(DecodeCursor& at, PacketView& out) noexcept {
  constexpr uint16_t kVersionTypeCode = 0x1100;
  uint16_t begin = 0, session = 0, length = 0;
  if (!at.bytes.u16(begin) || !at.bytes.u16(session) || !at.bytes.u16(length)) {
    return at.too_short(DropReason::link_header_bad);
  }
  if (begin != kVersionTypeCode) return DropReason::link_header_bad;
  at.limit_to(length);
  return step_ppp(at, out);
}

}  // namespace dataplane
