// SPDX-License-Identifier: Apache-2.0
#include "dataplane/link/steps.hpp"

namespace dataplane {

using flowtable::Endpoint;
using flowtable::FlowKey;

// RFC 9293 section 3.1. Options are not read, and neither is the checksum (see step_ipv4).
DropReason step_tcp(DecodeCursor& at, PacketView& out) noexcept {
  constexpr uint8_t kTcp = 6;
  constexpr uint32_t kHeaderBytes = 20;
  Endpoint sender{at.source}, receiver{at.destination};
  uint8_t offset = 0;
  uint16_t checksum = 0, urgent = 0;
  if (!at.bytes.u16(sender.port) || !at.bytes.u16(receiver.port) || !at.bytes.u32(out.seq) ||
      !at.bytes.u32(out.ack) || !at.bytes.u8(offset) || !at.bytes.u8(out.tcp_flags) ||
      !at.bytes.u16(out.window) || !at.bytes.u16(checksum) || !at.bytes.u16(urgent)) {
    return at.too_short(DropReason::tcp_header_bad);
  }
  const uint32_t header_bytes = (offset >> 4) * 4u;
  if (header_bytes < kHeaderBytes) return DropReason::tcp_header_bad;
  if (!at.bytes.skip(header_bytes - kHeaderBytes)) return at.too_short(DropReason::tcp_header_bad);

  const FlowKey::Ordered ordered = FlowKey::of(sender, receiver, kTcp);
  out.key = ordered.key;
  out.sender = ordered.sender;
  out.hash = hash_flow_key(out.key, at.hash_seed);
  out.payload = at.bytes.rest();
  out.missing_bytes = at.missing;
  out.ttl = at.ttl;
  return at.go_on(HeaderSpace::done, 0);
}

}  // namespace dataplane
