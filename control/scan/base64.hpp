// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace control {

// RFC 4648 section 4. White space between characters is passed over, as PEM needs it; the padding
// must be there, and bits that no byte takes must be zero. Nothing for any other text.
[[nodiscard]] std::optional<std::vector<uint8_t>> decode_base64(std::string_view text);

}  // namespace control
