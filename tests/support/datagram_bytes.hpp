// SPDX-License-Identifier: Apache-2.0
// Writes DTLS records and the outsides of QUIC packets for tests.
#pragma once

#include "tests/support/hello_builder.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace tests {

inline constexpr uint16_t kDtls12 = 0xfefd;
inline constexpr uint32_t kQuicV1 = 1;
inline constexpr uint32_t kQuicV2 = 0x6b3343cf;
inline constexpr uint32_t kQuicV2Draft = 0x709a50c4;

struct DtlsRecord {
  uint8_t type = kHandshake;
  uint16_t version = kDtls12;
  uint16_t epoch = 0;
  uint64_t number = 0;
};
[[nodiscard]] ByteVector dtls_record(const DtlsRecord& record, std::span<const uint8_t> payload);

// Bytes [offset, offset + length) of a message's body behind a fragment header.
struct Fragment {
  uint8_t type = 1;
  uint16_t message_seq = 0;
  size_t offset = 0;
  size_t length = 0xffffff;  // as much as there is
};
[[nodiscard]] ByteVector dtls_fragment(const Fragment& fragment, std::span<const uint8_t> body);
// A record with one whole message.
[[nodiscard]] ByteVector dtls_message(uint8_t type, uint16_t message_seq,
                                      std::span<const uint8_t> body);
// Encrypted Finished of epoch 1, and of DTLS 1.3 with a unified header.
[[nodiscard]] ByteVector dtls_encrypted();
[[nodiscard]] ByteVector dtls13_encrypted();

// Bodies. The cookie stands between session id and cipher suites (RFC 6347 section 4.2.1).
[[nodiscard]] ByteVector dtls_client_hello(const ClientHelloLists& lists, const ByteVector& cookie);
[[nodiscard]] ByteVector hello_verify_request(const ByteVector& cookie);

enum class QuicType : uint8_t { initial, zero_rtt, handshake, retry };
struct QuicPacket {
  QuicType type = QuicType::initial;
  uint32_t version = kQuicV1;
  ByteVector destination_id = ByteVector(8, 0xd1);
  ByteVector source_id{};
  ByteVector token{};
};
// A long header and `bytes` bytes of packet number and protected payload.
[[nodiscard]] ByteVector quic_packet(const QuicPacket& packet, size_t bytes);
[[nodiscard]] ByteVector quic_negotiation(const ByteVector& destination_id,
                                          const ByteVector& source_id);
[[nodiscard]] ByteVector quic_short_header(size_t bytes = 40);

}  // namespace tests
