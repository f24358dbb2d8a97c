// SPDX-License-Identifier: Apache-2.0
#include "tls/wire/server_hello.hpp"

#include "tls/wire/ids.hpp"

#include <algorithm>
#include <array>

namespace tls {

using flowtable::ByteReader;
using flowtable::Bytes;

namespace {

// RFC 8446 section 4.1.3: a HelloRetryRequest is a ServerHello with Random set to the SHA-256 of
// "HelloRetryRequest".
constexpr std::array<uint8_t, kRandomBytes> kHelloRetryRandom{
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};

Parsed<ServerHello> finish_with_extensions(ByteReader reader, ServerHello hello) noexcept {
  if (reader.empty()) return hello;  // RFC 5246 section 7.4.1.3: the block may be missing
  ByteReader block;
  if (!reader.u16_prefixed(block)) return fail(ParseError::truncated);
  if (!reader.empty()) return fail(ParseError::left_over);
  const Parsed<ExtensionList> extensions = ExtensionList::from(block.rest());
  if (!extensions.ok()) return fail(extensions.error());
  hello.extensions = extensions.value();
  return hello;
}

Parsed<ServerHello> parse_final_form(Bytes body) noexcept {
  ByteReader reader(body);
  ServerHello hello;
  ByteReader session_id;
  if (!reader.u16(hello.legacy_version) || !reader.take(kRandomBytes, hello.random) ||
      !reader.u8_prefixed(session_id)) {
    return fail(ParseError::truncated);
  }
  if (session_id.size() > kSessionIdBytesMax) return fail(ParseError::session_id_too_long);
  hello.session_id = session_id.rest();
  if (!reader.u16(hello.cipher_suite) || !reader.u8(hello.compression_method)) {
    return fail(ParseError::truncated);
  }
  hello.is_hello_retry = std::ranges::equal(hello.random, kHelloRetryRandom);
  return finish_with_extensions(reader, hello);
}

Parsed<ServerHello> parse_draft_form(Bytes body) noexcept {
  ByteReader reader(body);
  ServerHello hello;
  if (!reader.u16(hello.legacy_version) || !reader.take(kRandomBytes, hello.random) ||
      !reader.u16(hello.cipher_suite)) {
    return fail(ParseError::truncated);
  }
  return finish_with_extensions(reader, hello);
}

}  // namespace

Parsed<ServerHello> parse_server_hello(Bytes body) noexcept {
  ByteReader peek(body);
  uint16_t version = 0;
  // RFC 8446 section 4.1.3 fixes legacy_version to 0x0303: 0x0304 there is an early draft.
  if (peek.u16(version) && (is_tls13_draft(version) || version == kTls13)) {
    const Parsed<ServerHello> draft = parse_draft_form(body);
    if (draft.ok()) return draft;
  }
  return parse_final_form(body);
}

Parsed<ServerHello> parse_draft_hello_retry(Bytes body) noexcept {
  constexpr uint16_t kFirstDraftWithCipher = 0x7f13;
  ByteReader reader(body);
  ServerHello hello;
  hello.is_hello_retry = true;
  if (!reader.u16(hello.legacy_version)) return fail(ParseError::truncated);
  const bool has_cipher = hello.legacy_version >= kFirstDraftWithCipher;
  if (has_cipher && !reader.u16(hello.cipher_suite)) return fail(ParseError::truncated);
  return finish_with_extensions(reader, hello);
}

uint16_t selected_version(const ServerHello& hello) noexcept {
  const std::optional<Bytes> body = hello.extensions.find(ExtensionType::supported_versions);
  if (!body) return hello.legacy_version;
  const Parsed<uint16_t> version = read_selected_version(*body);
  return version.ok() ? version.value() : hello.legacy_version;
}

bool is_tls13_or_draft(uint16_t version) noexcept {
  constexpr uint16_t kFacebookDraft = 0xfb1a;  // Fizz's own number of draft 26
  return version == kTls13 || version == kDtls13 || is_tls13_draft(version) ||
         version == kFacebookDraft;
}

}  // namespace tls
