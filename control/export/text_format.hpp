// SPDX-License-Identifier: Apache-2.0
// How addresses, times and digests are written, in every output.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "flowtable/base/tick.hpp"
#include "flowtable/flow_key.hpp"
#include "tls/x509/certificate_facts.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace control {

// An address or a time, without memory of its own: what every line of the output has several of.
class ShortText {
 public:
  [[nodiscard]] std::string_view view() const noexcept { return {bytes_.data(), size_}; }
  // Both: no more than there is room for, 64 bytes in all.
  void append(std::string_view text) noexcept { std::ranges::copy(text, grow(text.size()).data()); }
  std::span<char> grow(size_t bytes) noexcept {
    size_ += bytes;
    return std::span(bytes_).subspan(size_ - bytes, bytes);
  }

 private:
  std::array<char, 64> bytes_;
  size_t size_ = 0;
};
[[nodiscard]] ShortText short_text_of(const flowtable::IpAddress& address) noexcept;
[[nodiscard]] ShortText short_text_of(flowtable::Tick tick) noexcept;

// "192.0.2.1", "2001:db8::1" (RFC 5952).
[[nodiscard]] std::string text_of(const flowtable::IpAddress& address);
// "2024-05-01T12:00:00.123456789Z"
[[nodiscard]] std::string text_of(flowtable::Tick tick);
// Seconds since the epoch as "YYYY-MM-DDThh:mm:ssZ"; years -32767 to 32767.
[[nodiscard]] std::string text_of_seconds(int64_t seconds);
// Lower-case hex without separators.
[[nodiscard]] std::string hex_of(flowtable::Bytes bytes);
// "RSA 2048", "EC P-256", "ED25519"; empty where the key could not be read.
[[nodiscard]] std::string key_text(const tls::CertificateFacts& facts);

}  // namespace control
