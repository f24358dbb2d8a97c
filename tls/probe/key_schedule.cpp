// SPDX-License-Identifier: Apache-2.0
#include "tls/probe/key_schedule.hpp"

#include <algorithm>
#include <span>

namespace tls::probe {

using flowtable::Bytes;

namespace {

constexpr std::array<Tls13Suite, 3> kKnownSuites{{
    {0x1301, HkdfHash::sha256, Aead::aes_128_gcm},
    {0x1302, HkdfHash::sha384, Aead::aes_256_gcm},
    {0x1303, HkdfHash::sha256, Aead::chacha20_poly1305},
}};

// Derive-Secret(Early Secret, "derived", ""), where there is no PSK: the same for everybody.
HashBytes derived_secret(HkdfHash hash) noexcept {
  constexpr std::array<uint8_t, Sha384{}.size()> kZeros{};
  const Bytes zeros = Bytes(kZeros).first(size_of(hash));
  const HashBytes early = hkdf_extract(hash, zeros, zeros);
  const HashBytes empty = digest_of(hash, {});
  HashBytes out;
  out.size = size_of(hash);
  hkdf_expand_label(hash, early.bytes(), {"derived", empty.bytes()},
                    std::span(out.storage).first(out.size));
  return out;
}

const HashBytes& derived_once(HkdfHash hash) noexcept {
  static const HashBytes of_sha256 = derived_secret(HkdfHash::sha256);
  static const HashBytes of_sha384 = derived_secret(HkdfHash::sha384);
  return hash == HkdfHash::sha256 ? of_sha256 : of_sha384;
}

}  // namespace

const Tls13Suite* find_tls13_suite(uint16_t code) noexcept {
  const auto* const suite = std::ranges::find(kKnownSuites, code, &Tls13Suite::code);
  return suite == kKnownSuites.end() ? nullptr : suite;
}

void Transcript::add(Bytes message) {
  messages_.insert(messages_.end(), message.begin(), message.end());
}

void Transcript::replace_by_hash(HkdfHash hash) {
  constexpr uint8_t kMessageHash = 254;
  const HashBytes first_hello = digest(hash);
  messages_ = {kMessageHash, 0, 0, static_cast<uint8_t>(first_hello.size)};
  add(first_hello.bytes());
}

HashBytes Transcript::digest(HkdfHash hash) const noexcept {
  return digest_of(hash, messages_);
}

HashBytes handshake_secret(HkdfHash hash, Bytes shared) noexcept {
  return hkdf_extract(hash, derived_once(hash).bytes(), shared);
}

HashBytes handshake_traffic_secret(HkdfHash hash, const HashBytes& handshake_secret,
                                   TrafficOf sender, const HashBytes& transcript) noexcept {
  HashBytes out;
  out.size = size_of(hash);
  hkdf_expand_label(
      hash, handshake_secret.bytes(),
      {sender == TrafficOf::client ? "c hs traffic" : "s hs traffic", transcript.bytes()},
      std::span(out.storage).first(out.size));
  return out;
}

RecordKeys record_keys(const Tls13Suite& suite, const HashBytes& secret) noexcept {
  RecordKeys out;
  out.aead = suite.aead;
  hkdf_expand_label(suite.hash, secret.bytes(), {"key"},
                    std::span(out.key_storage).first(key_bytes_of(suite.aead)));
  hkdf_expand_label(suite.hash, secret.bytes(), {"iv"}, out.iv);
  return out;
}

}  // namespace tls::probe
