// SPDX-License-Identifier: Apache-2.0
#include "dataplane/link/steps.hpp"

namespace dataplane {

// draft-foschiano-erspan-03 section 4.2: version 1 and VLAN, session, index of the port; eight
// bytes in all, then the mirrored frame.
DropReason step_erspan2(DecodeCursor& at, PacketView&) noexcept {
  uint16_t version_and_vlan = 0;
  if (!at.bytes.u16(version_and_vlan) || !at.bytes.skip(6)) {
    return at.too_short(DropReason::tunnel_header_bad);
  }
  if (version_and_vlan >> 12 != 1) return DropReason::tunnel_header_bad;
  return at.go_on(LinkType::ethernet);
}

// Section 4.3: version 2 and VLAN, session, time stamp, security group; then what the frame is
// (bits 1 to 5 of sixteen), and in the last bit whether eight bytes of the switch's own follow.
DropReason step_erspan3(DecodeCursor& at, PacketView&) noexcept {
  constexpr uint16_t kOwnHeader = 0x0001;
  constexpr uint16_t kEthernet = 0, kIp = 2;
  uint16_t version_and_vlan = 0, kind_and_flags = 0;
  if (!at.bytes.u16(version_and_vlan) || !at.bytes.skip(2 + 4 + 2) ||
      !at.bytes.u16(kind_and_flags) || !at.bytes.skip((kind_and_flags & kOwnHeader) != 0 ? 8 : 0)) {
    return at.too_short(DropReason::tunnel_header_bad);
  }
  if (version_and_vlan >> 12 != 2) return DropReason::tunnel_header_bad;
  switch (kind_and_flags >> 10 & 0x1f) {
    case kEthernet:
      return at.go_on(LinkType::ethernet);
    case kIp:
      return at.go_on(LinkType::raw_ip);
    default:
      return DropReason::tunnel_no_ip;
  }
}

}  // namespace dataplane
