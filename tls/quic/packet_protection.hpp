// SPDX-License-Identifier: Apache-2.0
// The protection of packets under any of TLS 1.3's ciphers, and how it is put on.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "tls/digest/aead.hpp"
#include "tls/digest/hkdf.hpp"
#include "tls/quic/initial_keys.hpp"
#include "tls/wire/quic_version.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace tls {

inline constexpr size_t kSampleBytes = 16;

// Of one direction and one packet number space.
struct ProtectionKeys {
  Aead aead = Aead::aes_128_gcm;
  std::array<uint8_t, 32> key_storage{};  // as many bytes as the AEAD's keys have, like the next
  std::array<uint8_t, 32> hp_storage{};   // of header protection
  AeadNonce iv{};
  [[nodiscard]] AeadKey aead_key() const noexcept {
    return {aead, flowtable::Bytes(key_storage).first(key_bytes_of(aead))};
  }
  [[nodiscard]] flowtable::Bytes hp() const noexcept {
    return flowtable::Bytes(hp_storage).first(key_bytes_of(aead));
  }
};

// RFC 9001 section 5.1, from a traffic secret.
struct CipherOfPackets {
  HkdfHash hash = HkdfHash::sha256;
  Aead aead = Aead::aes_128_gcm;
};
[[nodiscard]] ProtectionKeys protection_keys(const QuicVersion& version, CipherOfPackets cipher,
                                             flowtable::Bytes secret) noexcept;
// Initial packets have AEAD_AES_128_GCM.
[[nodiscard]] ProtectionKeys protection_keys(const PacketKeys& initial) noexcept;

// RFC 9001 section 5.4: what lies over the first byte and the packet number. `sample` has
// kSampleBytes. nullopt where OpenSSL's configuration lacks the cipher. Any thread.
using HeaderMask = std::array<uint8_t, 5>;
[[nodiscard]] std::optional<HeaderMask> header_mask(const ProtectionKeys& keys,
                                                    flowtable::Bytes sample) noexcept;

// `header` ends with the packet number, of which it has 1 to 4 bytes, as its first byte says. With
// them `payload` has four bytes or more: RFC 9001 section 5.4.2. Empty where OpenSSL's
// configuration lacks the cipher. Any thread.
struct PacketToSeal {
  flowtable::Bytes header;
  uint64_t number = 0;
  flowtable::Bytes payload;
};
[[nodiscard]] std::vector<uint8_t> seal_packet(const PacketToSeal& packet,
                                               const ProtectionKeys& keys);

}  // namespace tls
