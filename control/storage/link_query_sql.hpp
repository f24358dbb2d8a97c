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

// What of the list of hosts is about the term, in its grammar; empty: nothing. A network has more
// sightings than anybody reads: each of its services once, with what it showed last, in the order
// of the addresses, which is that of the list's further pages.
[[nodiscard]] std::string hosts_query(const QueryTerm& term);
// The same of the list of changes.
[[nodiscard]] std::string changes_query(const QueryTerm& term);

}  // namespace control
