// SPDX-License-Identifier: Apache-2.0
// AES-128 as QUIC uses it: one block by itself, and GCM.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "tls/digest/aead.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace tls {

using AesKey = std::array<uint8_t, 16>;
using AesBlock = std::array<uint8_t, 16>;
using GcmNonce = AeadNonce;

inline constexpr size_t kGcmTagBytes = kAeadTagBytes;

// All may be called on any thread: ciphers are fetched once in the life of the program, and a
// thread reuses its contexts.

// One block in ECB mode. nullopt where OpenSSL's configuration has no AES.
[[nodiscard]] std::optional<AesBlock> encrypt_block(const AesKey& key,
                                                    flowtable::Bytes block) noexcept;

// AEAD_AES_128_GCM (RFC 5116 section 5.1), as aead_open().
[[nodiscard]] bool gcm_open(const AesKey& key, const GcmNonce& nonce, const SealedBytes& sealed,
                            std::span<uint8_t> out) noexcept;

}  // namespace tls
