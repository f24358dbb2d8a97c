// SPDX-License-Identifier: Apache-2.0
// The daemon's log: lines on standard error.
#pragma once

#include <string_view>

namespace control {

// "2026-01-31T23:59:59Z storage: connected", written at once. Any thread but a poll core. `part` is
// the folder or thing that speaks. Control characters in `line` (DPDK and Postgres pass on what
// they are given) are written as \xHH.
void log_line(std::string_view part, std::string_view line);

}  // namespace control
