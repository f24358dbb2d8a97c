// SPDX-License-Identifier: Apache-2.0
#include "dataplane/link/steps.hpp"

namespace dataplane {

// No link header: the version of IP (RFC 791, RFC 8200) tells which it is.
DropReason step_raw_ip(DecodeCursor& at, PacketView&) noexcept {
  if (at.bytes.empty()) return at.too_short(DropReason::ip_header_bad);
  switch (at.first_nibble()) {
    case 4:
      return at.go_on(HeaderSpace::ether_type, 0x0800);
    case 6:
      return at.go_on(HeaderSpace::ether_type, 0x86dd);
    default:
      return DropReason::ip_header_bad;
  }
}

}  // namespace dataplane
