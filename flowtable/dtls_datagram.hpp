// SPDX-License-Identifier: Apache-2.0
// What a poll core can tell of a datagram with DTLS records, without reading their messages.
#pragma once

#include "flowtable/base/byte_reader.hpp"

#include <cstddef>
#include <cstdint>

namespace flowtable {

// RFC 6347 section 4.1, RFC 9147 section 4. All pure; any bytes.
struct DtlsSight {
  bool clear = false;         // there is a record of epoch 0
  bool encrypted = false;     // there is a record of a later epoch
  bool client_hello = false;  // the first fragment of a ClientHello is among the clear ones
  bool server_hello = false;  // the same of a ServerHello or HelloVerifyRequest
  Bytes client_random;        // of that ClientHello, if it is the first one of its client
  size_t clear_bytes = 0;     // from the start up to the end of the last clear record
};

// The records of a datagram as far as they can be followed. RFC 7983: on ports that DTLS shares
// with STUN, TURN and media, datagrams of the others come out with nothing set.
[[nodiscard]] DtlsSight look_at_dtls(Bytes datagram) noexcept;

// The datagram is so surely the beginning of a handshake that a flow may be made for it: a whole
// record of epoch 0, in it a hello of either side with lengths and versions that fit. `wire_bytes`
// is its length on the wire, of which a snap length may have cut some.
[[nodiscard]] bool begins_dtls(Bytes datagram, size_t wire_bytes) noexcept;

// RFC 5415 section 4.2: CAPWAP's control channel puts four bytes before each DTLS record. The same
// datagram without them; any other as it is.
[[nodiscard]] Bytes without_capwap(Bytes datagram) noexcept;

}  // namespace flowtable
