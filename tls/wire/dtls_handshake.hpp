// SPDX-License-Identifier: Apache-2.0
// DTLS handshake messages, which come in fragments.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "tls/wire/handshake_assembler.hpp"
#include "tls/wire/ids.hpp"
#include "tls/wire/parse_error.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace tls {

// RFC 6347 section 4.2.2: a piece of a message. Borrows from its record.
struct DtlsFragment {
  HandshakeType type{};
  uint16_t message_seq = 0;
  uint32_t length = 0;     // of the whole message's body
  uint32_t offset = 0;     // of the piece in it
  flowtable::Bytes piece;  // offset + piece.size() <= length
  [[nodiscard]] bool whole() const noexcept { return piece.size() == length; }
};

// The next fragment of a handshake record's payload, which may hold several. A fragment that
// reaches behind the payload or its message's end is `truncated`.
[[nodiscard]] Parsed<DtlsFragment> read_dtls_fragment(flowtable::ByteReader& payload) noexcept;

enum class DtlsMessageState : uint8_t {
  whole,      // `message` is it
  gap,        // pieces before the last one that is there are missing
  cut,        // only the end is missing
  too_large,  // longer than HandshakeAssembler::kMessageBytesMax, or than the join buffer
};

struct DtlsMessage {
  DtlsMessageState state{};
  HandshakeMessage message;  // where it is not whole: only its type
  bool conflict = false;     // fragments said different things; the first one counted
};

// Puts one message together from all fragments there are of its message_seq, in the order in which
// they came; at least one. The first says type and length: others that contradict are left out.
// Where the first is the whole message that is a window of it, else the message is joined in
// `join_buffer` and stays there until that is used again.
[[nodiscard]] DtlsMessage join_dtls_message(std::span<const DtlsFragment> fragments,
                                            std::span<uint8_t> join_buffer) noexcept;

}  // namespace tls
