// SPDX-License-Identifier: Apache-2.0
#include "tls/wire/dtls_handshake.hpp"

#include "tls/wire/message_assembler.hpp"

#include <algorithm>

namespace tls {

using flowtable::ByteReader;
using flowtable::Bytes;

namespace {

bool is_of(const DtlsFragment& fragment, const DtlsFragment& first) noexcept {
  return fragment.type == first.type && fragment.length == first.length;
}

DtlsMessage take_whole(std::span<const DtlsFragment> fragments) noexcept {
  const DtlsFragment& first = fragments.front();
  DtlsMessage out{DtlsMessageState::whole, {first.type, first.piece, false}};
  for (const DtlsFragment& again : fragments.subspan(1)) {
    const bool same =
        is_of(again, first) &&
        std::ranges::equal(again.piece, first.piece.subspan(again.offset, again.piece.size()));
    out.conflict = out.conflict || !same;
  }
  return out;
}

}  // namespace

Parsed<DtlsFragment> read_dtls_fragment(ByteReader& payload) noexcept {
  ByteReader ahead = payload;
  DtlsFragment out;
  uint8_t type = 0;
  ByteReader piece;
  if (!ahead.u8(type) || !ahead.u24(out.length) || !ahead.u16(out.message_seq) ||
      !ahead.u24(out.offset) || !ahead.u24_prefixed(piece)) {
    return fail(ParseError::truncated);
  }
  if (out.offset > out.length || piece.size() > out.length - out.offset) {
    return fail(ParseError::truncated);
  }
  out.type = static_cast<HandshakeType>(type);
  out.piece = piece.rest();
  payload = ahead;
  return out;
}

DtlsMessage join_dtls_message(std::span<const DtlsFragment> fragments,
                              std::span<uint8_t> join_buffer) noexcept {
  const DtlsFragment& first = fragments.front();
  DtlsMessage out{DtlsMessageState::too_large, {first.type, {}, false}};
  if (first.length > HandshakeAssembler::kMessageBytesMax) return out;
  if (first.whole()) return take_whole(fragments);
  if (first.length > join_buffer.size()) return out;

  MessageAssembler assembler(join_buffer.first(first.length));
  for (const DtlsFragment& fragment : fragments) {
    out.conflict = out.conflict || !is_of(fragment, first);
    if (is_of(fragment, first)) (void)assembler.insert(fragment.offset, fragment.piece);
  }
  out.conflict = out.conflict || assembler.conflict();
  if (assembler.full()) {
    out.state = DtlsMessageState::whole;
    out.message.body = assembler.prefix();
    out.message.joined = true;
  } else {
    // Fragments that found no place opened too many gaps.
    const bool has_gap = assembler.has_gap() || assembler.truncated();
    out.state = has_gap ? DtlsMessageState::gap : DtlsMessageState::cut;
  }
  return out;
}

}  // namespace tls
