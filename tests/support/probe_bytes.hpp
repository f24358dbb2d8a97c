// SPDX-License-Identifier: Apache-2.0
// Bytes for the tests of tls/probe.
#pragma once

#include "tls/digest/aead.hpp"
#include "tls/digest/digest.hpp"
#include "tls/probe/key_schedule.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tests {

inline std::string hex(flowtable::Bytes bytes) {
  return tls::to_hex(bytes);
}

[[nodiscard]] std::vector<uint8_t> unhex(std::string_view digits);

// A record as a TLS 1.3 server seals it, by OpenSSL and apart from the product: RFC 8446 section
// 5.2.
struct Sealing {
  const tls::probe::RecordKeys& keys;
  uint64_t sequence = 0;
  uint8_t type = 22;
  size_t padding = 0;
};
[[nodiscard]] std::vector<uint8_t> seal_record(const Sealing& how, flowtable::Bytes content);

}  // namespace tests
