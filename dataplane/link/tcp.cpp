// SPDX-License-Identifier: Apache-2.0
#include "dataplane/link/steps.hpp"

namespace dataplane {

using flowtable::Endpoint;
using flowtable::FlowKey;

// RFC 9293 section 3.1. Options are handed on as they are. The checksum is not read (see
// step_ipv4).
DropReason step_tcp(DecodeCursor& at, PacketView& out) noexcept {
  constexpr uint8_t kTcp = 6;
  constexpr uint32_t kHeaderBytes = 20;
  Endpoint sender{at.source}, receiver{at.destination};
  flowtable::Bytes fixed;
  if (!at.bytes.take(kHeaderBytes, fixed)) return at.too_short(DropReason::tcp_header_bad);
  // Of a window of known size the compiler proves every read: one bounds check for all of them.
  flowtable::ByteReader header(fixed.first<kHeaderBytes>());
  uint32_t seq = 0, ack = 0;
  uint8_t offset = 0, flags = 0;
  uint16_t window = 0;
  if (!header.u16(sender.port) || !header.u16(receiver.port) || !header.u32(seq) ||
      !header.u32(ack) || !header.u8(offset) || !header.u8(flags) || !header.u16(window)) {
    return DropReason::tcp_header_bad;
  }
  const uint32_t header_bytes = (offset >> 4) * 4u;
  if (header_bytes < kHeaderBytes) return DropReason::tcp_header_bad;
  if (!at.bytes.take(header_bytes - kHeaderBytes, out.tcp_options)) {
    return at.too_short(DropReason::tcp_header_bad);
  }

  const FlowKey::Ordered ordered = FlowKey::of(sender, receiver, kTcp);
  out.key = ordered.key;
  out.sender = ordered.sender;
  out.hash = hash_flow_key(out.key, at.hash_seed);
  out.seq = seq;
  out.ack = ack;
  out.tcp_flags = flags;
  out.window = window;
  out.payload = at.bytes.rest();
  out.missing_bytes = at.missing;
  out.ttl = at.ttl;
  return at.go_on(HeaderSpace::done, 0);
}

}  // namespace dataplane
