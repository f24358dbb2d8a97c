// SPDX-License-Identifier: Apache-2.0
// Writes QUIC packets for tests: the other direction of tls/wire and tls/quic. The protection is
// OpenSSL's, put on here; the keys are given.
#pragma once

#include "tests/support/hello_builder.hpp"
#include "tls/quic/initial_keys.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace tests {

[[nodiscard]] ByteVector from_hex(std::string_view hex);
// RFC 9000 section 16, in as few bytes as will do.
[[nodiscard]] ByteVector quic_varint(uint64_t value);

[[nodiscard]] ByteVector crypto_frame(uint64_t offset, std::span<const uint8_t> data);
[[nodiscard]] ByteVector close_frame(uint64_t error_code);

struct InitialParts {
  uint32_t version = 1;
  ByteVector destination_id{};
  ByteVector source_id{};
  ByteVector token{};
  uint64_t number = 0;
  size_t number_bytes = 2;
  ByteVector payload{};
};
// A protected Initial packet. The payload is filled up with PADDING to `payload_min` bytes.
[[nodiscard]] ByteVector seal_initial(const InitialParts& parts, const tls::PacketKeys& keys,
                                      size_t payload_min = 0);
[[nodiscard]] tls::PacketKeys keys_of(uint32_t version, const ByteVector& first_id,
                                      tls::QuicSide sender);

struct RetryParts {
  uint32_t version = 1;
  ByteVector destination_id{};
  ByteVector source_id{};
  ByteVector token{};
};
// With its integrity tag, or in drafts up to 24 with the original id.
[[nodiscard]] ByteVector retry_packet(const RetryParts& parts, const ByteVector& original_id);
[[nodiscard]] ByteVector version_negotiation(const ByteVector& destination_id,
                                             const ByteVector& source_id,
                                             const std::vector<uint32_t>& versions);
// A long header packet that nobody has the keys of, with random-looking content.
[[nodiscard]] ByteVector opaque_packet(uint8_t first_byte, uint32_t version,
                                       const ByteVector& destination_id, size_t bytes);

// As flowtable/datagram_log.hpp keeps them.
[[nodiscard]] ByteVector datagram_log(const std::vector<ByteVector>& datagrams);

}  // namespace tests
