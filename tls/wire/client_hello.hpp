// SPDX-License-Identifier: Apache-2.0
// ClientHello.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "tls/wire/extensions.hpp"
#include "tls/wire/parse_error.hpp"
#include "tls/wire/value_list.hpp"

#include <cstdint>

namespace tls {

// Windows of a ClientHello. Borrows from the message.
struct ClientHello {
  uint16_t legacy_version = 0;
  flowtable::Bytes random;  // 32 bytes
  flowtable::Bytes session_id;
  flowtable::Bytes cookie;  // DTLS only
  U16List cipher_suites;
  flowtable::Bytes compression_methods;
  ExtensionList extensions;
  bool has_extensions = false;  // there is an extension block, be it empty
};

enum class HelloForm : uint8_t { tls, dtls };

// Parses the body of a complete ClientHello message: RFC 8446 section 4.1.2, RFC 5246 section
// 7.4.1.2, RFC 6347 section 4.2.1 (DTLS: with a cookie). A hello without an extension block is
// legal, down to SSL 3.0; one without cipher suites is kept as it is. Extension bodies are not
// looked into.
[[nodiscard]] Parsed<ClientHello> parse_client_hello(flowtable::Bytes body,
                                                     HelloForm form = HelloForm::tls) noexcept;

// The values of an extension of 16-bit numbers (supported_groups, signature_algorithms). Empty
// where the extension is absent, or its body is no such list: such a hello still has a
// fingerprint, of what can be read.
[[nodiscard]] U16List u16_values(const ClientHello& hello, ExtensionType type) noexcept;

}  // namespace tls
