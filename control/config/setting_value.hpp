// SPDX-License-Identifier: Apache-2.0
// The types a setting can have, and how a person writes them.
#pragma once

#include "control/config/settings.hpp"
#include "flowtable/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace control {

enum class SettingType : uint8_t {
  word,       // one of a few, kept as its place among them
  text,       // any text within length bounds
  count,      // whole number; k, M and G multiply by a thousand each
  duration,   // whole number and ns, us, ms, s, m, h or d
  cpu_list,   // CPU ids and ranges: [0, 2-5]
  port_list,  // [{name: …, device: …}]
  text_list   // texts, each with a check of its own
};

// By type: text is a string, word and count are a number.
using SettingValue = std::variant<uint64_t, std::string, Duration, std::vector<uint32_t>,
                                  std::vector<PortSettings>, std::vector<std::string>>;

// Whether YAML's grammar for lists is needed to write it.
[[nodiscard]] constexpr bool is_list(SettingType type) noexcept {
  return type == SettingType::cpu_list || type == SettingType::port_list ||
         type == SettingType::text_list;
}

// "262144", "256k", "1M". Error: none of these, or more than 64 bits.
[[nodiscard]] flowtable::OrError<uint64_t> parse_count(std::string_view text);

// "250ms", "10s", "5m", "30d". A unit is required, so that nobody has to guess it.
[[nodiscard]] flowtable::OrError<Duration> parse_duration(std::string_view text);

// The shortest way to write a duration exactly: "90s", "5m". Parses back to the same value.
[[nodiscard]] std::string format_duration(Duration duration);

// A YAML scalar for `text`: as it is where YAML reads it back as this text, else in double quotes.
[[nodiscard]] std::string yaml_scalar(std::string_view text);

}  // namespace control
