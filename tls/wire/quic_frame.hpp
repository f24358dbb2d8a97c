// SPDX-License-Identifier: Apache-2.0
// The frames of an opened QUIC Initial packet.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "tls/wire/parse_error.hpp"
#include "tls/wire/quic_version.hpp"

#include <cstdint>
#include <optional>

namespace tls {

// RFC 9000 section 12.4: what may be in an Initial packet. The error code of Google's own
// CONNECTION_CLOSE is none of RFC 9000: it is not kept.
enum class QuicFrameType : uint8_t { padding, ping, ack, crypto, connection_close };

struct QuicFrame {
  QuicFrameType type{};
  uint64_t offset = 0;      // of crypto: where `data` begins in the stream
  flowtable::Bytes data;    // of crypto. Borrows
  uint64_t error_code = 0;  // of connection_close
};

// Yields the frames of a packet's payload; a run of padding is one. Borrows, allocates nothing.
class QuicFrameReader {
 public:
  explicit QuicFrameReader(flowtable::Bytes payload,
                           QuicFraming framing = QuicFraming::ietf) noexcept
      : reader_(payload), framing_(framing) {}

  [[nodiscard]] bool at_end() const noexcept { return reader_.empty(); }
  // After an error the reader is at its end.
  [[nodiscard]] Parsed<QuicFrame> next() noexcept;

 private:
  flowtable::ByteReader reader_;
  QuicFraming framing_;
};

// RFC 9001 section 4.8: the TLS alert in a CONNECTION_CLOSE frame's error code.
[[nodiscard]] std::optional<uint8_t> alert_of_quic_error(uint64_t error_code) noexcept;

}  // namespace tls
