// SPDX-License-Identifier: Apache-2.0
// What a datagram of an unknown conversation is the beginning of.
#pragma once

#include "flowtable/base/byte_reader.hpp"

#include <cstddef>
#include <cstdint>

namespace flowtable {

enum class DatagramKind : uint8_t {
  other,            // nothing that is followed: most of UDP
  dtls,             // a hello of DTLS
  quic,             // an Initial packet, or what may answer one
  quic_unfollowed,  // begins like QUIC, of a version whose handshake cannot be read
};

// Judges the first datagram of a conversation by its bytes, never by its ports. `wire_bytes` is its
// length on the wire. Decides by the first byte for nearly all that is neither.
[[nodiscard]] DatagramKind datagram_kind_of(Bytes datagram, size_t wire_bytes) noexcept;

}  // namespace flowtable
