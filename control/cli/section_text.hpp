// SPDX-License-Identifier: Apache-2.0
// Replies whose rows are not all alike.
#pragma once

#include "control/cli/table_text.hpp"
#include "control/ipc/command_table.hpp"
#include "control/ipc/message.hpp"

#include <span>
#include <string>
#include <vector>

namespace control {

// Columns of two: a text that says which section a row belongs to, and one of kind `values`.
[[nodiscard]] bool is_sectioned(std::span<const ColumnSpec> columns) noexcept;

// Rows of one section stand together under its heading, in a table of the columns they have; a
// section of one row with many columns goes down the page.
[[nodiscard]] std::string sections_text(std::span<const ColumnSpec> columns,
                                        const std::vector<Json>& rows, Style style);

// For programs: the members of `values` beside the other columns. Other rows as they are.
[[nodiscard]] Json flat_row(std::span<const ColumnSpec> columns, const Json& row);

}  // namespace control
