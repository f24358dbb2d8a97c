// SPDX-License-Identifier: Apache-2.0
// The encrypted_client_hello extension of a ClientHello.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "tls/wire/parse_error.hpp"

#include <cstdint>

namespace tls {

// draft-ietf-tls-esni-25 section 5 (extension 0xfe0d, from draft 13 on): ECHClientHello. An inner
// hello, which nobody outside sees unless its sender is mistaken, has no more than its type.
struct EchExtension {
  bool inner = false;
  uint16_t kdf = 0;  // HPKE's numbers (RFC 9180 section 7)
  uint16_t aead = 0;
  uint8_t config_id = 0;
  flowtable::Bytes encapsulated_key;  // empty in a second hello after a HelloRetryRequest
  flowtable::Bytes payload;
};

// Borrows from `body`. `type_unknown`: neither outer nor inner.
[[nodiscard]] Parsed<EchExtension> read_ech(flowtable::Bytes body) noexcept;

}  // namespace tls
