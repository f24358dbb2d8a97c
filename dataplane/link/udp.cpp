// SPDX-License-Identifier: Apache-2.0
#include "dataplane/link/steps.hpp"

namespace dataplane {

// What UDP carries is not followed; it is told apart from other transports so that the counters say
// how much of the traffic that is.
DropReason step_udp(DecodeCursor&, PacketView&) noexcept {
  return DropReason::udp_not_followed;
}

}  // namespace dataplane
