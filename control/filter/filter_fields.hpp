// SPDX-License-Identifier: Apache-2.0
// The one declaration of what sessions can be asked for: grammar, help and matching come from it.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace control {

// How a value is written, and what `:` means for it.
enum class FilterForm : uint8_t {
  pattern,  // the whole text, upper and lower case alike; * stands for any characters
  word,     // one of `words`
  part,     // a part of the text, upper and lower case alike
  prefix,   // an IP address, or a network such as 10.0.0.0/8
  number,   // decimal, or hexadecimal after 0x; also < <= > >=
  version,  // ssl3, 1.0, 1.1, 1.2, 1.3; also < <= > >=
  digest,   // hexadecimal digits, at least 8 from the start
  flag      // yes or no
};

struct FilterField {
  std::string_view name;
  FilterForm form;
  uint64_t max;  // of numbers
  std::string_view help;
  std::string_view example;
  std::span<const std::string_view> words{};
};

// In the order of the help.
[[nodiscard]] std::span<const FilterField> filter_fields() noexcept;
[[nodiscard]] const FilterField* find_filter_field(std::string_view name) noexcept;

// Whether < and > have a meaning for it.
[[nodiscard]] constexpr bool is_ordered(FilterForm form) noexcept {
  return form == FilterForm::number || form == FilterForm::version;
}

}  // namespace control
