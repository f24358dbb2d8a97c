// SPDX-License-Identifier: Apache-2.0
// Which tapseal this is.
#pragma once

#include <string_view>

namespace control {

// The project's version, as meson.build states it: "0.1.0".
[[nodiscard]] std::string_view program_version() noexcept;

}  // namespace control
