// SPDX-License-Identifier: Apache-2.0
#include "tests/support/datagram_bytes.hpp"

#include <algorithm>

namespace tests {

ByteVector dtls_record(const DtlsRecord& record, std::span<const uint8_t> payload) {
  ByteWriter out;
  out.u8(record.type).u16(record.version).u16(record.epoch);
  out.u16(record.number >> 32).u16(record.number >> 16).u16(record.number);
  return out.u16_prefixed(payload).out();
}

ByteVector dtls_fragment(const Fragment& fragment, std::span<const uint8_t> body) {
  const std::span<const uint8_t> piece =
      body.subspan(fragment.offset).first(std::min(fragment.length, body.size() - fragment.offset));
  ByteWriter out;
  out.u8(fragment.type).u24(body.size()).u16(fragment.message_seq).u24(fragment.offset);
  return out.u24_prefixed(piece).out();
}

ByteVector dtls_message(uint8_t type, uint16_t message_seq, std::span<const uint8_t> body) {
  return dtls_record({}, dtls_fragment({type, message_seq}, body));
}

ByteVector dtls_encrypted() {
  DtlsRecord record;
  record.epoch = 1;
  return dtls_record(record, ByteVector(48, 0xee));
}

ByteVector dtls13_encrypted() {
  // RFC 9147 section 4: 001, no connection id, 16 bits of number, a length, epoch 2.
  return ByteWriter().u8(0x2e).u16(7).u16_prefixed(ByteVector(40, 0xee)).out();
}

ByteVector dtls_client_hello(const ClientHelloLists& lists, const ByteVector& cookie) {
  const ByteVector body = client_hello_body(lists);
  const size_t before = 2 + 32 + 1 + lists.session_id.size();
  const std::span<const uint8_t> all(body);
  return ByteWriter().bytes(all.first(before)).u8_prefixed(cookie).bytes(all.subspan(before)).out();
}

ByteVector hello_verify_request(const ByteVector& cookie) {
  return ByteWriter().u16(0xfeff).u8_prefixed(cookie).out();
}

ByteVector quic_packet(const QuicPacket& packet, size_t bytes) {
  const size_t type = static_cast<size_t>(packet.type);
  const bool is_v2 = packet.version == kQuicV2 || packet.version == kQuicV2Draft;
  const size_t bits = is_v2 ? (type + 1) % 4 : type;
  ByteWriter out;
  out.u8(0xc0 | bits << 4).u16(packet.version >> 16).u16(packet.version & 0xffff);
  out.u8_prefixed(packet.destination_id).u8_prefixed(packet.source_id);
  if (packet.type == QuicType::retry) {
    return out.bytes(packet.token).fill(16, 0xa9).out();
  }
  // Varints of two bytes: RFC 9000 section 16.
  if (packet.type == QuicType::initial) {
    out.u16(0x4000 | packet.token.size()).bytes(packet.token);
  }
  return out.u16(0x4000 | bytes).fill(bytes, 0x5c).out();
}

ByteVector quic_negotiation(const ByteVector& destination_id, const ByteVector& source_id) {
  ByteWriter out;
  out.u8(0x80).u16(0).u16(0).u8_prefixed(destination_id).u8_prefixed(source_id);
  return out.u16(0).u16(1).u16(0x6b33).u16(0x43cf).out();
}

ByteVector quic_short_header(size_t bytes) {
  return ByteWriter().u8(0x41).fill(bytes, 0x77).out();
}

}  // namespace tests
