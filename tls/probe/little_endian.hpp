// SPDX-License-Identifier: Apache-2.0
// Numbers of MySQL and RDP, whose lowest byte comes first.
#pragma once

#include "flowtable/base/byte_reader.hpp"

#include <cstdint>

namespace tls::probe {

// At most four bytes.
[[nodiscard]] constexpr uint32_t load_le(flowtable::Bytes bytes) noexcept {
  uint32_t number = 0;
  for (size_t i = bytes.size(); i > 0; --i)
    number = number << 8 | bytes[i - 1];
  return number;
}

}  // namespace tls::probe
