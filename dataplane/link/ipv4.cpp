// SPDX-License-Identifier: Apache-2.0
#include "dataplane/link/steps.hpp"

namespace dataplane {

using flowtable::Bytes;
using flowtable::IpAddress;

// RFC 791 section 3.1. The checksum is not looked at: a tap or a host's own capture may show
// packets before the network card has put it in.
DropReason step_ipv4(DecodeCursor& at, PacketView&) noexcept {
  constexpr uint32_t kHeaderBytes = 20;
  constexpr uint16_t kMoreFragments = 0x2000, kOffset = 0x1fff;
  Bytes fixed;
  if (!flowtable::ByteReader(at.bytes).take(kHeaderBytes, fixed)) {
    return at.too_short(DropReason::ip_header_bad);
  }
  // Of a window of known size the compiler proves every read: one bounds check for all of them.
  flowtable::ByteReader header(fixed.first<kHeaderBytes>());
  uint8_t version_and_length = 0, service = 0, ttl = 0, protocol = 0;
  uint16_t total_bytes = 0, id = 0, fragment = 0, checksum = 0;
  Bytes source, destination;
  if (!header.u8(version_and_length) || !header.u8(service) || !header.u16(total_bytes) ||
      !header.u16(id) || !header.u16(fragment) || !header.u8(ttl) || !header.u8(protocol) ||
      !header.u16(checksum) || !header.take(4, source) || !header.take(4, destination)) {
    return DropReason::ip_header_bad;
  }
  const uint32_t header_bytes = (version_and_length & 0x0fu) * 4;
  if (version_and_length >> 4 != 4 || header_bytes < kHeaderBytes) return DropReason::ip_header_bad;
  // Zero: the host captured its own packet before segmentation offload cut it; then all of the
  // frame belongs to it.
  if (total_bytes != 0) {
    if (total_bytes < header_bytes) return DropReason::ip_header_bad;
    at.limit_to(total_bytes);
  }
  if (!at.bytes.skip(header_bytes)) return at.too_short(DropReason::ip_header_bad);
  at.ttl = ttl;
  at.source = IpAddress::from_bytes(source);
  at.destination = IpAddress::from_bytes(destination);
  if (fragment & (kMoreFragments | kOffset)) {
    // Segmentation offload makes segments, no fragments: one without a length is nobody's.
    if (total_bytes == 0) return DropReason::fragment_bad;
    return end_at_fragment(at, {.version = FragmentView::Version::v4,
                                .id = id,
                                .offset = (fragment & kOffset) * 8u,
                                .more_follow = (fragment & kMoreFragments) != 0,
                                .protocol = protocol});
  }
  return at.go_on(HeaderSpace::ip_protocol, protocol);
}

}  // namespace dataplane
