// SPDX-License-Identifier: Apache-2.0
#include "dataplane/link/steps.hpp"

namespace dataplane {
namespace {

// RFC 2784, RFC 2890 and RFC 1701; RFC 2637 section 4.1 for version 1.
constexpr uint16_t kGreChecksum = 0x8000, kGreRouting = 0x4000, kGreKey = 0x2000,
                   kGreSequence = 0x1000;
constexpr uint16_t kGreAcknowledgment = 0x0080, kGreVersion = 0x0007;
constexpr uint16_t kErspan = 0x88be, kErspan3 = 0x22eb, kPpp = 0x880b;

// RFC 1701: entries of address family, offset, length and that many bytes; one of family and length
// 0 is the last.
bool skip_routing(flowtable::ByteReader& at) noexcept {
  constexpr size_t kEntriesMax = 8;
  for (size_t i = 0; i < kEntriesMax; ++i) {
    uint16_t family = 0;
    uint8_t offset = 0, length = 0;
    if (!at.u16(family) || !at.u8(offset) || !at.u8(length) || !at.skip(length)) return false;
    if (family == 0 && length == 0) return true;
  }
  return false;
}

// What PPTP made of it: the key is the length of the payload, which is a PPP frame, and the call. A
// packet without sequence number has none and only acknowledges.
DropReason step_pptp(DecodeCursor& at, uint16_t flags, PacketView& out) noexcept {
  uint16_t payload_bytes = 0, call = 0;
  if ((flags & kGreKey) == 0 || (flags & (kGreChecksum | kGreRouting)) != 0) {
    return DropReason::tunnel_header_bad;
  }
  if (!at.bytes.u16(payload_bytes) || !at.bytes.u16(call) ||
      !at.bytes.skip(((flags & kGreSequence) != 0 ? 4u : 0u) +
                     ((flags & kGreAcknowledgment) != 0 ? 4u : 0u))) {
    return at.too_short(DropReason::tunnel_header_bad);
  }
  if ((flags & kGreSequence) == 0 || payload_bytes == 0) return DropReason::tunnel_no_ip;
  at.limit_to(payload_bytes);
  return step_ppp(at, out);
}

}  // namespace

DropReason step_gre(DecodeCursor& at, PacketView& out) noexcept {
  uint16_t flags = 0, protocol = 0;
  if (!at.bytes.u16(flags) || !at.bytes.u16(protocol)) {
    return at.too_short(DropReason::tunnel_header_bad);
  }
  if ((flags & kGreVersion) == 1 && protocol == kPpp) return step_pptp(at, flags, out);
  if ((flags & kGreVersion) != 0) return DropReason::tunnel_header_bad;
  size_t optional_bytes = (flags & (kGreChecksum | kGreRouting)) != 0 ? 4 : 0;
  if ((flags & kGreKey) != 0) optional_bytes += 4;
  if ((flags & kGreSequence) != 0) optional_bytes += 4;
  if (!at.bytes.skip(optional_bytes) || ((flags & kGreRouting) != 0 && !skip_routing(at.bytes))) {
    return at.too_short(DropReason::tunnel_header_bad);
  }
  switch (protocol) {
    case kErspan:  // the first of its kinds has neither a header nor sequence numbers
      return (flags & kGreSequence) != 0 ? step_erspan2(at, out) : at.go_on(LinkType::ethernet);
    case kErspan3:
      return step_erspan3(at, out);
    case kPpp:
      return step_ppp(at, out);
    default:
      return at.go_on(HeaderSpace::ether_type, protocol);
  }
}

}  // namespace dataplane
