// SPDX-License-Identifier: Apache-2.0
// Key derivation with HMAC-SHA256.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "tls/digest/digest.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace tls {

// All may be called on any thread, and allocate nothing after a thread's first call.

// RFC 2104. A key is at most 64 bytes long.
[[nodiscard]] Sha256 hmac_sha256(flowtable::Bytes key, flowtable::Bytes message) noexcept;

// RFC 5869 section 2.2. A salt is at most 64 bytes long.
[[nodiscard]] Sha256 hkdf_extract(flowtable::Bytes salt, flowtable::Bytes input_key) noexcept;

// HKDF-Expand-Label of RFC 8446 section 7.1 with an empty context. `label` without "tls13 ", at
// most 12 bytes; `out` at most 32.
void hkdf_expand_label(flowtable::Bytes secret, std::string_view label,
                       std::span<uint8_t> out) noexcept;

}  // namespace tls
