// SPDX-License-Identifier: Apache-2.0
// The keys of QUIC's Initial packets: whoever sees the client's first packet has them.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "tls/digest/digest.hpp"
#include "tls/quic/aes_gcm.hpp"
#include "tls/wire/quic_version.hpp"

#include <cstdint>

namespace tls {

// Of one direction.
struct PacketKeys {
  AesKey key{};
  GcmNonce iv{};
  AesKey hp{};  // of header protection
};

enum class QuicSide : uint8_t { client, server };

// RFC 9001 section 5.2. `destination_id`: of the client's first Initial packet, or after a Retry of
// the first one that answers it. At most 64 bytes.
[[nodiscard]] Sha256 initial_secret(const QuicVersion& version,
                                    flowtable::Bytes destination_id) noexcept;

// The keys under which `sender` protects its Initial packets.
[[nodiscard]] PacketKeys initial_keys(const QuicVersion& version, const Sha256& initial_secret,
                                      QuicSide sender) noexcept;

}  // namespace tls
