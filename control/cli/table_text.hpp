// SPDX-License-Identifier: Apache-2.0
// Rows under headings, for people.
#pragma once

#include "control/ipc/command_table.hpp"
#include "control/ipc/message.hpp"

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace control {

enum class Style : uint8_t {
  plain,    // piped, or NO_COLOR is set
  terminal  // headings stand out
};

// What a terminal takes for the beginning and the end of such a heading.
inline constexpr std::string_view kBold = "\x1b[1m";
inline constexpr std::string_view kNormal = "\x1b[0m";

// Columns are as wide as their widest value, two spaces apart, numbers flush right; no spaces at
// the end of lines.
[[nodiscard]] std::string table_text(std::span<const ColumnSpec> columns,
                                     const std::vector<Json>& rows, Style style);

// One line for each field: its heading and its value.
[[nodiscard]] std::string fields_text(std::span<const ColumnSpec> fields,
                                      const std::vector<std::pair<std::string, Json>>& values);

}  // namespace control
