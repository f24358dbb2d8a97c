// SPDX-License-Identifier: Apache-2.0
#include "dataplane/link/udp_tunnel.hpp"

namespace dataplane {

// RFC 8926 section 3.4: version 0 and the length of the options in words; flags, the lower six of
// them reserved; the ether type of what is carried; the network's number in 24 bits; 8 reserved.
std::optional<DropReason> read_geneve(DecodeCursor& at) noexcept {
  constexpr uint8_t kOptionWords = 0x3f, kReservedFlags = 0x3f;
  uint8_t version_and_words = 0, flags = 0;
  uint16_t ether_type = 0;
  uint32_t network = 0;
  if (!at.bytes.u8(version_and_words) || !at.bytes.u8(flags) || !at.bytes.u16(ether_type) ||
      !at.bytes.u32(network)) {
    return std::nullopt;
  }
  if (version_and_words >> 6 != 0 || (flags & kReservedFlags) != 0 || (network & 0xff) != 0 ||
      !at.bytes.skip((version_and_words & kOptionWords) * size_t{4})) {
    return std::nullopt;
  }
  return at.go_on(HeaderSpace::ether_type, ether_type);
}

}  // namespace dataplane
