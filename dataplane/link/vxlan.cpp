// SPDX-License-Identifier: Apache-2.0
#include "dataplane/link/udp_tunnel.hpp"

namespace dataplane {
namespace {

constexpr uint32_t kNetworkValid = 0x08000000;
constexpr uint32_t kLowByte = 0xff;

}  // namespace

// RFC 7348 section 5: flags of which one says that the network's number is there, 24 bits reserved,
// the number in 24 bits, 8 reserved. Linux and Cisco have put a group policy into the reserved ones
// (draft-smith-vxlan-group-policy), which their first flag says.
std::optional<DropReason> read_vxlan(DecodeCursor& at) noexcept {
  constexpr uint32_t kPolicy = 0x80000000, kPolicyBits = 0x00ffffff;
  uint32_t flags = 0, network = 0;
  if (!at.bytes.u32(flags) || !at.bytes.u32(network)) return std::nullopt;
  const uint32_t allowed =
      kNetworkValid | ((flags & kPolicy) != 0 ? kPolicy | kPolicyBits : uint32_t{0});
  if ((flags & kNetworkValid) == 0 || (flags & ~allowed) != 0 || (network & kLowByte) != 0) {
    return std::nullopt;
  }
  return at.go_on(LinkType::ethernet);
}

// draft-ietf-nvo3-vxlan-gpe-12 section 3: version 0 in two of the flags, and one that says that the
// header's fourth byte names what is carried.
std::optional<DropReason> read_vxlan_gpe(DecodeCursor& at) noexcept {
  constexpr uint32_t kVersion = 0x30000000, kNextValid = 0x04000000;
  constexpr uint32_t kReserved = 0xc0ffff00;
  uint32_t flags = 0, network = 0;
  if (!at.bytes.u32(flags) || !at.bytes.u32(network)) return std::nullopt;
  if ((flags & kNetworkValid) == 0 || (flags & (kVersion | kReserved)) != 0 ||
      (network & kLowByte) != 0) {
    return std::nullopt;
  }
  if ((flags & kNextValid) == 0) return at.go_on(LinkType::ethernet);
  switch (flags & kLowByte) {
    case 1:
      return at.go_on(HeaderSpace::ether_type, 0x0800);
    case 2:
      return at.go_on(HeaderSpace::ether_type, 0x86dd);
    case 3:
      return at.go_on(LinkType::ethernet);
    case 5:
      return at.go_on(HeaderSpace::ether_type, 0x8847);
    default:
      return DropReason::tunnel_no_ip;
  }
}

}  // namespace dataplane
