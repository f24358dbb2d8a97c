// SPDX-License-Identifier: Apache-2.0
#include "tls/quic/aes_gcm.hpp"

#include "flowtable/base/check.hpp"
#include "tls/digest/openssl_ptr.hpp"

namespace tls {

using flowtable::Bytes;

namespace {

struct Ciphers {
  EvpCipherPtr ecb{EVP_CIPHER_fetch(nullptr, "AES-128-ECB", nullptr)};
};

const Ciphers& ciphers() noexcept {
  // Never freed: threads may still decrypt while the program ends.
  static const Ciphers& fetched = *new Ciphers;
  return fetched;
}

// The context stays with its cipher: a call that names the cipher again would make a new one.
struct GcmContext {
  GcmContext() noexcept
      : is_usable(ecb != nullptr && ciphers().ecb != nullptr &&
                  EVP_EncryptInit_ex2(ecb.get(), ciphers().ecb.get(), nullptr, nullptr, nullptr) ==
                      1 &&
                  EVP_CIPHER_CTX_set_padding(ecb.get(), 0) == 1) {}

  EvpCipherCtxPtr ecb{EVP_CIPHER_CTX_new()};
  bool is_usable;
};

const GcmContext& of_this_thread() noexcept {
  thread_local const GcmContext context;
  return context;
}

}  // namespace

std::optional<AesBlock> encrypt_block(const AesKey& key, Bytes block) noexcept {
  CHECK(block.size() == AesBlock{}.size());
  EVP_CIPHER_CTX* const context = of_this_thread().ecb.get();
  AesBlock out;
  int length = 0;
  if (!of_this_thread().is_usable ||
      EVP_EncryptInit_ex2(context, nullptr, key.data(), nullptr, nullptr) != 1 ||
      EVP_EncryptUpdate(context, out.data(), &length, block.data(),
                        static_cast<int>(block.size())) != 1) {
    return std::nullopt;
  }
  return out;
}

bool gcm_open(const AesKey& key, const GcmNonce& nonce, const SealedBytes& sealed,
              std::span<uint8_t> out) noexcept {
  return aead_open({Aead::aes_128_gcm, key}, nonce, sealed, out);
}

}  // namespace tls
