// SPDX-License-Identifier: Apache-2.0
// Rows as comma-separated values, RFC 4180.
#pragma once

#include "control/ipc/command_table.hpp"
#include "control/ipc/message.hpp"

#include <span>
#include <string>

namespace control {

// Both end with CR LF. An absent value is an empty field.
[[nodiscard]] std::string csv_header(std::span<const ColumnSpec> columns);
// Certificates hold what their maker liked: a text that begins like a formula (= + - @ tab) gets a
// ' before it, so that no spreadsheet runs it. Numbers stay numbers.
[[nodiscard]] std::string csv_row(std::span<const ColumnSpec> columns, const Json& row);

}  // namespace control
