// SPDX-License-Identifier: Apache-2.0
// Writes the QUIC frames and headers that we say.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "tls/probe/received_numbers.hpp"
#include "tls/probe/wire_writer.hpp"
#include "tls/wire/quic_packet.hpp"
#include "tls/wire/quic_version.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tls::probe {

// RFC 9000 section 20.1.
inline constexpr uint64_t kQuicNoError = 0x00;
inline constexpr uint64_t kQuicProtocolViolation = 0x0a;

// RFC 9000 section 16, in as few bytes as will do; below 2^62.
void write_varint(WireWriter& out, uint64_t value);

// RFC 9000 section 19: PING, ACK (of at least one number, without delay), CRYPTO, CONNECTION_CLOSE.
void write_ping(WireWriter& out);
void write_ack(WireWriter& out, const ReceivedNumbers& received);
void write_crypto(WireWriter& out, uint64_t offset, flowtable::Bytes data);
void write_close(WireWriter& out, uint64_t error_code);
// The bytes of a CRYPTO frame before its data: at most.
inline constexpr size_t kCryptoHeaderBytesMax = 1 + 8 + 2;

// RFC 9000 section 18, with limits that a browser has, for a client whose connection id is empty.
[[nodiscard]] std::vector<uint8_t> quic_transport_parameters();

// RFC 9000 section 17.2: the header of an Initial or Handshake packet without a source id, its
// packet number of kNumberBytes included. `payload_bytes`: of its frames.
inline constexpr size_t kNumberBytes = 2;
struct LongHeader {
  const QuicVersion* format = nullptr;
  uint32_t version = 0;
  QuicPacketType type = QuicPacketType::initial;
  flowtable::Bytes destination_id{};
  flowtable::Bytes token{};  // of Initial
  uint64_t number = 0;
};
[[nodiscard]] std::vector<uint8_t> long_header(const LongHeader& header, size_t payload_bytes);
// Its length.
[[nodiscard]] size_t long_header_bytes(const LongHeader& header);

}  // namespace tls::probe
