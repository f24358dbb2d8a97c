// SPDX-License-Identifier: Apache-2.0
#include "tls/wire/ech.hpp"

namespace tls {

using flowtable::ByteReader;
using flowtable::Bytes;

namespace {

constexpr uint8_t kOuter = 0;
constexpr uint8_t kInner = 1;

}  // namespace

Parsed<EchExtension> read_ech(Bytes body) noexcept {
  ByteReader reader(body);
  EchExtension out;
  uint8_t type = 0;
  if (!reader.u8(type)) return fail(ParseError::truncated);
  if (type != kOuter && type != kInner) return fail(ParseError::type_unknown);
  out.inner = type == kInner;
  if (!out.inner) {
    ByteReader key;
    ByteReader payload;
    if (!reader.u16(out.kdf) || !reader.u16(out.aead) || !reader.u8(out.config_id) ||
        !reader.u16_prefixed(key) || !reader.u16_prefixed(payload)) {
      return fail(ParseError::truncated);
    }
    out.encapsulated_key = key.rest();
    out.payload = payload.rest();
  }
  if (!reader.empty()) return fail(ParseError::left_over);
  return out;
}

}  // namespace tls
