// SPDX-License-Identifier: Apache-2.0
// The options of TCP headers that our own connections speak (RFC 9293 section 3.2, RFC 7323).
#pragma once

#include "flowtable/base/byte_reader.hpp"

#include <array>
#include <cstdint>
#include <optional>

namespace dataplane {

struct TcpOptions {
  std::optional<uint16_t> mss;
  std::optional<uint8_t> window_shift;  // at most 14 counts
  bool sack_permitted = false;
  struct Timestamps {
    uint32_t value = 0;
    uint32_t echo = 0;
  };
  std::optional<Timestamps> timestamps;
};

// What is unknown or broken is left out, as RFC 9293 section 3.1 (MUST-6) wants.
[[nodiscard]] TcpOptions read_tcp_options(flowtable::Bytes options) noexcept;

struct OptionBytes {
  std::array<uint8_t, 40> bytes{};
  uint8_t size = 0;
};

// Of our SYN: MSS, SACK permitted, timestamps, window scale, in the order that Linux sends them.
[[nodiscard]] OptionBytes syn_options(uint16_t mss, uint8_t window_shift,
                                      uint32_t timestamp) noexcept;
// Of every later segment where both sides gave timestamps: RFC 7323 appendix A.
[[nodiscard]] OptionBytes timestamp_option(const TcpOptions::Timestamps& timestamps) noexcept;

}  // namespace dataplane
