// SPDX-License-Identifier: Apache-2.0
#include "tls/quic/initial_keys.hpp"

#include "tls/digest/hkdf.hpp"

namespace tls {

Sha256 initial_secret(const QuicVersion& version, flowtable::Bytes destination_id) noexcept {
  return hkdf_extract(version.initial_salt, destination_id);
}

PacketKeys initial_keys(const QuicVersion& version, const Sha256& initial_secret,
                        QuicSide sender) noexcept {
  Sha256 secret;
  hkdf_expand_label(initial_secret, sender == QuicSide::client ? "client in" : "server in", secret);
  PacketKeys keys;
  hkdf_expand_label(secret, version.labels->key, keys.key);
  hkdf_expand_label(secret, version.labels->iv, keys.iv);
  hkdf_expand_label(secret, version.labels->hp, keys.hp);
  return keys;
}

}  // namespace tls
