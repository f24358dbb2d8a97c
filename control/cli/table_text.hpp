// SPDX-License-Identifier: Apache-2.0
// Rows under headings, for people.
#pragma once

#include "control/ipc/command_table.hpp"
#include "control/ipc/message.hpp"

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace control {

enum class Style : uint8_t {
  plain,    // piped, or NO_COLOR is set
  terminal  // headings stand out
};

// Columns are as wide as their widest value, two spaces apart, numbers flush right; no spaces at
// the end of lines.
[[nodiscard]] std::string table_text(std::span<const ColumnSpec> columns,
                                     const std::vector<Json>& rows, Style style);

// One line for each field: its heading and its value.
[[nodiscard]] std::string fields_text(std::span<const ColumnSpec> fields,
                                      const std::vector<std::pair<std::string, Json>>& values);

}  // namespace control
