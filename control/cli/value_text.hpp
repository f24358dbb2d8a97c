// SPDX-License-Identifier: Apache-2.0
// One value of a reply, for people.
#pragma once

#include "control/ipc/command_table.hpp"
#include "control/ipc/message.hpp"

#include <string>

namespace control {

// By the column's kind: 1536 bytes are "1.5 KiB", 90 seconds "1m30s", 12300 per second "12.3 k/s".
// Null is "-"; lists are joined by commas. The text is printable.
[[nodiscard]] std::string value_text(ColumnKind kind, const Json& value);

}  // namespace control
