// SPDX-License-Identifier: Apache-2.0
#include "tls/wire/client_hello.hpp"

#include "tls/wire/ids.hpp"

namespace tls {

using flowtable::ByteReader;
using flowtable::Bytes;

namespace {

Parsed<void> read_extensions(ByteReader& reader, ClientHello& hello) noexcept {
  // RFC 5246 section 7.4.1.2: "The presence of extensions can be detected by determining whether
  // there are bytes following the compression_methods at the end of the ClientHello."
  if (reader.empty()) return {};
  ByteReader block;
  if (!reader.u16_prefixed(block)) return fail(ParseError::truncated);
  if (!reader.empty()) return fail(ParseError::left_over);
  const Parsed<ExtensionList> extensions = ExtensionList::from(block.rest());
  if (!extensions.ok()) return fail(extensions.error());
  hello.extensions = extensions.value();
  hello.has_extensions = true;
  return {};
}

}  // namespace

Parsed<ClientHello> parse_client_hello(Bytes body, HelloForm form) noexcept {
  ByteReader reader(body);
  ClientHello hello;
  ByteReader session_id;
  if (!reader.u16(hello.legacy_version) || !reader.take(kRandomBytes, hello.random) ||
      !reader.u8_prefixed(session_id)) {
    return fail(ParseError::truncated);
  }
  if (session_id.size() > kSessionIdBytesMax) return fail(ParseError::session_id_too_long);
  hello.session_id = session_id.rest();

  ByteReader cookie;
  if (form == HelloForm::dtls && !reader.u8_prefixed(cookie)) return fail(ParseError::truncated);
  hello.cookie = cookie.rest();

  ByteReader suites;
  ByteReader compressions;
  if (!reader.u16_prefixed(suites) || !reader.u8_prefixed(compressions)) {
    return fail(ParseError::truncated);
  }
  const Parsed<U16List> suite_list = U16List::from(suites.rest());
  if (!suite_list.ok()) return fail(suite_list.error());
  hello.cipher_suites = suite_list.value();
  hello.compression_methods = compressions.rest();

  const Parsed<void> extensions = read_extensions(reader, hello);
  if (!extensions.ok()) return fail(extensions.error());
  return hello;
}

U16List u16_values(const ClientHello& hello, ExtensionType type) noexcept {
  const std::optional<Bytes> body = hello.extensions.find(type);
  if (!body) return {};
  const Parsed<U16List> list = read_u16_list(*body);
  return list.ok() ? list.value() : U16List{};
}

}  // namespace tls
