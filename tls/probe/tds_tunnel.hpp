// SPDX-License-Identifier: Apache-2.0
// SQL Server's packets, and TLS inside them during the handshake.
#pragma once

#include "flowtable/base/byte_reader.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tls::probe {

// MS-TDS 2.2.3.1: type, status, length with the header (big-endian), SPID (two bytes), packet
// number, window.
struct TdsPacketHeader {
  static constexpr size_t kBytes = 8;
  static constexpr uint8_t kPrelogin = 0x12;
  static constexpr uint8_t kReply = 0x04;

  uint8_t type = 0;
  bool is_last = false;  // of its message
  uint16_t body_bytes = 0;

  // False where the bytes are fewer than kBytes, or the length is less than the header's.
  [[nodiscard]] bool read(flowtable::Bytes bytes) noexcept;
};

// The server's direction of a handshake, in pieces of any size.
class TdsTunnel {
 public:
  // Appends what the packets carry to `tls`. Bare records may follow the last packet, for there the
  // handshake is over. False: neither of the two; nothing is appended from there on.
  [[nodiscard]] bool unwrap(flowtable::Bytes received, std::vector<uint8_t>& tls);

  // One message, in packets of at most 4,096 bytes: what is agreed on before the login.
  [[nodiscard]] static std::vector<uint8_t> wrap(flowtable::Bytes tls);

 private:
  enum class State : uint8_t { header, body, bare, broken };

  [[nodiscard]] bool read_header(uint8_t byte);

  State state_ = State::header;
  std::array<uint8_t, TdsPacketHeader::kBytes> header_{};
  size_t header_bytes_ = 0;
  size_t body_bytes_ = 0;  // that are still to come
};

}  // namespace tls::probe
