// SPDX-License-Identifier: Apache-2.0
#include "dataplane/link/steps.hpp"

namespace dataplane {
namespace {

// Linux' "cooked" captures (LINKTYPE_LINUX_SLL and _SLL2): the device's type, and what the kernel
// calls its protocol.
DropReason go_on_by(DecodeCursor& at, uint16_t device, uint16_t protocol) noexcept {
  constexpr uint16_t kWlan = 801, kWlanRadiotap = 803, kNetlink = 824;  // ARPHRD_…
  constexpr uint16_t kLlc = 4;                                          // ETH_P_802_2
  if (device == kWlan) return at.go_on(LinkType::wlan);
  if (device == kWlanRadiotap) return at.go_on(LinkType::wlan_radiotap);
  if (device == kNetlink) return DropReason::ether_type_other;
  if (protocol == kLlc) return at.go_on(LinkType::llc);
  return at.go_on(HeaderSpace::ether_type, protocol);
}

}  // namespace

// Packet type, device type, length of the address, address in eight bytes, protocol.
DropReason step_linux_sll(DecodeCursor& at, PacketView&) noexcept {
  uint16_t device = 0, protocol = 0;
  if (!at.bytes.skip(2) || !at.bytes.u16(device) || !at.bytes.skip(2 + 8) ||
      !at.bytes.u16(protocol)) {
    return at.too_short(DropReason::link_header_bad);
  }
  return go_on_by(at, device, protocol);
}

// Protocol, reserved, interface, device type, packet type, length of the address, address.
DropReason step_linux_sll2(DecodeCursor& at, PacketView&) noexcept {
  uint16_t device = 0, protocol = 0;
  if (!at.bytes.u16(protocol) || !at.bytes.skip(2 + 4) || !at.bytes.u16(device) ||
      !at.bytes.skip(1 + 1 + 8)) {
    return at.too_short(DropReason::link_header_bad);
  }
  return go_on_by(at, device, protocol);
}

}  // namespace dataplane
