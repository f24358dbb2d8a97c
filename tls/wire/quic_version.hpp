// SPDX-License-Identifier: Apache-2.0
// The QUIC versions whose Initial packets can be opened, and all that differs between them.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace tls {

// Version numbers that mean something of their own.
inline constexpr uint32_t kQuicVersionNegotiation = 0;
inline constexpr uint32_t kQuic1 = 0x00000001;
inline constexpr uint32_t kQuic2 = 0x6b3343cf;

// How a Retry packet is made genuine.
enum class QuicRetryForm : uint8_t {
  original_id,    // drafts up to 24: the packet repeats the client's first Destination CID
  integrity_tag,  // RFC 9001 section 5.8: sixteen bytes at the end
  unknown         // its key is not public
};

// Whose numbers and forms frames have.
enum class QuicFraming : uint8_t {
  ietf,   // RFC 9000 section 19
  google  // what Google's QUIC had before
};

// Labels of HKDF-Expand-Label without "tls13 " (RFC 9001 section 5.1, RFC 9369 section 3.3.2).
struct QuicLabels {
  std::string_view key;
  std::string_view iv;
  std::string_view hp;
};

// One row of the table: version numbers from `first` to `last`, both included.
struct QuicVersion {
  uint32_t first = 0;
  uint32_t last = 0;
  std::array<uint8_t, 20> initial_salt{};
  const QuicLabels* labels = nullptr;
  // Which of the four two-bit packet types means what: the type of Initial; the others follow it
  // cyclically in the order 0-RTT, Handshake, Retry.
  uint8_t initial_type = 0;
  QuicFraming framing = QuicFraming::ietf;
  QuicRetryForm retry_form = QuicRetryForm::integrity_tag;
  std::array<uint8_t, 16> retry_key{};  // where there is an integrity tag
  std::array<uint8_t, 12> retry_nonce{};
};

// Sorted by `first`; no two rows overlap.
[[nodiscard]] std::span<const QuicVersion> quic_version_table() noexcept;

// Null where Initial packets of this version cannot be opened: unknown, reserved for greasing
// (RFC 9000 section 15), version negotiation, or Google's QUIC without TLS.
[[nodiscard]] const QuicVersion* find_quic_version(uint32_t number) noexcept;

// Versions that speak TLS or ask for a version negotiation, though their keys may not be known:
// IETF's drafts, Meta's, and those of RFC 9000 section 15 that only exercise the negotiation.
[[nodiscard]] bool is_quic_with_tls(uint32_t number) noexcept;

}  // namespace tls
