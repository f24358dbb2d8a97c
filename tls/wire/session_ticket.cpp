// SPDX-License-Identifier: Apache-2.0
#include "tls/wire/session_ticket.hpp"

namespace tls {

using flowtable::ByteReader;
using flowtable::Bytes;

Parsed<Bytes> parse_new_session_ticket(Bytes body) noexcept {
  ByteReader reader(body);
  uint32_t lifetime_hint_s = 0;
  ByteReader ticket;
  if (!reader.u32(lifetime_hint_s) || !reader.u16_prefixed(ticket)) {
    return fail(ParseError::truncated);
  }
  if (!reader.empty()) return fail(ParseError::left_over);
  return ticket.rest();
}

}  // namespace tls
