// SPDX-License-Identifier: Apache-2.0
#include "tls/probe/key_shares.hpp"

#include <openssl/ec.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace tls::probe {

using flowtable::Bytes;

namespace {

const char* curve_of(uint16_t group) noexcept {
  switch (group) {
    case kP256:
      return "P-256";
    case kP384:
      return "P-384";
    case kP521:
      return "P-521";
    default:
      return nullptr;
  }
}

EvpPkeyPtr new_pair(uint16_t group) noexcept {
  if (group == kX25519) return EvpPkeyPtr(EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519"));
  const char* const curve = curve_of(group);
  return EvpPkeyPtr(curve == nullptr ? nullptr : EVP_EC_gen(curve));
}

EvpPkeyPtr peer_key(uint16_t group, EVP_PKEY* like, Bytes bytes) noexcept {
  if (group == kX25519) {
    return EvpPkeyPtr(
        EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, bytes.data(), bytes.size()));
  }
  EvpPkeyPtr key(EVP_PKEY_new());
  if (key == nullptr || EVP_PKEY_copy_parameters(key.get(), like) != 1 ||
      EVP_PKEY_set1_encoded_public_key(key.get(), bytes.data(), bytes.size()) != 1) {
    return nullptr;
  }
  return key;
}

}  // namespace

std::optional<EphemeralKey> EphemeralKey::with(uint16_t group, EvpPkeyPtr pair) {
  if (pair == nullptr) return std::nullopt;
  unsigned char* encoded = nullptr;
  const size_t length = EVP_PKEY_get1_encoded_public_key(pair.get(), &encoded);
  const std::unique_ptr<unsigned char, void (*)(unsigned char*)> owner(
      encoded, [](unsigned char* bytes) { OPENSSL_free(bytes); });
  if (length == 0) return std::nullopt;
  EphemeralKey out(group, std::move(pair));
  out.public_key_.assign(encoded, encoded + length);
  return out;
}

std::optional<EphemeralKey> EphemeralKey::make(uint16_t group) {
  return with(group, new_pair(group));
}

std::optional<EphemeralKey> EphemeralKey::of_x25519(Bytes private_key) {
  return with(kX25519, EvpPkeyPtr(EVP_PKEY_new_raw_private_key(
                           EVP_PKEY_X25519, nullptr, private_key.data(), private_key.size())));
}

std::optional<SharedSecret> EphemeralKey::agree(Bytes peer) const noexcept {
  // A peer's key is as long as ours; so the points of a curve come uncompressed, as they must.
  if (peer.size() != public_key_.size()) return std::nullopt;
  const EvpPkeyPtr other = peer_key(group_, pair_.get(), peer);
  const EvpPkeyCtxPtr context(EVP_PKEY_CTX_new(pair_.get(), nullptr));
  SharedSecret out;
  out.size = out.storage.size();
  if (other == nullptr || context == nullptr || EVP_PKEY_derive_init(context.get()) != 1 ||
      EVP_PKEY_derive_set_peer(context.get(), other.get()) != 1 ||
      EVP_PKEY_derive(context.get(), out.storage.data(), &out.size) != 1) {
    return std::nullopt;
  }
  return out;
}

KeyShares::KeyShares() {
  for (const uint16_t group : {kX25519, kP256})
    if (auto key = EphemeralKey::make(group)) keys_.push_back(std::move(*key));
}

const EphemeralKey* KeyShares::find(uint16_t group) const noexcept {
  const auto key = std::ranges::find(keys_, group, &EphemeralKey::group);
  return key == keys_.end() ? nullptr : &*key;
}

}  // namespace tls::probe
