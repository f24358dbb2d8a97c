// SPDX-License-Identifier: Apache-2.0
#include "dataplane/link/udp_tunnel.hpp"

namespace dataplane {
namespace {

constexpr uint16_t kAuthenticationIndicator = 1, kOriginIndicator = 0;

bool begins_with(const DecodeCursor& at, uint16_t indicator) noexcept {
  flowtable::ByteReader ahead = at.bytes;
  uint16_t begin = 0;
  return ahead.u16(begin) && begin == indicator;
}

// RFC 4380 section 5.1.1: lengths of the client's name and of the check value, both of these, a
// nonce, a confirmation.
bool skip_authentication(DecodeCursor& at) noexcept {
  uint8_t name_bytes = 0, value_bytes = 0;
  return at.bytes.skip(2) && at.bytes.u8(name_bytes) && at.bytes.u8(value_bytes) &&
         at.bytes.skip(size_t{name_bytes} + value_bytes + 8 + 1);
}

}  // namespace

// RFC 4380 section 5.1.1: an IPv6 packet that fills the datagram, before it an indication of
// authentication, of origin (port and address), or both in this order.
std::optional<DropReason> read_teredo(DecodeCursor& at) noexcept {
  constexpr size_t kIpv6Header = 40;
  if (begins_with(at, kAuthenticationIndicator) && !skip_authentication(at)) return std::nullopt;
  if (begins_with(at, kOriginIndicator) && !at.bytes.skip(2 + 2 + 4)) return std::nullopt;
  flowtable::ByteReader header = at.bytes;
  uint32_t version_and_labels = 0;
  uint16_t payload_bytes = 0;
  if (!header.u32(version_and_labels) || !header.u16(payload_bytes) ||
      version_and_labels >> 28 != 6 || payload_bytes + kIpv6Header != at.wire_bytes()) {
    return std::nullopt;
  }
  return at.go_on(HeaderSpace::ether_type, 0x86dd);
}

}  // namespace dataplane
