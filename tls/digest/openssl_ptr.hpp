// SPDX-License-Identifier: Apache-2.0
// OpenSSL's objects with an owner.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>

namespace tls {

// Calls an OpenSSL *_free function, which accepts null.
template <auto Free>
struct OpensslDelete {
  template <typename T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};

using EvpMdPtr = std::unique_ptr<EVP_MD, OpensslDelete<EVP_MD_free>>;
using EvpMdCtxPtr = std::unique_ptr<EVP_MD_CTX, OpensslDelete<EVP_MD_CTX_free>>;
using EvpPkeyPtr = std::unique_ptr<EVP_PKEY, OpensslDelete<EVP_PKEY_free>>;
using EvpPkeyCtxPtr = std::unique_ptr<EVP_PKEY_CTX, OpensslDelete<EVP_PKEY_CTX_free>>;
using EvpCipherPtr = std::unique_ptr<EVP_CIPHER, OpensslDelete<EVP_CIPHER_free>>;
using EvpCipherCtxPtr = std::unique_ptr<EVP_CIPHER_CTX, OpensslDelete<EVP_CIPHER_CTX_free>>;
using X509Ptr = std::unique_ptr<X509, OpensslDelete<X509_free>>;

}  // namespace tls
