// SPDX-License-Identifier: Apache-2.0
#include "dataplane/link/steps.hpp"

namespace dataplane {

// IEEE 802.3: destination, source, and a number from 1536 up that names the protocol. A smaller one
// is a length with an LLC header behind it, which carries no IP on networks of today; the table has
// no row for it.
DropReason step_ethernet(DecodeCursor& at, PacketView&) noexcept {
  constexpr size_t kAddresses = 2 * 6;
  uint16_t ether_type = 0;
  if (!at.bytes.skip(kAddresses) || !at.bytes.u16(ether_type)) return DropReason::frame_truncated;
  return at.go_on(HeaderSpace::ether_type, ether_type);
}

}  // namespace dataplane
