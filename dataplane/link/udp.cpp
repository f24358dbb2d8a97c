// SPDX-License-Identifier: Apache-2.0
#include "dataplane/link/steps.hpp"
#include "dataplane/link/udp_tunnel.hpp"

namespace dataplane {

using flowtable::Endpoint;
using flowtable::FlowKey;

// RFC 768. The checksum is not looked at (see step_ipv4).
DropReason step_udp(DecodeCursor& at, PacketView& out) noexcept {
  constexpr uint8_t kUdp = 17;
  constexpr uint16_t kHeaderBytes = 8;
  Endpoint sender{at.source}, receiver{at.destination};
  uint16_t length = 0, checksum = 0;
  if (!at.bytes.u16(sender.port) || !at.bytes.u16(receiver.port) || !at.bytes.u16(length) ||
      !at.bytes.u16(checksum)) {
    return at.too_short(DropReason::udp_header_bad);
  }
  // Zero: a jumbogram (RFC 2675 section 4), or a packet captured before segmentation offload cut
  // it. What IP carries beyond the length is padding.
  if (length != 0) {
    if (length < kHeaderBytes) return DropReason::udp_header_bad;
    at.limit_to(length - kHeaderBytes);
  }

  // A tunnel goes on with the packet that it carries; what follows is the end of the way for all
  // others.
  if (const auto tunnel = enter_udp_tunnel(at, sender.port, receiver.port)) return *tunnel;
  const FlowKey::Ordered ordered = FlowKey::of(sender, receiver, kUdp);
  out.key = ordered.key;
  out.sender = ordered.sender;
  out.hash = hash_flow_key(out.key, at.hash_seed);
  out.seq = 0;
  out.ack = 0;
  out.tcp_flags = 0;
  out.window = 0;
  out.payload = at.bytes.rest();
  out.missing_bytes = at.missing;
  out.ttl = at.ttl;
  return at.go_on(HeaderSpace::done, 0);
}

}  // namespace dataplane
