// SPDX-License-Identifier: Apache-2.0
// What `tapseal read --summary` says when the files are read.
#pragma once

#include "control/daemon/book.hpp"

#include <string>

namespace control {

// For a person: the book's statement, then every counter that is not 0. Each line that counts
// begins with its number, so that awk and people find it.
[[nodiscard]] std::string summary_text(const BookCounts& counts);

// The same for a program, one line: {"type":"summary","balanced":true,"verdict":…,"book":{…},
// "path":{…},"drop":{…},"pipeline":{…}}, every counter with its value.
[[nodiscard]] std::string summary_json(const BookCounts& counts);

// The statement alone, as in the summary.
[[nodiscard]] std::string statement_text(const BookStatement& statement);

}  // namespace control
