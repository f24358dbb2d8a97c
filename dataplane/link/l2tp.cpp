// SPDX-License-Identifier: Apache-2.0
#include "dataplane/link/udp_tunnel.hpp"

namespace dataplane {

// RFC 2661 section 3.1: flags and version 2; a length of everything where a flag says so; tunnel
// and session; two sequence numbers; an offset and as many bytes. Then a PPP frame. Control
// messages are ordinary datagrams. Version 3 does not say where its data begin.
std::optional<DropReason> read_l2tp(DecodeCursor& at) noexcept {
  constexpr uint16_t kControl = 0x8000, kLength = 0x4000, kSequence = 0x0800, kOffset = 0x0200;
  constexpr uint16_t kReserved = 0x34f0, kVersion = 0x000f;
  const size_t all_bytes = at.wire_bytes();
  uint16_t flags = 0, length = 0, offset = 0;
  if (!at.bytes.u16(flags) || (flags & kVersion) != 2 || (flags & (kControl | kReserved)) != 0) {
    return std::nullopt;
  }
  if ((flags & kLength) != 0) {
    constexpr uint16_t kRead = 4;
    if (!at.bytes.u16(length) || length < kRead || length > all_bytes) return std::nullopt;
    at.limit_to(length - uint32_t{kRead});
  }
  if (!at.bytes.skip(4) || ((flags & kSequence) != 0 && !at.bytes.skip(4)) ||
      ((flags & kOffset) != 0 && (!at.bytes.u16(offset) || !at.bytes.skip(offset)))) {
    return std::nullopt;
  }
  return at.go_on(LinkType::ppp);
}

}  // namespace dataplane
