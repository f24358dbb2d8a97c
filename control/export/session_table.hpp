// SPDX-License-Identifier: Apache-2.0
// Sessions for people: one line each.
#pragma once

#include "control/export/native_record.hpp"

#include <array>
#include <string>

namespace control {

// When (to the second), client, server, name, version, JA4, certificate; `-` where there is
// nothing.
using SessionCells = std::array<std::string, 7>;
[[nodiscard]] SessionCells session_cells(const tls::Observation& seen);

// "TLS 1.2"; empty where the number is none of theirs.
[[nodiscard]] std::string tls_version_text(uint16_t version);

// The headings of append_session_row(), with their line feed.
[[nodiscard]] std::string session_table_head();

// Appends when, who, whom, under what name, how, and with which certificate. Long values are cut so
// that the columns stay; nothing in a line can act on a terminal.
void append_session_row(std::string& out, const RecordContext& context);

}  // namespace control
