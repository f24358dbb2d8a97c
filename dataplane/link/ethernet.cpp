// SPDX-License-Identifier: Apache-2.0
#include "dataplane/link/steps.hpp"

namespace dataplane {

// IEEE 802.3: destination, source, and a number from 1536 up that names the protocol. A smaller one
// is the length of what follows: an LLC header and its data; then comes padding.
DropReason step_ethernet(DecodeCursor& at, PacketView&) noexcept {
  constexpr size_t kAddresses = 2 * 6;
  constexpr uint16_t kEtherTypeMin = 1536;
  uint16_t ether_type = 0;
  if (!at.bytes.skip(kAddresses) || !at.bytes.u16(ether_type)) return DropReason::frame_truncated;
  at.vlan_tags = 0;  // tags are counted per frame: a tunnel may carry tagged ones
  if (ether_type >= kEtherTypeMin) return at.go_on(HeaderSpace::ether_type, ether_type);
  if (ether_type < at.wire_bytes()) at.limit_to(ether_type);
  return at.go_on(LinkType::llc);
}

}  // namespace dataplane
