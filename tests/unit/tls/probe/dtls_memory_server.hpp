// SPDX-License-Identifier: Apache-2.0
// OpenSSL's DTLS server without a socket: its datagrams can be kept, lost and shuffled.
#pragma once

#include "flowtable/base/byte_reader.hpp"

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tests {

class DtlsMemoryServer {
 public:
  using Datagrams = std::vector<std::vector<uint8_t>>;

  struct Wish {
    std::string certificate;  // files in PEM
    std::string key;
    std::string chain{};  // empty: none
    long mtu = 300;       // bytes of a datagram
  };
  explicit DtlsMemoryServer(const Wish& wish);

  // Hears one datagram and says what it answers.
  [[nodiscard]] Datagrams answer(flowtable::Bytes datagram);
  // Its flight again, as if its timer had run out, cut for another MTU.
  [[nodiscard]] Datagrams say_again(long mtu);

 private:
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
  std::unique_ptr<BIO_METHOD, void (*)(BIO_METHOD*)> method_;
  std::unique_ptr<SSL, void (*)(SSL*)> server_;
  Datagrams said_;
};

}  // namespace tests
