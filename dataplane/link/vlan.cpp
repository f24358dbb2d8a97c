// SPDX-License-Identifier: Apache-2.0
#include "dataplane/link/steps.hpp"

namespace dataplane {

// IEEE 802.1Q and 802.1ad: a tag, then the ether type of what it tags.
DropReason step_vlan(DecodeCursor& at, PacketView&) noexcept {
  constexpr uint8_t kTagsMax = 4;
  uint16_t tag = 0, ether_type = 0;
  if (++at.vlan_tags > kTagsMax) return DropReason::vlan_too_deep;
  if (!at.bytes.u16(tag) || !at.bytes.u16(ether_type)) return DropReason::frame_truncated;
  return at.go_on(HeaderSpace::ether_type, ether_type);
}

}  // namespace dataplane
