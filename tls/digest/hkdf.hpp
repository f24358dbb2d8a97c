// SPDX-License-Identifier: Apache-2.0
// Key derivation with HMAC.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "tls/digest/digest.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace tls {

// All may be called on any thread, and allocate nothing after a thread's first call.

// The hash of a TLS 1.3 cipher suite.
enum class HkdfHash : uint8_t { sha256, sha384 };

[[nodiscard]] constexpr size_t size_of(HkdfHash hash) noexcept {
  return hash == HkdfHash::sha256 ? Sha256{}.size() : Sha384{}.size();
}

// A digest or secret as long as its hash.
struct HashBytes {
  std::array<uint8_t, Sha384{}.size()> storage{};
  size_t size = 0;
  [[nodiscard]] flowtable::Bytes bytes() const noexcept {
    return flowtable::Bytes(storage).first(size);
  }
};

[[nodiscard]] HashBytes digest_of(HkdfHash hash, flowtable::Bytes message) noexcept;

// RFC 2104. A key is at most 64 bytes long.
[[nodiscard]] HashBytes hmac(HkdfHash hash, flowtable::Bytes key,
                             flowtable::Bytes message) noexcept;
[[nodiscard]] Sha256 hmac_sha256(flowtable::Bytes key, flowtable::Bytes message) noexcept;

// RFC 5869 section 2.2. A salt is at most 64 bytes long.
[[nodiscard]] HashBytes hkdf_extract(HkdfHash hash, flowtable::Bytes salt,
                                     flowtable::Bytes input_key) noexcept;
[[nodiscard]] Sha256 hkdf_extract(flowtable::Bytes salt, flowtable::Bytes input_key) noexcept;

// HKDF-Expand-Label of RFC 8446 section 7.1. `label` without "tls13 ", at most 12 bytes; `context`
// at most 48; `out` no longer than the hash.
struct ExpandLabel {
  std::string_view label;
  flowtable::Bytes context{};
};
void hkdf_expand_label(HkdfHash hash, flowtable::Bytes secret, const ExpandLabel& info,
                       std::span<uint8_t> out) noexcept;
// With SHA-256 and an empty context.
void hkdf_expand_label(flowtable::Bytes secret, std::string_view label,
                       std::span<uint8_t> out) noexcept;

}  // namespace tls
