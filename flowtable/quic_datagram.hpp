// SPDX-License-Identifier: Apache-2.0
// What a poll core can tell of a datagram with QUIC packets, without any key.
#pragma once

#include "flowtable/base/byte_reader.hpp"

#include <cstddef>
#include <cstdint>

namespace flowtable {

// How the long headers of a version are laid out, and whether its handshake is TLS.
enum class QuicVersion : uint8_t {
  negotiation,  // 0: RFC 9000 section 17.2.1
  v1,           // RFC 9000; also drafts 22 to 34, mvfst, Google's T050 and T051
  v2,           // RFC 9369 section 3.2: the same with other packet types
  greased,      // 0x?a?a?a?a, RFC 9000 section 15: meant to be answered by a negotiation
  unfollowed,   // Google's Q versions, drafts before 22: no TLS, or another layout
  unknown,
};
[[nodiscard]] QuicVersion quic_version_of(uint32_t version) noexcept;

// RFC 9000 section 17, RFC 8999. All pure; any bytes.
struct QuicSight {
  QuicVersion version = QuicVersion::unknown;  // of the first long header
  bool long_header = false;                    // the datagram begins with one that can be read
  bool initial = false;      // holds an Initial packet of a version that is followed
  bool retry = false;        // is a Retry packet
  bool negotiation = false;  // is a Version Negotiation packet
  bool beyond = false;       // holds a Handshake packet or one with a short header
  Bytes destination_id;      // connection ids of the first long header
  Bytes source_id;
  size_t kept_bytes = 0;  // from the start up to the end of the last packet worth keeping
};

// The packets of a datagram: RFC 9000 section 12.2, several in one. `wire_bytes` is its length on
// the wire, of which a snap length may have cut some.
[[nodiscard]] QuicSight look_at_quic(Bytes datagram, size_t wire_bytes) noexcept;

// Google's QUIC before it spoke TLS, by its own header (versions up to Q043) or a long one. Such
// datagrams are told apart only to be counted.
[[nodiscard]] bool is_google_quic(Bytes datagram) noexcept;

}  // namespace flowtable
