// SPDX-License-Identifier: Apache-2.0
// Our ephemeral keys.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "tls/digest/openssl_ptr.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace tls::probe {

inline constexpr uint16_t kP256 = 0x0017;
inline constexpr uint16_t kP384 = 0x0018;
inline constexpr uint16_t kP521 = 0x0019;
inline constexpr uint16_t kX25519 = 0x001d;

// Of RFC 8446 section 7.4: as long as the group says.
struct SharedSecret {
  std::array<uint8_t, 66> storage{};
  size_t size = 0;
  [[nodiscard]] flowtable::Bytes bytes() const noexcept {
    return flowtable::Bytes(storage).first(size);
  }
};

// One key pair. Immutable: any number of threads may use it at the same time.
class EphemeralKey {
 public:
  // nullopt where the group is none of the above, or OpenSSL's configuration lacks it.
  [[nodiscard]] static std::optional<EphemeralKey> make(uint16_t group);
  // X25519 only: the pair of a private key of 32 bytes.
  [[nodiscard]] static std::optional<EphemeralKey> of_x25519(flowtable::Bytes private_key);

  [[nodiscard]] uint16_t group() const noexcept { return group_; }
  // As it goes into a key_share: RFC 8446 section 4.2.8.2.
  [[nodiscard]] const std::vector<uint8_t>& public_key() const noexcept { return public_key_; }
  // nullopt where `peer` is no public key of the group.
  [[nodiscard]] std::optional<SharedSecret> agree(flowtable::Bytes peer) const noexcept;

 private:
  EphemeralKey(uint16_t group, EvpPkeyPtr pair) noexcept : group_(group), pair_(std::move(pair)) {}
  [[nodiscard]] static std::optional<EphemeralKey> with(uint16_t group, EvpPkeyPtr pair);

  uint16_t group_;
  EvpPkeyPtr pair_;
  std::vector<uint8_t> public_key_;
};

// The pairs that many conversations share: a scanner that reads certificates has nothing to keep
// secret, so one for a batch is enough. Immutable, any thread.
class KeyShares {
 public:
  // New pairs of X25519, which first hellos carry, and P-256, which servers ask for next.
  KeyShares();

  [[nodiscard]] const EphemeralKey* find(uint16_t group) const noexcept;

 private:
  std::vector<EphemeralKey> keys_;
};

}  // namespace tls::probe
