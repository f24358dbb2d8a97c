// SPDX-License-Identifier: Apache-2.0
// What `tapseal show` asks the tables that are kept for good: who is linked to what, and what
// stands beside it. Answers also when the sessions have gone.
#pragma once

#include "control/storage/query_sql.hpp"
#include "control/storage/query_term.hpp"

#include <string>
#include <vector>

namespace control {

// Behind show_questions(), with the same parameters.
[[nodiscard]] std::vector<ShowQuestion> link_questions(TermKind kind);

// What of the list of changes is about the term, in its grammar; empty: nothing.
[[nodiscard]] std::string changes_query(const QueryTerm& term);

}  // namespace control
