// SPDX-License-Identifier: Apache-2.0
// ServerHello and HelloRetryRequest.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "tls/wire/extensions.hpp"
#include "tls/wire/parse_error.hpp"

#include <cstdint>

namespace tls {

// Windows of a ServerHello. Borrows from the message.
struct ServerHello {
  uint16_t legacy_version = 0;
  flowtable::Bytes random;      // empty in a draft's HelloRetryRequest
  flowtable::Bytes session_id;  // empty in TLS 1.3 drafts up to 21, which had none
  uint16_t cipher_suite = 0;
  uint8_t compression_method = 0;
  ExtensionList extensions;
  bool is_hello_retry = false;
};

// Parses the body of a ServerHello message: RFC 8446 section 4.1.3, RFC 5246 section 7.4.1.3. The
// TLS 1.3 drafts 11 to 21 wrote their version into the first field and left session id and
// compression method out; that form is read too.
[[nodiscard]] Parsed<ServerHello> parse_server_hello(flowtable::Bytes body) noexcept;

// The message of its own that the TLS 1.3 drafts up to 21 had for it (draft-ietf-tls-tls13-21,
// section 4.1.4): version, from draft 19 on a cipher suite, extensions.
[[nodiscard]] Parsed<ServerHello> parse_draft_hello_retry(flowtable::Bytes body) noexcept;

// The version the server chose: supported_versions where present, else legacy_version.
[[nodiscard]] uint16_t selected_version(const ServerHello& hello) noexcept;
// TLS 1.3, a draft of it, or something newer: certificates are encrypted.
[[nodiscard]] bool is_tls13_or_draft(uint16_t version) noexcept;

}  // namespace tls
