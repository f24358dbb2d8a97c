// SPDX-License-Identifier: Apache-2.0
// The keys of a TLS 1.3 handshake, from the shared secret and the hellos: RFC 8446 section 7.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "tls/digest/aead.hpp"
#include "tls/digest/hkdf.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tls::probe {

struct Tls13Suite {
  uint16_t code;
  HkdfHash hash;
  Aead aead;
};

// TLS_AES_128_GCM_SHA256, TLS_AES_256_GCM_SHA384, TLS_CHACHA20_POLY1305_SHA256; null for others.
[[nodiscard]] const Tls13Suite* find_tls13_suite(uint16_t code) noexcept;

// The handshake messages up to the ServerHello, each with its header.
class Transcript {
 public:
  void add(flowtable::Bytes message);
  // RFC 8446 section 4.4.1: after a HelloRetryRequest the first ClientHello, which is all there is
  // so far, counts as a message_hash.
  void replace_by_hash(HkdfHash hash);
  [[nodiscard]] HashBytes digest(HkdfHash hash) const noexcept;

 private:
  std::vector<uint8_t> messages_;
};

// HKDF-Extract of the (EC)DHE secret; no PSK.
[[nodiscard]] HashBytes handshake_secret(HkdfHash hash, flowtable::Bytes shared) noexcept;

enum class TrafficOf : uint8_t { client, server };
// {client,server}_handshake_traffic_secret. `transcript`: the digest up to the ServerHello.
[[nodiscard]] HashBytes handshake_traffic_secret(HkdfHash hash, const HashBytes& handshake_secret,
                                                 TrafficOf sender,
                                                 const HashBytes& transcript) noexcept;

// Of one sender's records: RFC 8446 section 7.3.
struct RecordKeys {
  Aead aead = Aead::aes_128_gcm;
  std::array<uint8_t, 32> key_storage{};  // as many bytes as the AEAD's keys have
  AeadNonce iv{};
  [[nodiscard]] AeadKey key() const noexcept {
    return {aead, flowtable::Bytes(key_storage).first(key_bytes_of(aead))};
  }
};
[[nodiscard]] RecordKeys record_keys(const Tls13Suite& suite, const HashBytes& secret) noexcept;

}  // namespace tls::probe
