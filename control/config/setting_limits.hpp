// SPDX-License-Identifier: Apache-2.0
// What the parts of the settings table share.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace control {

inline constexpr uint64_t kSecond = 1'000'000'000;
inline constexpr uint64_t kPathMax = 4095;
// A Unix socket's address holds 108 bytes with the final zero (unix(7)).
inline constexpr size_t kSocketPathMax = 107;
inline constexpr std::array<std::string_view, 2> kNoYes{"no", "yes"};  // of a bool

}  // namespace control
