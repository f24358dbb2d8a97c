// SPDX-License-Identifier: Apache-2.0
#include "tls/quic/aes_gcm.hpp"

#include "flowtable/base/check.hpp"
#include "tls/digest/openssl_ptr.hpp"

#include <algorithm>
#include <climits>

namespace tls {

using flowtable::Bytes;

namespace {

struct Ciphers {
  EvpCipherPtr ecb{EVP_CIPHER_fetch(nullptr, "AES-128-ECB", nullptr)};
  EvpCipherPtr gcm{EVP_CIPHER_fetch(nullptr, "AES-128-GCM", nullptr)};
};

const Ciphers& ciphers() noexcept {
  // Never freed: threads may still decrypt while the program ends.
  static const Ciphers& fetched = *new Ciphers;
  return fetched;
}

// Each context stays with its cipher: a call that names the cipher again would make a new one.
struct Contexts {
  Contexts() noexcept
      : is_usable(
            ecb != nullptr && gcm != nullptr && ciphers().ecb != nullptr &&
            ciphers().gcm != nullptr &&
            EVP_EncryptInit_ex2(ecb.get(), ciphers().ecb.get(), nullptr, nullptr, nullptr) == 1 &&
            EVP_CIPHER_CTX_set_padding(ecb.get(), 0) == 1 &&
            EVP_DecryptInit_ex2(gcm.get(), ciphers().gcm.get(), nullptr, nullptr, nullptr) == 1) {}

  EvpCipherCtxPtr ecb{EVP_CIPHER_CTX_new()};
  EvpCipherCtxPtr gcm{EVP_CIPHER_CTX_new()};
  bool is_usable;
};

Contexts& contexts() noexcept {
  thread_local Contexts of_this_thread;
  return of_this_thread;
}

// OpenSSL takes lengths as int, and a tag by a pointer to bytes that it does not write.
bool decrypt(EVP_CIPHER_CTX* context, Bytes associated_data, Bytes body, uint8_t* out) noexcept {
  int length = 0;
  return EVP_DecryptUpdate(context, nullptr, &length, associated_data.data(),
                           static_cast<int>(associated_data.size())) == 1 &&
         EVP_DecryptUpdate(context, out, &length, body.data(), static_cast<int>(body.size())) == 1;
}

}  // namespace

std::optional<AesBlock> encrypt_block(const AesKey& key, Bytes block) noexcept {
  CHECK(block.size() == AesBlock{}.size());
  EVP_CIPHER_CTX* const context = contexts().ecb.get();
  AesBlock out;
  int length = 0;
  if (!contexts().is_usable ||
      EVP_EncryptInit_ex2(context, nullptr, key.data(), nullptr, nullptr) != 1 ||
      EVP_EncryptUpdate(context, out.data(), &length, block.data(),
                        static_cast<int>(block.size())) != 1) {
    return std::nullopt;
  }
  return out;
}

bool gcm_open(const AesKey& key, const GcmNonce& nonce, const SealedBytes& sealed,
              std::span<uint8_t> out) noexcept {
  const Bytes all = sealed.ciphertext;
  if (all.size() < kGcmTagBytes || all.size() > INT_MAX) return false;
  const Bytes body = all.first(all.size() - kGcmTagBytes);
  CHECK(out.size() >= body.size());
  std::array<uint8_t, kGcmTagBytes> tag;
  std::copy_n(all.last(kGcmTagBytes).begin(), tag.size(), tag.begin());
  EVP_CIPHER_CTX* const context = contexts().gcm.get();
  std::array<uint8_t, kGcmTagBytes> rest;  // GCM has no last block: nothing is written
  int length = 0;
  return contexts().is_usable &&
         EVP_DecryptInit_ex2(context, nullptr, key.data(), nonce.data(), nullptr) == 1 &&
         EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kGcmTagBytes, tag.data()) == 1 &&
         decrypt(context, sealed.associated_data, body, out.data()) &&
         EVP_DecryptFinal_ex(context, rest.data(), &length) == 1;
}

}  // namespace tls
