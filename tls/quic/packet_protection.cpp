// SPDX-License-Identifier: Apache-2.0
#include "tls/quic/packet_protection.hpp"

#include "flowtable/base/check.hpp"
#include "tls/digest/openssl_ptr.hpp"

#include <algorithm>
#include <span>

namespace tls {

using flowtable::Bytes;

namespace {

constexpr size_t kNumCiphers = static_cast<size_t>(Aead::count_);
constexpr std::array<const char*, kNumCiphers> kNames{"AES-128-ECB", "AES-256-ECB", "ChaCha20"};

const EvpCipherPtr& cipher_of(size_t index) noexcept {
  // Never freed: threads may still seal while the program ends.
  static const auto& fetched = *new std::array<EvpCipherPtr, kNumCiphers>{
      EvpCipherPtr{EVP_CIPHER_fetch(nullptr, kNames[0], nullptr)},
      EvpCipherPtr{EVP_CIPHER_fetch(nullptr, kNames[1], nullptr)},
      EvpCipherPtr{EVP_CIPHER_fetch(nullptr, kNames[2], nullptr)}};
  return fetched[index];
}

// A context stays with its cipher: a call that names the cipher again would make a new one.
struct HeaderMaskContext {
  explicit HeaderMaskContext(size_t index) noexcept
      : is_usable(context != nullptr && cipher_of(index) != nullptr &&
                  EVP_EncryptInit_ex2(context.get(), cipher_of(index).get(), nullptr, nullptr,
                                      nullptr) == 1 &&
                  EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1) {}

  EvpCipherCtxPtr context{EVP_CIPHER_CTX_new()};
  bool is_usable;
};

const HeaderMaskContext& context_of(Aead aead) noexcept {
  thread_local const std::array<HeaderMaskContext, kNumCiphers> of_this_thread{
      HeaderMaskContext(0), HeaderMaskContext(1), HeaderMaskContext(2)};
  return of_this_thread[static_cast<size_t>(aead)];
}

}  // namespace

ProtectionKeys protection_keys(const QuicVersion& version, CipherOfPackets cipher,
                               Bytes secret) noexcept {
  ProtectionKeys out;
  out.aead = cipher.aead;
  const size_t key_bytes = key_bytes_of(cipher.aead);
  hkdf_expand_label(cipher.hash, secret, {version.labels->key},
                    std::span(out.key_storage).first(key_bytes));
  hkdf_expand_label(cipher.hash, secret, {version.labels->iv}, out.iv);
  hkdf_expand_label(cipher.hash, secret, {version.labels->hp},
                    std::span(out.hp_storage).first(key_bytes));
  return out;
}

ProtectionKeys protection_keys(const PacketKeys& initial) noexcept {
  ProtectionKeys out;
  std::ranges::copy(initial.key, out.key_storage.begin());
  std::ranges::copy(initial.hp, out.hp_storage.begin());
  out.iv = initial.iv;
  return out;
}

std::optional<HeaderMask> header_mask(const ProtectionKeys& keys, Bytes sample) noexcept {
  CHECK(sample.size() == kSampleBytes);
  const HeaderMaskContext& mine = context_of(keys.aead);
  EVP_CIPHER_CTX* const context = mine.context.get();
  const bool is_aes = keys.aead != Aead::chacha20_poly1305;
  // Section 5.4.4: of ChaCha20 the sample is counter and nonce, in the order that OpenSSL has, and
  // zeros are encrypted.
  constexpr std::array<uint8_t, HeaderMask{}.size()> kZeros{};
  const Bytes input = is_aes ? sample : Bytes(kZeros);
  std::array<uint8_t, kSampleBytes> out{};
  int length = 0;
  if (!mine.is_usable ||
      EVP_EncryptInit_ex2(context, nullptr, keys.hp().data(), is_aes ? nullptr : sample.data(),
                          nullptr) != 1 ||
      EVP_EncryptUpdate(context, out.data(), &length, input.data(),
                        static_cast<int>(input.size())) != 1) {
    return std::nullopt;
  }
  HeaderMask mask;
  std::copy_n(out.begin(), mask.size(), mask.begin());
  return mask;
}

std::vector<uint8_t> seal_packet(const PacketToSeal& packet, const ProtectionKeys& keys) {
  const size_t header_bytes = packet.header.size();
  const size_t number_bytes = (packet.header[0] & 3u) + 1;
  CHECK(header_bytes > number_bytes && number_bytes + packet.payload.size() >= 4);
  std::vector<uint8_t> out(packet.header.begin(), packet.header.end());
  out.resize(header_bytes + packet.payload.size() + kAeadTagBytes);
  if (!aead_seal(keys.aead_key(), nonce_of(keys.iv, packet.number), {packet.header, packet.payload},
                 std::span(out).subspan(header_bytes))) {
    return {};
  }
  const size_t number_at = header_bytes - number_bytes;
  const auto mask = header_mask(keys, Bytes(out).subspan(number_at + 4, kSampleBytes));
  if (!mask) return {};
  constexpr uint8_t kLongHeader = 0x80;
  out[0] = static_cast<uint8_t>(out[0] ^ ((*mask)[0] & (out[0] & kLongHeader ? 0x0f : 0x1f)));
  for (size_t i = 0; i < number_bytes; ++i)
    out[number_at + i] = static_cast<uint8_t>(out[number_at + i] ^ (*mask)[i + 1]);
  return out;
}

}  // namespace tls
