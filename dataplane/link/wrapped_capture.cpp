// SPDX-License-Identifier: Apache-2.0
// Capture formats that put a header of their own before a frame of another link type.
#include "dataplane/link/little_endian.hpp"
#include "dataplane/link/steps.hpp"

namespace dataplane {
namespace {

// The frame of a capture header is of a link type, not of another capture header.
DropReason go_on_by_number(DecodeCursor& at, uint32_t number) noexcept {
  const LinkType link = link_type_of(number);
  if (link == LinkType::ppi || link == LinkType::pktap || link == LinkType::nflog) {
    return DropReason::link_header_bad;
  }
  return at.go_on(link);
}

}  // namespace

// LINKTYPE_PPI: version 0, flags, length of the whole header, link type; all little-endian.
DropReason step_ppi(DecodeCursor& at, PacketView&) noexcept {
  constexpr uint16_t kFixedBytes = 8;
  uint8_t version = 0, flags = 0;
  uint16_t header_bytes = 0;
  uint32_t number = 0;
  if (!at.bytes.u8(version) || !at.bytes.u8(flags) || !le16(at.bytes, header_bytes) ||
      !le32(at.bytes, number)) {
    return at.too_short(DropReason::link_header_bad);
  }
  if (version != 0 || header_bytes < kFixedBytes) return DropReason::link_header_bad;
  if (!at.bytes.skip(header_bytes - size_t{kFixedBytes})) {
    return at.too_short(DropReason::link_header_bad);
  }
  return go_on_by_number(at, number);
}

// LINKTYPE_PKTAP of macOS: length of the whole header, what follows (1: a packet), its link type,
// the interface's name and more; little-endian. macOS also writes it under USER2, a number that
// anybody may use for anything, so that what does not fit is a link that is not known.
DropReason step_pktap(DecodeCursor& at, PacketView&) noexcept {
  constexpr uint32_t kFixedBytes = 12, kHeaderBytesMin = 108, kHeaderBytesMax = 4096, kPacket = 1;
  uint32_t header_bytes = 0, follows = 0, number = 0;
  if (!le32(at.bytes, header_bytes) || !le32(at.bytes, follows) || !le32(at.bytes, number)) {
    return at.too_short(DropReason::link_unsupported);
  }
  if (header_bytes < kHeaderBytesMin || header_bytes > kHeaderBytesMax || follows > kPacket) {
    return DropReason::link_unsupported;
  }
  if (follows != kPacket) return DropReason::ether_type_other;
  if (!at.bytes.skip(header_bytes - kFixedBytes)) return at.too_short(DropReason::link_header_bad);
  return go_on_by_number(at, number);
}

// LINKTYPE_NFLOG of Linux: family, version 0, resource; then attributes, each with its length and
// type in the host's byte order, padded to four bytes. One of them is the packet.
DropReason step_nflog(DecodeCursor& at, PacketView&) noexcept {
  constexpr size_t kAttributesMax = 32;  // the kernel knows about twenty
  constexpr uint16_t kPayload = 9, kTypeBits = 0x7fff;
  constexpr uint16_t kAttributeHeader = 4;
  uint8_t family = 0, version = 0;
  if (!at.bytes.u8(family) || !at.bytes.u8(version) || !at.bytes.skip(2)) {
    return at.too_short(DropReason::link_header_bad);
  }
  if (version != 0) return DropReason::link_header_bad;
  for (size_t i = 0; i < kAttributesMax && !at.bytes.empty(); ++i) {
    uint16_t length = 0, type = 0;
    if (!le16(at.bytes, length) || !le16(at.bytes, type) || length < kAttributeHeader) break;
    const uint16_t value_bytes = static_cast<uint16_t>(length - kAttributeHeader);
    if ((type & kTypeBits) == kPayload) {
      at.limit_to(value_bytes);
      return at.go_on(LinkType::raw_ip);
    }
    const size_t padding = (4 - value_bytes % 4) % 4;
    if (!at.bytes.skip(value_bytes + padding)) break;
  }
  return at.too_short(DropReason::link_header_bad);
}

}  // namespace dataplane
