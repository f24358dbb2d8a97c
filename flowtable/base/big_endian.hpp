// SPDX-License-Identifier: Apache-2.0
// Network byte order, by bytes: no alignment and no aliasing assumptions. The compiler makes one
// load and one byte swap of each.
#pragma once

#include <cstdint>

namespace flowtable {

// Each reads exactly sizeof(result) bytes (load_be24: three) at `from`. The caller has checked
// that they are there; wire formats are read through ByteReader, which does.
[[nodiscard]] constexpr uint16_t load_be16(const uint8_t* from) noexcept {
  return static_cast<uint16_t>(from[0] << 8 | from[1]);
}

[[nodiscard]] constexpr uint32_t load_be24(const uint8_t* from) noexcept {
  return uint32_t{from[0]} << 16 | uint32_t{from[1]} << 8 | from[2];
}

[[nodiscard]] constexpr uint32_t load_be32(const uint8_t* from) noexcept {
  return uint32_t{load_be16(from)} << 16 | load_be16(from + 2);
}

[[nodiscard]] constexpr uint64_t load_be64(const uint8_t* from) noexcept {
  return uint64_t{load_be32(from)} << 32 | load_be32(from + 4);
}

constexpr void store_be16(uint8_t* to, uint16_t value) noexcept {
  to[0] = static_cast<uint8_t>(value >> 8);
  to[1] = static_cast<uint8_t>(value);
}

constexpr void store_be32(uint8_t* to, uint32_t value) noexcept {
  store_be16(to, static_cast<uint16_t>(value >> 16));
  store_be16(to + 2, static_cast<uint16_t>(value));
}

constexpr void store_be64(uint8_t* to, uint64_t value) noexcept {
  store_be32(to, static_cast<uint32_t>(value >> 32));
  store_be32(to + 4, static_cast<uint32_t>(value));
}

}  // namespace flowtable
