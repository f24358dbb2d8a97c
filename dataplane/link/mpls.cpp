// SPDX-License-Identifier: Apache-2.0
#include "dataplane/link/steps.hpp"

namespace dataplane {
namespace {

using flowtable::ByteReader;

bool is_tag(uint16_t ether_type) noexcept {
  return ether_type == 0x8100 || ether_type == 0x88a8 || ether_type == 0x9100;
}

// Whether an IP header stands here whose lengths fit into what is there; `wire_bytes` is that.
bool is_ip(ByteReader at, size_t wire_bytes) noexcept {
  constexpr size_t kIpv6Header = 40;
  uint8_t first = 0, service = 0;
  uint16_t length = 0;
  ByteReader ipv6 = at;
  if (!at.u8(first) || !at.u8(service) || !at.u16(length)) return false;
  if (first >> 4 == 4) {
    const size_t header_bytes = (first & 0x0fu) * 4;
    return header_bytes >= 20 && length >= header_bytes && length <= wire_bytes;
  }
  uint32_t version_and_labels = 0;
  uint16_t payload_bytes = 0;
  return ipv6.u32(version_and_labels) && ipv6.u16(payload_bytes) && version_and_labels >> 28 == 6 &&
         payload_bytes + kIpv6Header <= wire_bytes;
}

// Whether an Ethernet frame that carries IP stands here: its ether type and the header behind it
// agree. At most two tags are looked through.
bool is_ethernet(ByteReader at, size_t wire_bytes) noexcept {
  constexpr size_t kAddresses = 2 * 6;
  const size_t all_bytes = at.size();
  uint16_t ether_type = 0;
  if (!at.skip(kAddresses) || !at.u16(ether_type)) return false;
  for (int tags = 0; tags < 2 && is_tag(ether_type); ++tags)
    if (!at.skip(2) || !at.u16(ether_type)) return false;
  if (ether_type != 0x0800 && ether_type != 0x86dd) return false;
  const uint8_t version = ether_type == 0x0800 ? 4 : 6;
  return !at.empty() && at.rest().front() >> 4 == version &&
         is_ip(at, wire_bytes - (all_bytes - at.size()));
}

}  // namespace

// RFC 3032 section 2.1: labels of four bytes, of which the last has its bottom bit set. Nothing
// says what follows. IP shows its version, which is why a control word of a pseudowire begins with
// the bits 0000 (RFC 4385 section 3). A pseudowire for Ethernet (RFC 4448) may go without that
// word, and its first address may begin with any bits; so every reading must also be consistent in
// itself, and IP comes first.
DropReason step_mpls(DecodeCursor& at, PacketView&) noexcept {
  constexpr size_t kLabelsMax = 16;
  constexpr uint32_t kBottom = 0x100;
  constexpr size_t kControlWord = 4;
  uint32_t label = 0;
  for (size_t labels = 0; (label & kBottom) == 0; ++labels) {
    if (labels == kLabelsMax) return DropReason::mpls_too_deep;
    if (!at.bytes.u32(label)) return DropReason::frame_truncated;
  }
  if (at.ip_follows() && is_ip(at.bytes, at.wire_bytes())) return at.go_on(LinkType::raw_ip);
  ByteReader behind_word = at.bytes;
  if (at.first_nibble() == 0 && behind_word.skip(kControlWord) &&
      is_ethernet(behind_word, at.wire_bytes() - kControlWord)) {
    at.bytes = behind_word;
    return at.go_on(LinkType::ethernet);
  }
  if (is_ethernet(at.bytes, at.wire_bytes())) return at.go_on(LinkType::ethernet);
  return DropReason::mpls_other;
}

}  // namespace dataplane
