// SPDX-License-Identifier: Apache-2.0
// The groups of a key exchange: their names, and which of them a quantum computer leaves standing.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace tls {

struct NamedGroup {
  uint16_t code;
  std::string_view name;  // as IANA's registry "TLS Supported Groups" spells it, where it has it
  bool post_quantum;      // alone or as one half of a hybrid
};

// Null for a code without a name.
[[nodiscard]] const NamedGroup* find_named_group(uint16_t code) noexcept;
[[nodiscard]] bool is_post_quantum(uint16_t code) noexcept;
[[nodiscard]] bool any_post_quantum(std::span<const uint16_t> codes) noexcept;

}  // namespace tls
