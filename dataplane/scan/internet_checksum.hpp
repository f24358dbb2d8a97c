// SPDX-License-Identifier: Apache-2.0
// The checksum of IPv4, TCP, UDP and ICMP (RFC 1071).
#pragma once

#include "flowtable/base/big_endian.hpp"
#include "flowtable/base/byte_reader.hpp"

#include <cstdint>

namespace dataplane {

// Adds up 16-bit words and folds once at the end: 2^48 words fit.
class InternetChecksum {
 public:
  // An odd last byte counts as the first of a word, so only the last part may be odd.
  constexpr InternetChecksum& add(flowtable::Bytes bytes) noexcept {
    size_t at = 0;
    for (; at + 4 <= bytes.size(); at += 4)
      sum_ += flowtable::load_be32(bytes.data() + at);
    if (at + 2 <= bytes.size()) {
      sum_ += flowtable::load_be16(bytes.data() + at);
      at += 2;
    }
    if (at < bytes.size()) sum_ += uint64_t{bytes[at]} << 8;
    return *this;
  }
  constexpr InternetChecksum& add_number(uint32_t number) noexcept {
    sum_ += number;
    return *this;
  }

  // What goes into the header; over bytes that hold a right checksum already: 0.
  [[nodiscard]] constexpr uint16_t finish() const noexcept {
    uint64_t sum = sum_;
    while (sum >> 16 != 0)
      sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<uint16_t>(~sum);
  }

 private:
  uint64_t sum_ = 0;
};

}  // namespace dataplane
