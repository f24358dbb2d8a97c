// SPDX-License-Identifier: Apache-2.0
// The packets of a QUIC datagram, as far as their headers are in clear.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "tls/wire/parse_error.hpp"
#include "tls/wire/quic_version.hpp"

#include <cstddef>
#include <cstdint>

namespace tls {

enum class QuicPacketType : uint8_t {
  initial,
  zero_rtt,
  handshake,
  retry,
  version_negotiation,
  one_rtt,         // short header: takes the rest of the datagram
  version_unknown  // long header of a version that is not in the table: takes the rest, too
};

// Windows of one packet. Borrows from the datagram.
struct QuicPacket {
  QuicPacketType type{};
  uint32_t version = 0;                 // 0 where the header is short
  const QuicVersion* format = nullptr;  // its row of the table, if any
  flowtable::Bytes destination_id;      // empty where the header is short
  flowtable::Bytes source_id;           // likewise
  flowtable::Bytes token;               // of Initial and Retry
  flowtable::Bytes original_id;         // of a Retry of drafts up to 24
  flowtable::Bytes versions;            // of version negotiation: four bytes each
  flowtable::Bytes bytes;               // the whole packet
  size_t packet_number_at = 0;          // in `bytes`; of Initial, 0-RTT and Handshake
};

// RFC 9000 section 16. Advances only where the whole number is there.
[[nodiscard]] bool read_quic_varint(flowtable::ByteReader& reader, uint64_t& out) noexcept;

// Yields the packets that are coalesced in one datagram (RFC 9000 sections 12.2 and 17, RFC 8999,
// RFC 9369 section 3.2). The protected first byte is taken for what it shows: its Fixed Bit may be
// greased (RFC 9287).
class QuicPacketReader {
 public:
  // RFC 9000 section 17.2: connection ids of versions 1 and 2 and of the drafts here.
  static constexpr size_t kConnectionIdBytesMax = 20;

  explicit QuicPacketReader(flowtable::Bytes datagram) noexcept : reader_(datagram) {}

  // Also after an error: what follows a broken packet cannot be found.
  [[nodiscard]] bool at_end() const noexcept { return reader_.empty(); }
  [[nodiscard]] Parsed<QuicPacket> next() noexcept;

 private:
  [[nodiscard]] Parsed<QuicPacket> read_long(flowtable::ByteReader ahead,
                                             uint8_t first_byte) noexcept;

  flowtable::ByteReader reader_;
};

}  // namespace tls
