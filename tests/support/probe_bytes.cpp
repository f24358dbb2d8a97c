// SPDX-License-Identifier: Apache-2.0
#include "tests/support/probe_bytes.hpp"

#include "flowtable/base/check.hpp"
#include "tls/digest/openssl_ptr.hpp"

namespace tests {

namespace {

const EVP_CIPHER* cipher_of(tls::Aead aead) {
  switch (aead) {
    case tls::Aead::aes_128_gcm:
      return EVP_aes_128_gcm();
    case tls::Aead::aes_256_gcm:
      return EVP_aes_256_gcm();
    default:
      return EVP_chacha20_poly1305();
  }
}

uint8_t digit(char c) {
  return static_cast<uint8_t>(c <= '9' ? c - '0' : c - 'a' + 10);
}

}  // namespace

std::vector<uint8_t> unhex(std::string_view digits) {
  std::vector<uint8_t> out;
  for (size_t i = 0; i + 1 < digits.size(); i += 2)
    out.push_back(static_cast<uint8_t>(digit(digits[i]) << 4 | digit(digits[i + 1])));
  return out;
}

std::vector<uint8_t> seal_record(const Sealing& how, flowtable::Bytes content) {
  std::vector<uint8_t> inner(content.begin(), content.end());
  inner.push_back(how.type);
  inner.resize(inner.size() + how.padding);
  const size_t length = inner.size() + tls::kAeadTagBytes;
  std::vector<uint8_t> out{23, 3, 3, static_cast<uint8_t>(length >> 8),
                           static_cast<uint8_t>(length)};
  tls::AeadNonce nonce = how.keys.iv;
  for (size_t i = 0; i < 8; ++i)
    nonce[4 + i] = static_cast<uint8_t>(nonce[4 + i] ^ (how.sequence >> (56 - 8 * i)));
  const tls::EvpCipherCtxPtr context(EVP_CIPHER_CTX_new());
  const size_t header = out.size();
  out.resize(header + length);
  int written = 0;
  CHECK(EVP_EncryptInit_ex(context.get(), cipher_of(how.keys.aead), nullptr,
                           how.keys.key_storage.data(), nonce.data()) == 1);
  CHECK(EVP_EncryptUpdate(context.get(), nullptr, &written, out.data(), static_cast<int>(header)) ==
        1);
  CHECK(EVP_EncryptUpdate(context.get(), out.data() + header, &written, inner.data(),
                          static_cast<int>(inner.size())) == 1);
  CHECK(EVP_EncryptFinal_ex(context.get(), out.data() + header + written, &written) == 1);
  CHECK(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, tls::kAeadTagBytes,
                            out.data() + header + inner.size()) == 1);
  return out;
}

}  // namespace tests
