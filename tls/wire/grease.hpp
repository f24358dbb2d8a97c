// SPDX-License-Identifier: Apache-2.0
// Values that mean nothing on purpose.
#pragma once

#include <cstdint>

namespace tls {

// RFC 8701 section 2: the sixteen values 0x0A0A, 0x1A1A … 0xFAFA are reserved for cipher suites,
// extensions, groups, versions, signature algorithms and (as two bytes) ALPN. Look-alikes such as
// 0xEEEE or 0xEFEF are not among them.
[[nodiscard]] constexpr bool is_grease(uint16_t value) noexcept {
  return (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff);
}

}  // namespace tls
