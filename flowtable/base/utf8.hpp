// SPDX-License-Identifier: Apache-2.0
// Characters in UTF-8: how long is the one that starts here, what is it, and how it is written.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace flowtable {

// What stands for a character that cannot be one.
inline constexpr char32_t kReplacementCharacter = 0xfffd;

// Length (1 to 4) of the well-formed UTF-8 sequence at the start of `bytes`, or 0 where there is
// none (Unicode 15 table 3-7: no overlong forms, no surrogates, nothing beyond U+10FFFF).
[[nodiscard]] size_t utf8_length(std::string_view bytes) noexcept;

// The code point of a sequence that utf8_length() has measured.
[[nodiscard]] char32_t utf8_decode(std::string_view sequence) noexcept;

// A character in UTF-8.
struct Utf8Bytes {
  std::array<char, 4> bytes{};
  uint8_t size = 0;
  [[nodiscard]] std::string_view view() const noexcept { return {bytes.data(), size}; }
};
// Of a code point up to U+10FFFF that is no surrogate.
[[nodiscard]] Utf8Bytes utf8_encode(char32_t point) noexcept;
inline void append_utf8(std::string& out, char32_t point) {
  out += utf8_encode(point).view();
}

// U+0000 to U+001F and U+007F to U+009F (Unicode category Cc): they act instead of showing.
[[nodiscard]] constexpr bool is_control(char32_t point) noexcept {
  return point < 0x20 || (point >= 0x7f && point < 0xa0);
}
[[nodiscard]] constexpr bool is_surrogate(char32_t point) noexcept {
  return point >= 0xd800 && point <= 0xdfff;
}

}  // namespace flowtable
