// SPDX-License-Identifier: Apache-2.0
// OpenSSL's server without a socket: for what its program cannot do, and for measuring.
#pragma once

#include "flowtable/base/byte_reader.hpp"

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tests {

struct MemoryServerWish {
  std::string certificate;  // files in PEM
  std::string key;
  int version = TLS1_3_VERSION;
  std::string groups{};  // empty: OpenSSL's own
  bool cookie = false;   // asks for a cookie before it keeps anything: RFC 8446 section 4.2.2
};

class MemoryServer {
 public:
  explicit MemoryServer(const MemoryServerWish& wish);

  // Hears bytes and says what it answers.
  [[nodiscard]] std::vector<uint8_t> answer(flowtable::Bytes bytes);

 private:
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
  std::unique_ptr<SSL, void (*)(SSL*)> server_;
  bool wants_cookie_;
};

}  // namespace tests
