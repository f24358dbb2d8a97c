// SPDX-License-Identifier: Apache-2.0
#include "tls/wire/quic_packet.hpp"

#include <array>

namespace tls {

using flowtable::ByteReader;
using flowtable::Bytes;

namespace {

constexpr uint8_t kLongHeader = 0x80;
constexpr size_t kRetryTagBytes = 16;

QuicPacketType type_of(const QuicVersion& version, uint8_t first_byte) noexcept {
  constexpr std::array kInOrder{QuicPacketType::initial, QuicPacketType::zero_rtt,
                                QuicPacketType::handshake, QuicPacketType::retry};
  const unsigned bits = (first_byte >> 4 & 3u) + 4u - version.initial_type;
  return kInOrder[bits % 4];
}

bool read_retry(ByteReader& ahead, QuicPacket& packet) noexcept {
  if (packet.format->retry_form == QuicRetryForm::original_id) {
    // draft-ietf-quic-transport-24 section 17.2.5: ODCID Len (8), Original DCID, Retry Token.
    ByteReader original;
    if (!ahead.u8_prefixed(original)) return false;
    packet.original_id = original.rest();
    return ahead.take(ahead.size(), packet.token);
  }
  return ahead.size() >= kRetryTagBytes &&
         ahead.take(ahead.size() - kRetryTagBytes, packet.token) && ahead.skip(kRetryTagBytes);
}

bool read_protected(ByteReader& ahead, QuicPacket& packet) noexcept {
  uint64_t length = 0;
  if (packet.type == QuicPacketType::initial) {
    uint64_t token_bytes = 0;
    if (!read_quic_varint(ahead, token_bytes) || !ahead.take(token_bytes, packet.token)) {
      return false;
    }
  }
  if (!read_quic_varint(ahead, length)) return false;
  packet.packet_number_at = packet.bytes.size() - ahead.size();
  return ahead.skip(length);
}

bool read_rest(ByteReader& ahead, QuicPacket& packet) noexcept {
  switch (packet.type) {
    case QuicPacketType::initial:
    case QuicPacketType::zero_rtt:
    case QuicPacketType::handshake:
      return read_protected(ahead, packet);
    case QuicPacketType::retry:
      return read_retry(ahead, packet);
    case QuicPacketType::version_negotiation:
      return ahead.take(ahead.size(), packet.versions);
    case QuicPacketType::version_unknown:
    case QuicPacketType::one_rtt:
      return ahead.skip(ahead.size());
  }
  return false;
}

}  // namespace

bool read_quic_varint(ByteReader& reader, uint64_t& out) noexcept {
  ByteReader ahead = reader;
  uint8_t byte = 0;
  if (!ahead.u8(byte)) return false;
  uint64_t value = byte & 0x3f;
  for (int more = (1 << (byte >> 6)) - 1; more > 0; --more) {
    if (!ahead.u8(byte)) return false;
    value = value << 8 | byte;
  }
  out = value;
  reader = ahead;
  return true;
}

Parsed<QuicPacket> QuicPacketReader::next() noexcept {
  ByteReader ahead = reader_;
  uint8_t first_byte = 0;
  if (!ahead.u8(first_byte)) return fail(ParseError::truncated);
  if ((first_byte & kLongHeader) != 0) {
    const Parsed<QuicPacket> packet = read_long(ahead, first_byte);
    if (!packet.ok()) reader_ = ByteReader{};
    return packet;
  }
  QuicPacket packet;
  packet.type = QuicPacketType::one_rtt;
  packet.bytes = reader_.rest();
  reader_ = ByteReader{};
  return packet;
}

// RFC 8999 section 5.1 is what all versions have in common: version and connection ids.
Parsed<QuicPacket> QuicPacketReader::read_long(ByteReader ahead, uint8_t first_byte) noexcept {
  QuicPacket packet;
  ByteReader destination;
  ByteReader source;
  packet.bytes = reader_.rest();
  if (!ahead.u32(packet.version) || !ahead.u8_prefixed(destination) || !ahead.u8_prefixed(source)) {
    return fail(ParseError::truncated);
  }
  packet.destination_id = destination.rest();
  packet.source_id = source.rest();
  packet.format = find_quic_version(packet.version);
  if (packet.version == kQuicVersionNegotiation) {
    packet.type = QuicPacketType::version_negotiation;
  } else if (packet.format == nullptr) {
    packet.type = QuicPacketType::version_unknown;
  } else {
    packet.type = type_of(*packet.format, first_byte);
    if (destination.size() > kConnectionIdBytesMax || source.size() > kConnectionIdBytesMax) {
      return fail(ParseError::not_quic);
    }
  }
  if (!read_rest(ahead, packet)) return fail(ParseError::truncated);
  packet.bytes = packet.bytes.first(packet.bytes.size() - ahead.size());
  reader_ = ahead;
  return packet;
}

}  // namespace tls
