// SPDX-License-Identifier: Apache-2.0
// How long is the UTF-8 character that starts here?
#pragma once

#include <cstddef>
#include <string_view>

namespace control {

// Length (1 to 4) of the well-formed UTF-8 sequence at the start of `bytes`, or 0 where there is
// none (Unicode 15 table 3-7: no overlong forms, no surrogates, nothing beyond U+10FFFF).
[[nodiscard]] size_t utf8_length(std::string_view bytes) noexcept;

// The code point of a sequence that utf8_length() has measured.
[[nodiscard]] char32_t utf8_decode(std::string_view sequence) noexcept;

}  // namespace control
