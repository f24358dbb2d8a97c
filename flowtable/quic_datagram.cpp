// SPDX-License-Identifier: Apache-2.0
#include "flowtable/quic_datagram.hpp"

#include <algorithm>
#include <array>

namespace flowtable {
namespace {

constexpr uint8_t kLongHeader = 0x80;
constexpr uint8_t kFixedBit = 0x40;
constexpr size_t kConnectionIdBytesMax = 20;  // RFC 9000 section 17.2, of versions 1 and 2

enum class PacketType : uint8_t { initial, zero_rtt, handshake, retry };

// RFC 9000 section 17.2 and RFC 9369 section 3.2.
PacketType type_of(uint8_t first_byte, QuicVersion version) noexcept {
  constexpr std::array kTypes = {PacketType::initial, PacketType::zero_rtt, PacketType::handshake,
                                 PacketType::retry};
  const size_t bits = (first_byte & 0x30u) >> 4;
  return kTypes[version == QuicVersion::v2 ? (bits + 3) % 4 : bits];
}

// RFC 9000 section 16.
bool read_varint(ByteReader& reader, uint64_t& out) noexcept {
  uint8_t first = 0;
  if (!reader.u8(first)) return false;
  out = first & 0x3f;
  for (size_t left = (size_t{1} << (first >> 6)) - 1; left > 0; --left) {
    uint8_t next = 0;
    if (!reader.u8(next)) return false;
    out = out << 8 | next;
  }
  return true;
}

struct LongHeader {
  uint8_t first_byte = 0;
  uint32_t version = 0;
  ByteReader destination_id;
  ByteReader source_id;
};

// RFC 8999 section 5.1: what holds for every version.
bool read_long_header(ByteReader& reader, LongHeader& out) noexcept {
  return reader.u8(out.first_byte) && (out.first_byte & kLongHeader) != 0 &&
         reader.u32(out.version) && reader.u8_prefixed(out.destination_id) &&
         reader.u8_prefixed(out.source_id);
}

bool is_followed(QuicVersion version) noexcept {
  return version == QuicVersion::v1 || version == QuicVersion::v2;
}

// Walks the packets of one datagram.
class Walk {
 public:
  Walk(Bytes datagram, size_t wire_bytes) noexcept
      : datagram_(datagram),
        wire_bytes_(std::max(wire_bytes, datagram.size())),
        reader_(datagram) {}

  QuicSight run() noexcept {
    while (!reader_.empty() && take_packet()) {
    }
    return sight_;
  }

 private:
  [[nodiscard]] bool is_first() const noexcept { return reader_.size() == datagram_.size(); }
  void keep_up_to(size_t end) noexcept { sight_.kept_bytes = std::min(end, datagram_.size()); }

  // False behind the last packet.
  bool take_packet() noexcept {
    const uint8_t first_byte = reader_.rest()[0];
    if ((first_byte & kLongHeader) == 0) {
      // No length: a short header takes the rest. What pads a datagram has no fixed bit; nor has a
      // packet that greases it (RFC 9287), but in front of a datagram there is no padding.
      sight_.beyond = sight_.beyond || is_first() || (first_byte & kFixedBit) != 0;
      return false;
    }
    const bool first = is_first();
    LongHeader header;
    if (!read_long_header(reader_, header)) return false;
    const QuicVersion version = quic_version_of(header.version);
    if (first) {
      sight_.long_header = true;
      sight_.version = version;
      sight_.destination_id = header.destination_id.rest();
      sight_.source_id = header.source_id.rest();
    }
    if (version == QuicVersion::negotiation) return first && take_negotiation();
    if (version == QuicVersion::greased && first) keep_up_to(datagram_.size());
    // The fixed bit is not asked for: it may be greased (RFC 9287), and the version says more.
    if (!is_followed(version)) return false;
    if (header.destination_id.size() > kConnectionIdBytesMax ||
        header.source_id.size() > kConnectionIdBytesMax) {
      return false;
    }
    return take_body(type_of(header.first_byte, version), first);
  }

  bool take_negotiation() noexcept {
    // RFC 9000 section 17.2.1: a list of 32-bit versions.
    sight_.negotiation = !reader_.empty() && reader_.size() % 4 == 0;
    if (sight_.negotiation) keep_up_to(datagram_.size());
    return false;
  }

  bool take_body(PacketType type, bool first) noexcept {
    if (type == PacketType::retry) {
      // RFC 9000 section 17.2.5: it fills its datagram, and ends with a tag of 16 bytes.
      constexpr size_t kTagBytes = 16;
      sight_.retry = first && reader_.size() > kTagBytes;
      if (sight_.retry) keep_up_to(datagram_.size());
      return false;
    }
    uint64_t token_bytes = 0, length = 0;
    if (type == PacketType::initial &&
        (!read_varint(reader_, token_bytes) || token_bytes > reader_.size() ||
         !reader_.skip(static_cast<size_t>(token_bytes)))) {
      return false;
    }
    if (!read_varint(reader_, length)) return false;
    // RFC 9001 section 5.4.2: at least four bytes of packet number and payload, and a tag.
    constexpr uint64_t kLeastBytes = 4 + 16;
    const size_t begin = datagram_.size() - reader_.size();
    if (length < kLeastBytes || length > wire_bytes_ - begin) return false;
    const size_t end = begin + static_cast<size_t>(length);
    if (type == PacketType::initial) {
      sight_.initial = true;
      keep_up_to(end);
    }
    sight_.beyond = sight_.beyond || type == PacketType::handshake;
    return reader_.skip(static_cast<size_t>(length));
  }

  Bytes datagram_;
  size_t wire_bytes_;
  ByteReader reader_;
  QuicSight sight_;
};

bool is_google_version(uint32_t version) noexcept {
  return version >> 16 == 0x5130 && (version & 0xf0f0) == 0x3030;  // "Q0" and two digits
}

}  // namespace

QuicVersion quic_version_of(uint32_t version) noexcept {
  if (version == 0) return QuicVersion::negotiation;
  if (version == 1) return QuicVersion::v1;
  // RFC 9369 section 3.1, and the number that draft 1 of it had.
  if (version == 0x6b3343cf || version == 0x709a50c4) return QuicVersion::v2;
  if (version >> 8 == 0xff0000) {
    const uint32_t draft = version & 0xff;
    return draft >= 22 && draft <= 34 ? QuicVersion::v1 : QuicVersion::unfollowed;
  }
  if (version >> 8 == 0xfaceb0) return QuicVersion::v1;
  if (version == 0x54303530 || version == 0x54303531) return QuicVersion::v1;
  if (is_google_version(version)) return QuicVersion::unfollowed;
  if ((version & 0x0f0f0f0f) == 0x0a0a0a0a) return QuicVersion::greased;
  return QuicVersion::unknown;
}

QuicSight look_at_quic(Bytes datagram, size_t wire_bytes) noexcept {
  return Walk(datagram, wire_bytes).run();
}

bool is_google_quic(Bytes datagram) noexcept {
  // draft-hamilton-early-deployment-quic-00 section 6.1: flags, connection id, version.
  constexpr uint8_t kHasVersion = 0x01, kHasConnectionId = 0x08, kReserved = 0x80;
  ByteReader reader(datagram);
  uint8_t flags = 0;
  uint32_t version = 0;
  if (!reader.u8(flags)) return false;
  if ((flags & kLongHeader) != 0) return reader.u32(version) && is_google_version(version);
  if ((flags & kReserved) != 0 || (flags & kHasVersion) == 0) return false;
  if ((flags & kHasConnectionId) != 0 && !reader.skip(8)) return false;
  return reader.u32(version) && is_google_version(version);
}

}  // namespace flowtable
