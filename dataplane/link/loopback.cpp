// SPDX-License-Identifier: Apache-2.0
#include "dataplane/link/steps.hpp"

namespace dataplane {

// Four bytes with the address family, which are the capturing host's: its byte order (OpenBSD's
// LOOP: always the network's) and its number for IPv6. Families are small numbers, so that the
// order shows in which half is empty.
DropReason step_loopback(DecodeCursor& at, PacketView&) noexcept {
  uint32_t family = 0;
  if (!at.bytes.u32(family)) return at.too_short(DropReason::link_header_bad);
  if ((family & 0xffff) == 0) family = __builtin_bswap32(family);
  switch (family) {
    case 2:
      return at.go_on(HeaderSpace::ether_type, 0x0800);
    case 10:  // Linux
    case 23:  // Windows
    case 24:  // NetBSD, OpenBSD
    case 28:  // FreeBSD
    case 30:  // macOS
      return at.go_on(HeaderSpace::ether_type, 0x86dd);
    default:
      return DropReason::ether_type_other;
  }
}

}  // namespace dataplane
