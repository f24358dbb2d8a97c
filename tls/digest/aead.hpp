// SPDX-License-Identifier: Apache-2.0
// Sealing and opening of bytes with one of TLS 1.3's ciphers.
#pragma once

#include "flowtable/base/byte_reader.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace tls {

// RFC 8446 section 9.1; each with a tag of 16 bytes and a nonce of 12.
enum class Aead : uint8_t { aes_128_gcm, aes_256_gcm, chacha20_poly1305, count_ };

inline constexpr size_t kAeadTagBytes = 16;
using AeadNonce = std::array<uint8_t, 12>;

[[nodiscard]] constexpr size_t key_bytes_of(Aead aead) noexcept {
  return aead == Aead::aes_128_gcm ? 16 : 32;
}

struct SealedBytes {
  flowtable::Bytes associated_data;
  flowtable::Bytes ciphertext;  // its last kAeadTagBytes bytes are the tag
};

struct AeadKey {
  Aead aead = Aead::aes_128_gcm;
  flowtable::Bytes key;  // key_bytes_of(aead) bytes
};

// RFC 5116 section 5, RFC 8439 section 2.8. True where the tag is right; then `out`, which is at
// least as long as the ciphertext without its tag, begins with the plaintext. It must not overlap.
// False also where OpenSSL's configuration lacks the cipher. Any thread: ciphers are fetched once
// in the life of the program, and a thread reuses one context of each.
[[nodiscard]] bool aead_open(const AeadKey& key, const AeadNonce& nonce, const SealedBytes& sealed,
                             std::span<uint8_t> out) noexcept;

// The other direction, likewise. `out` is exactly kAeadTagBytes longer than the plaintext, which it
// must not overlap. False where OpenSSL's configuration lacks the cipher.
struct PlainBytes {
  flowtable::Bytes associated_data;
  flowtable::Bytes plaintext;
};
[[nodiscard]] bool aead_seal(const AeadKey& key, const AeadNonce& nonce, const PlainBytes& plain,
                             std::span<uint8_t> out) noexcept;

// Of one record or packet: its number in network order, to the right, over the iv (RFC 8446 section
// 5.3, RFC 9001 section 5.3).
[[nodiscard]] constexpr AeadNonce nonce_of(const AeadNonce& iv, uint64_t number) noexcept {
  AeadNonce out = iv;
  for (size_t i = 0; i < sizeof number; ++i) {
    uint8_t& byte = out[out.size() - 1 - i];
    byte = static_cast<uint8_t>(byte ^ (number >> 8 * i));
  }
  return out;
}

}  // namespace tls
