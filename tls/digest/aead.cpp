// SPDX-License-Identifier: Apache-2.0
#include "tls/digest/aead.hpp"

#include "flowtable/base/check.hpp"
#include "tls/digest/openssl_ptr.hpp"

#include <algorithm>
#include <climits>

namespace tls {

using flowtable::Bytes;

namespace {

constexpr size_t kNumCiphers = static_cast<size_t>(Aead::count_);
constexpr std::array<const char*, kNumCiphers> kNames{"AES-128-GCM", "AES-256-GCM",
                                                      "ChaCha20-Poly1305"};

using Ciphers = std::array<EvpCipherPtr, kNumCiphers>;

const Ciphers& ciphers() noexcept {
  // Never freed: threads may still decrypt while the program ends.
  static const Ciphers& fetched =
      *new Ciphers{EvpCipherPtr{EVP_CIPHER_fetch(nullptr, kNames[0], nullptr)},
                   EvpCipherPtr{EVP_CIPHER_fetch(nullptr, kNames[1], nullptr)},
                   EvpCipherPtr{EVP_CIPHER_fetch(nullptr, kNames[2], nullptr)}};
  return fetched;
}

enum class Direction : uint8_t { open, seal };

// A context stays with its cipher: a call that names the cipher again would make a new one.
struct Context {
  Context(size_t cipher, Direction direction) noexcept
      : is_usable(context != nullptr && ciphers()[cipher] != nullptr &&
                  EVP_CipherInit_ex2(context.get(), ciphers()[cipher].get(), nullptr, nullptr,
                                     direction == Direction::seal ? 1 : 0, nullptr) == 1) {}

  EvpCipherCtxPtr context{EVP_CIPHER_CTX_new()};
  bool is_usable;
};

template <Direction direction>
const Context& context_of(Aead aead) noexcept {
  thread_local const std::array<Context, kNumCiphers> of_this_thread{
      Context(0, direction), Context(1, direction), Context(2, direction)};
  return of_this_thread[static_cast<size_t>(aead)];
}

// In the context's direction. OpenSSL takes lengths as int.
bool run(EVP_CIPHER_CTX* context, Bytes associated_data, Bytes body, uint8_t* out) noexcept {
  int length = 0;
  return EVP_CipherUpdate(context, nullptr, &length, associated_data.data(),
                          static_cast<int>(associated_data.size())) == 1 &&
         EVP_CipherUpdate(context, out, &length, body.data(), static_cast<int>(body.size())) == 1;
}

}  // namespace

bool aead_open(const AeadKey& key, const AeadNonce& nonce, const SealedBytes& sealed,
               std::span<uint8_t> out) noexcept {
  const Bytes all = sealed.ciphertext;
  if (all.size() < kAeadTagBytes || all.size() > INT_MAX) return false;
  const Bytes body = all.first(all.size() - kAeadTagBytes);
  CHECK(key.key.size() == key_bytes_of(key.aead) && out.size() >= body.size());
  // OpenSSL takes a tag by a pointer to bytes that it does not write.
  std::array<uint8_t, kAeadTagBytes> tag;
  std::copy_n(all.last(kAeadTagBytes).begin(), tag.size(), tag.begin());
  const Context& mine = context_of<Direction::open>(key.aead);
  EVP_CIPHER_CTX* const context = mine.context.get();
  std::array<uint8_t, kAeadTagBytes> rest;  // these ciphers have no last block: nothing is written
  int length = 0;
  return mine.is_usable &&
         EVP_DecryptInit_ex2(context, nullptr, key.key.data(), nonce.data(), nullptr) == 1 &&
         EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kAeadTagBytes, tag.data()) == 1 &&
         run(context, sealed.associated_data, body, out.data()) &&
         EVP_DecryptFinal_ex(context, rest.data(), &length) == 1;
}

bool aead_seal(const AeadKey& key, const AeadNonce& nonce, const PlainBytes& plain,
               std::span<uint8_t> out) noexcept {
  const size_t size = plain.plaintext.size();
  if (size > INT_MAX) return false;
  CHECK(key.key.size() == key_bytes_of(key.aead) && out.size() == size + kAeadTagBytes);
  const Context& mine = context_of<Direction::seal>(key.aead);
  EVP_CIPHER_CTX* const context = mine.context.get();
  std::array<uint8_t, kAeadTagBytes> rest;  // as above
  int length = 0;
  return mine.is_usable &&
         EVP_EncryptInit_ex2(context, nullptr, key.key.data(), nonce.data(), nullptr) == 1 &&
         run(context, plain.associated_data, plain.plaintext, out.data()) &&
         EVP_EncryptFinal_ex(context, rest.data(), &length) == 1 &&
         EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kAeadTagBytes,
                             out.subspan(size).data()) == 1;
}

}  // namespace tls
