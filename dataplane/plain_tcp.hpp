// SPDX-License-Identifier: Apache-2.0
// The packet that nearly all are, read in one go.
#pragma once

#include "dataplane/link_type.hpp"
#include "dataplane/packet_decode.hpp"
#include "flowtable/base/big_endian.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace dataplane {
namespace plain {

// Where the fields lie: IEEE 802.3, RFC 791 section 3.1 and RFC 9293 section 3.1, without options.
inline constexpr size_t kEtherTypeAt = 12;
inline constexpr size_t kIpAt = 14;
inline constexpr size_t kTcpAt = kIpAt + 20;
inline constexpr size_t kHeadersBytes = kTcpAt + 20;
using Headers = std::span<const uint8_t, kHeadersBytes>;

// Compares what says which kind of packet this is, all at once.
inline bool is_plain(Headers headers) noexcept {
  constexpr uint16_t kIpv4 = 0x0800, kFragment = 0x3fff;
  constexpr uint8_t kVersionAndLength = 0x45, kTcp = 6;
  const uint8_t* const ip = headers.data() + kIpAt;
  return flowtable::load_be16(headers.data() + kEtherTypeAt) == kIpv4 &&
         ip[0] == kVersionAndLength && ip[9] == kTcp &&
         (flowtable::load_be16(ip + 6) & kFragment) == 0;
}

// FlowKey::of() of two IPv4 endpoints: the address that decides the order is one word of each.
inline flowtable::FlowKey::Ordered key_of(Headers headers) noexcept {
  constexpr uint64_t kMapped = 0x0000ffff00000000;
  constexpr uint8_t kTcp = 6;
  const uint64_t source = flowtable::load_be32(headers.data() + kIpAt + 12);
  const uint64_t target = flowtable::load_be32(headers.data() + kIpAt + 16);
  const uint16_t source_port = flowtable::load_be16(headers.data() + kTcpAt);
  const uint16_t target_port = flowtable::load_be16(headers.data() + kTcpAt + 2);
  const bool source_first = (source << 16 | source_port) <= (target << 16 | target_port);
  const uint64_t a = source_first ? source : target, b = source_first ? target : source;
  const uint32_t a_port = source_first ? source_port : target_port;
  const uint32_t b_port = source_first ? target_port : source_port;
  flowtable::FlowKey key;
  key.words = {0, kMapped | a, 0, kMapped | b,
               flowtable::FlowKey::last_word(a_port << 16 | b_port, kTcp)};
  return {key, source_first ? flowtable::Side::a : flowtable::Side::b};
}

}  // namespace plain

// TCP over IPv4 in an Ethernet frame without tag, IP option or fragment, of which all headers are
// there. Fills `out` exactly as the steps in link/ would and returns true; or returns false, with
// `out` unspecified, and leaves the frame to them: whatever is unusual or wrong is theirs to judge.
// A test holds the two against each other. Inline: every packet pays for it.
[[nodiscard]] inline bool decode_plain_tcp(flowtable::Bytes frame, const FrameMeta& meta,
                                           PacketView& out) noexcept {
  // One bounds check for all three headers; below, one for what the lengths say.
  if (frame.size() < plain::kHeadersBytes) return false;
  const plain::Headers headers = frame.first<plain::kHeadersBytes>();
  const size_t ip_bytes = flowtable::load_be16(headers.data() + plain::kIpAt + 2);
  const uint8_t* const tcp = headers.data() + plain::kTcpAt;
  const size_t tcp_bytes = static_cast<size_t>(tcp[12] >> 4) * 4;
  const size_t payload_at = plain::kTcpAt + tcp_bytes, end = plain::kIpAt + ip_bytes;
  if (!plain::is_plain(headers) || tcp_bytes < 20 || payload_at > end || end > frame.size())
    return false;

  // Hashed before it is stored, as words that are still in registers.
  const flowtable::FlowKey::Ordered ordered = plain::key_of(headers);
  out.hash = hash_flow_key(ordered.key, meta.hash_seed);
  out.key = ordered.key;
  out.sender = ordered.sender;
  out.tick = meta.tick;
  out.wire_bytes = std::max(meta.wire_bytes, static_cast<uint32_t>(frame.size()));
  out.seq = flowtable::load_be32(tcp + 4);
  out.ack = flowtable::load_be32(tcp + 8);
  out.tcp_flags = tcp[13];
  out.window = flowtable::load_be16(tcp + 14);
  out.ttl = headers[plain::kIpAt + 8];
  out.tcp_options = frame.subspan(plain::kHeadersBytes, payload_at - plain::kHeadersBytes);
  out.payload = frame.subspan(payload_at, end - payload_at);
  out.missing_bytes = 0;
  return true;
}

}  // namespace dataplane
