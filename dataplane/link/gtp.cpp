// SPDX-License-Identifier: Apache-2.0
#include "dataplane/link/udp_tunnel.hpp"

namespace dataplane {
namespace {

// 3GPP TS 29.281 section 5.2.1: a length in words, content, and the type of the next one (0: none).
bool skip_extensions(flowtable::ByteReader& at, uint8_t next) noexcept {
  constexpr size_t kExtensionsMax = 8;  // seven types are defined
  for (size_t i = 0; i < kExtensionsMax && next != 0; ++i) {
    uint8_t words = 0;
    if (!at.u8(words) || words == 0 || !at.skip(words * size_t{4} - 2) || !at.u8(next)) {
      return false;
    }
  }
  return next == 0;
}

}  // namespace

// 3GPP TS 29.281 section 5.1: version 1, protocol type 1, flags; message type; the length of what
// follows the first eight bytes; the tunnel. With any of the three flags four bytes more: sequence
// number, N-PDU number, type of the first extension. Only a G-PDU (255) carries a packet.
std::optional<DropReason> read_gtp_user(DecodeCursor& at) noexcept {
  constexpr uint8_t kVersionBits = 0xf8, kVersion = 0x30;  // with protocol type and a reserved bit
  constexpr uint8_t kExtension = 0x04, kAnyFlag = 0x07, kPacket = 255;
  uint8_t flags = 0, type = 0, next = 0;
  uint16_t length = 0;
  if (!at.bytes.u8(flags) || !at.bytes.u8(type) || !at.bytes.u16(length) || !at.bytes.skip(4)) {
    return std::nullopt;
  }
  if ((flags & kVersionBits) != kVersion || type != kPacket || length > at.wire_bytes()) {
    return std::nullopt;
  }
  at.limit_to(length);
  if ((flags & kAnyFlag) != 0 && (!at.bytes.skip(3) || !at.bytes.u8(next))) return std::nullopt;
  if ((flags & kExtension) != 0 && !skip_extensions(at.bytes, next)) return std::nullopt;
  return at.ip_follows() ? at.go_on(LinkType::raw_ip) : DropReason::tunnel_no_ip;
}

}  // namespace dataplane
