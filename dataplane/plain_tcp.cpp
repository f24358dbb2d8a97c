// SPDX-License-Identifier: Apache-2.0
#include "dataplane/plain_tcp.hpp"

#include <algorithm>

namespace dataplane {
namespace {

using flowtable::Bytes;
using flowtable::FlowKey;
using flowtable::load_be16;
using flowtable::load_be32;
using flowtable::Side;

// Where the fields lie: IEEE 802.3, RFC 791 section 3.1 and RFC 9293 section 3.1, without options.
constexpr size_t kEtherTypeAt = 12;
constexpr size_t kIpAt = 14;
constexpr size_t kTcpAt = kIpAt + 20;
constexpr size_t kHeadersBytes = kTcpAt + 20;
using Headers = std::span<const uint8_t, kHeadersBytes>;

// Compares what says which kind of packet this is, all at once.
bool is_plain(Headers headers) noexcept {
  constexpr uint16_t kIpv4 = 0x0800, kFragment = 0x3fff;
  constexpr uint8_t kVersionAndLength = 0x45, kTcp = 6;
  const uint8_t* const ip = headers.data() + kIpAt;
  return load_be16(headers.data() + kEtherTypeAt) == kIpv4 && ip[0] == kVersionAndLength &&
         ip[9] == kTcp && (load_be16(ip + 6) & kFragment) == 0;
}

// FlowKey::of() of two IPv4 endpoints: the address that decides the order is one word of each.
FlowKey::Ordered key_of(Headers headers) noexcept {
  constexpr uint64_t kMapped = 0x0000ffff00000000;
  constexpr uint8_t kTcp = 6;
  const uint64_t source = load_be32(headers.data() + kIpAt + 12);
  const uint64_t target = load_be32(headers.data() + kIpAt + 16);
  const uint64_t source_port = load_be16(headers.data() + kTcpAt);
  const uint64_t target_port = load_be16(headers.data() + kTcpAt + 2);
  const bool source_first = (source << 16 | source_port) <= (target << 16 | target_port);
  const uint64_t a = source_first ? source : target, b = source_first ? target : source;
  const uint64_t a_port = source_first ? source_port : target_port;
  const uint64_t b_port = source_first ? target_port : source_port;
  FlowKey key;
  key.words = {0, kMapped | a, 0, kMapped | b, a_port << 24 | b_port << 8 | kTcp};
  return {key, source_first ? Side::a : Side::b};
}

}  // namespace

bool decode_plain_tcp(Bytes frame, const FrameMeta& meta, PacketView& out) noexcept {
  // One bounds check for all three headers; below, one for what the lengths say.
  if (frame.size() < kHeadersBytes) return false;
  const Headers headers = frame.first<kHeadersBytes>();
  const size_t ip_bytes = load_be16(headers.data() + kIpAt + 2);
  const uint8_t* const tcp = headers.data() + kTcpAt;
  const size_t tcp_bytes = static_cast<size_t>(tcp[12] >> 4) * 4;
  const size_t payload_at = kTcpAt + tcp_bytes, end = kIpAt + ip_bytes;
  if (!is_plain(headers) || tcp_bytes < 20 || payload_at > end || end > frame.size()) return false;

  const FlowKey::Ordered ordered = key_of(headers);
  out.key = ordered.key;
  out.sender = ordered.sender;
  out.hash = hash_flow_key(out.key, meta.hash_seed);
  out.tick = meta.tick;
  out.wire_bytes = std::max(meta.wire_bytes, static_cast<uint32_t>(frame.size()));
  out.seq = load_be32(tcp + 4);
  out.ack = load_be32(tcp + 8);
  out.tcp_flags = tcp[13];
  out.window = load_be16(tcp + 14);
  out.ttl = headers[kIpAt + 8];
  out.tcp_options = frame.subspan(kHeadersBytes, payload_at - kHeadersBytes);
  out.payload = frame.subspan(payload_at, end - payload_at);
  out.missing_bytes = 0;
  return true;
}

}  // namespace dataplane
