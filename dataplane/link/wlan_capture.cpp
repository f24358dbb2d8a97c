// SPDX-License-Identifier: Apache-2.0
// What capture programs put before an 802.11 frame: how it was received. Of all that, only where
// the frame begins and whether its header is padded is of interest.
#include "dataplane/link/little_endian.hpp"
#include "dataplane/link/steps.hpp"

namespace dataplane {
namespace {

using flowtable::ByteReader;

// Skips the rest of a header that is `header_bytes` long, of which `read_bytes` have been read.
DropReason skip_to(DecodeCursor& at, size_t header_bytes, size_t read_bytes) noexcept {
  if (header_bytes < read_bytes) return DropReason::link_header_bad;
  if (!at.bytes.skip(header_bytes - read_bytes)) return at.too_short(DropReason::link_header_bad);
  return DropReason::none;
}

// https://www.radiotap.org: words of which bit 31 says that another one follows; bit 1 of the first
// one says that a byte of flags is there, behind eight bytes of time where bit 0 is set. Fields are
// aligned, counted from the header's first byte. False where the flags say so, or are cut off.
bool header_is_padded(ByteReader header, uint32_t present) noexcept {
  constexpr uint32_t kMore = 1u << 31, kTime = 1u << 0, kFlags = 1u << 1;
  constexpr uint8_t kPadded = 0x20;
  if ((present & kFlags) == 0) return false;
  size_t offset = 8;
  for (uint32_t word = present; (word & kMore) != 0; offset += 4)
    if (!le32(header, word)) return false;
  if ((present & kTime) != 0) {
    const size_t padding = (8 - offset % 8) % 8;
    if (!header.skip(padding + 8)) return false;
  }
  uint8_t flags = 0;
  return header.u8(flags) && (flags & kPadded) != 0;
}

}  // namespace

DropReason step_wlan_radiotap(DecodeCursor& at, PacketView&) noexcept {
  constexpr size_t kFixedBytes = 8;
  uint8_t version = 0, padding = 0;
  uint16_t header_bytes = 0;
  uint32_t present = 0;
  if (!at.bytes.u8(version) || !at.bytes.u8(padding) || !le16(at.bytes, header_bytes) ||
      !le32(at.bytes, present)) {
    return at.too_short(DropReason::link_header_bad);
  }
  if (version != 0) return DropReason::link_header_bad;
  const ByteReader fields = at.bytes;
  const DropReason reason = skip_to(at, header_bytes, kFixedBytes);
  if (reason != DropReason::none) return reason;
  at.wlan_padded =
      header_is_padded(ByteReader(fields.rest().first(header_bytes - kFixedBytes)), present);
  return at.go_on(LinkType::wlan);
}

// Prism: a message code and the length of the whole header, in the byte order of the host. Drivers
// that went on to the AVS header kept the link type, so that its magic number may stand here.
DropReason step_wlan_prism(DecodeCursor& at, PacketView& out) noexcept {
  constexpr uint32_t kAvs = 0x80211000, kAvsVersion = 0x00000fff;
  uint32_t code = 0, header_bytes = 0;
  ByteReader ahead = at.bytes;
  if (ahead.u32(code) && (code & ~kAvsVersion) == kAvs) return step_wlan_avs(at, out);
  if (!at.bytes.u32(code) || !le32(at.bytes, header_bytes)) {
    return at.too_short(DropReason::link_header_bad);
  }
  if (header_bytes > 0xffff) header_bytes = __builtin_bswap32(header_bytes);
  const DropReason reason = skip_to(at, header_bytes, 8);
  return reason == DropReason::none ? at.go_on(LinkType::wlan) : reason;
}

// AVS: a magic number with a version, and the length of the whole header, in network byte order.
DropReason step_wlan_avs(DecodeCursor& at, PacketView&) noexcept {
  uint32_t magic = 0, header_bytes = 0;
  if (!at.bytes.u32(magic) || !at.bytes.u32(header_bytes)) {
    return at.too_short(DropReason::link_header_bad);
  }
  const DropReason reason = skip_to(at, header_bytes, 8);
  return reason == DropReason::none ? at.go_on(LinkType::wlan) : reason;
}

}  // namespace dataplane
