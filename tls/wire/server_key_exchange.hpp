// SPDX-License-Identifier: Apache-2.0
// ServerKeyExchange, as far as it names the group of an elliptic-curve key exchange.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "tls/wire/parse_error.hpp"

#include <cstdint>

namespace tls {

// How the ServerKeyExchange of a cipher suite begins.
enum class EcdheForm : uint8_t {
  none,  // no elliptic curves: another message, or none
  plain,
  psk,  // RFC 5489 section 2: an identity hint comes first
};
[[nodiscard]] EcdheForm ecdhe_form_of(uint16_t cipher_suite) noexcept;

// The group of the server's ECDHE parameters: RFC 8422 section 5.4. Explicit curves have no number
// of their own; the registry's 0xff01 and 0xff02 stand for them. `form` is not none.
// `type_unknown`: a curve type that does not exist.
[[nodiscard]] Parsed<uint16_t> read_ecdhe_group(flowtable::Bytes body, EcdheForm form) noexcept;

}  // namespace tls
