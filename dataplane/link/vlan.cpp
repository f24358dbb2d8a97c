// SPDX-License-Identifier: Apache-2.0
#include "dataplane/link/steps.hpp"

namespace dataplane {
namespace {

// A tag of `bytes`, then the ether type of what it tags.
DropReason skip_tag(DecodeCursor& at, size_t bytes) noexcept {
  constexpr uint8_t kTagsMax = 4;
  uint16_t ether_type = 0;
  if (++at.vlan_tags > kTagsMax) return DropReason::vlan_too_deep;
  if (!at.bytes.skip(bytes) || !at.bytes.u16(ether_type)) return DropReason::frame_truncated;
  return at.go_on(HeaderSpace::ether_type, ether_type);
}

}  // namespace

// IEEE 802.1Q and 802.1ad.
DropReason step_vlan(DecodeCursor& at, PacketView&) noexcept {
  return skip_tag(at, 2);
}

// Cisco's VN-Tag (proposed as IEEE 802.1Qbh), as fabric extenders put it.
DropReason step_vn_tag(DecodeCursor& at, PacketView&) noexcept {
  return skip_tag(at, 4);
}

// The E-tag of IEEE 802.1BR, which came of it.
DropReason step_e_tag(DecodeCursor& at, PacketView&) noexcept {
  return skip_tag(at, 6);
}

// IEEE 802.1ah: a service tag of four bytes, then a whole frame of the customer's.
DropReason step_service_tag(DecodeCursor& at, PacketView&) noexcept {
  if (!at.bytes.skip(4)) return DropReason::frame_truncated;
  return at.go_on(LinkType::ethernet);
}

// Cisco MetaData, the security group tag of TrustSec on the wire: version 1, how many words of
// options (one: the tag), the options, the ether type.
DropReason step_cisco_metadata(DecodeCursor& at, PacketView&) noexcept {
  uint8_t version = 0, words = 0;
  if (!at.bytes.u8(version) || !at.bytes.u8(words)) return DropReason::frame_truncated;
  if (version != 1) return DropReason::link_header_bad;
  return skip_tag(at, words * size_t{4});
}

}  // namespace dataplane
