// SPDX-License-Identifier: Apache-2.0
#include "tls/probe/ssl2_answer.hpp"

namespace tls::probe {

using flowtable::ByteReader;
using flowtable::Bytes;

namespace {

constexpr uint8_t kError = 0;
constexpr uint8_t kServerHello = 4;

Parsed<Ssl2Answer> parse_server_hello(ByteReader reader) noexcept {
  Ssl2Answer out;
  uint8_t session_id_hit = 0;
  uint8_t certificate_type = 0;
  uint16_t certificate_bytes = 0;
  uint16_t spec_bytes = 0;
  uint16_t id_bytes = 0;
  if (!reader.u8(session_id_hit) || !reader.u8(certificate_type) || !reader.u16(out.version) ||
      !reader.u16(certificate_bytes) || !reader.u16(spec_bytes) || !reader.u16(id_bytes) ||
      !reader.take(certificate_bytes, out.certificate) || !reader.skip(spec_bytes) ||
      !reader.skip(id_bytes)) {
    return fail(ParseError::left_over);  // the fields do not fill the record
  }
  if (!reader.empty()) return fail(ParseError::left_over);
  return out;
}

}  // namespace

Parsed<Ssl2Answer> parse_ssl2_answer(Bytes stream) noexcept {
  constexpr uint16_t kLengthMask = 0x7fff;
  ByteReader reader(stream);
  uint16_t length = 0;
  Bytes record;
  if (!reader.u16(length)) return fail(ParseError::truncated);
  if (!reader.take(length & kLengthMask, record)) return fail(ParseError::truncated);
  ByteReader message(record);
  uint8_t type = 0;
  Ssl2Answer answer;
  if (!message.u8(type)) return fail(ParseError::type_unknown);
  if (type == kServerHello) return parse_server_hello(message);
  if (type != kError || !message.u16(answer.error) || !message.empty()) {
    return fail(ParseError::type_unknown);
  }
  answer.is_error = true;
  return answer;
}

}  // namespace tls::probe
