// SPDX-License-Identifier: Apache-2.0
#include "tls/wire/sslv2_hello.hpp"

#include "tls/wire/ids.hpp"

namespace tls {

using flowtable::ByteReader;
using flowtable::Bytes;

namespace {

constexpr uint8_t kClientHello = 1;
constexpr uint16_t kLengthMask = 0x7fff;
constexpr size_t kSpecBytes = 3;

// RFC 5246 appendix E.2: "The most significant bit MUST be set" of the record's length, and
// msg_type "MUST equal 1 for a version 2 ClientHello".
bool read_header(ByteReader& reader, uint16_t& length, uint16_t& version) noexcept {
  uint8_t type = 0;
  return reader.u16(length) && (length & ~kLengthMask) != 0 && reader.u8(type) &&
         type == kClientHello && reader.u16(version) &&
         (version == kSsl2 || (version >= kSsl3 && version <= kTls13));
}

}  // namespace

bool is_sslv2_hello(Bytes start) noexcept {
  ByteReader reader(start);
  uint16_t length = 0;
  uint16_t version = 0;
  return read_header(reader, length, version);
}

Parsed<SslV2Hello> parse_sslv2_hello(Bytes stream) noexcept {
  ByteReader reader(stream);
  SslV2Hello hello;
  uint16_t length = 0;
  if (!read_header(reader, length, hello.version)) return fail(ParseError::not_sslv2_hello);
  length &= kLengthMask;
  constexpr size_t kReadBytes = 3;  // type and version belong to the record
  Bytes rest;
  if (length < kReadBytes) return fail(ParseError::not_sslv2_hello);
  if (!reader.take(length - kReadBytes, rest)) return fail(ParseError::truncated);
  hello.record_bytes = stream.size() - reader.size();

  ByteReader record(rest);
  uint16_t specs = 0;
  uint16_t session_id = 0;
  uint16_t challenge = 0;
  if (!record.u16(specs) || !record.u16(session_id) || !record.u16(challenge) ||
      !record.take(specs, hello.cipher_specs) || !record.take(session_id, hello.session_id) ||
      !record.take(challenge, hello.challenge)) {
    return fail(ParseError::not_sslv2_hello);
  }
  if (!record.empty()) return fail(ParseError::left_over);
  if (specs % kSpecBytes != 0) return fail(ParseError::not_sslv2_hello);
  return hello;
}

}  // namespace tls
