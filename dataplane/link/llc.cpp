// SPDX-License-Identifier: Apache-2.0
#include "dataplane/link/steps.hpp"

namespace dataplane {

// IEEE 802.2: two service access points and a control field. IP comes behind a SNAP header
// (RFC 1042: an organisation and a number of its own, organisation 0 being the ether types), or at
// an access point of its own, 6.
DropReason step_llc(DecodeCursor& at, PacketView&) noexcept {
  constexpr uint32_t kSnap = 0xaaaa03, kIp = 0x060603;
  constexpr uint32_t kEtherTypes = 0, kBridgeTunnel = 0x0000f8;  // IEEE 802.1H
  constexpr uint32_t kBridged = 0x0080c2;                        // RFC 2684 section 5.2
  uint32_t access_points = 0, organisation = 0;
  uint16_t number = 0;
  if (!at.bytes.u24(access_points)) return at.too_short(DropReason::link_header_bad);
  if (access_points == kIp) return at.go_on(HeaderSpace::ether_type, 0x0800);
  if (access_points != kSnap) return DropReason::ether_type_other;
  if (!at.bytes.u24(organisation) || !at.bytes.u16(number)) {
    return at.too_short(DropReason::link_header_bad);
  }
  if (organisation == kEtherTypes || organisation == kBridgeTunnel) {
    return at.go_on(HeaderSpace::ether_type, number);
  }
  // Ethernet with its check sum (1) or without (7); over ATM two bytes of padding come first.
  if (organisation != kBridged || (number != 1 && number != 7)) return DropReason::ether_type_other;
  if (!at.bytes.skip(2)) return at.too_short(DropReason::link_header_bad);
  return at.go_on(LinkType::ethernet);
}

}  // namespace dataplane
