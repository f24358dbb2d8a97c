// SPDX-License-Identifier: Apache-2.0
// The SQL of the read side, put together from constants; values are parameters.
#pragma once

#include "control/storage/query_term.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace control {

struct ShowQuestion {
  std::string_view heading;
  std::string sql;  // $1 the term's value, $2 the most rows
};
// What show() asks about a term of this kind, in the order of the answer.
[[nodiscard]] std::vector<ShowQuestion> show_questions(TermKind kind);

// Rows of certificates `c`, services of sightings `s`, and visits `x`, for those who ask more.
[[nodiscard]] std::string certificates_sql(const std::string& where);
[[nodiscard]] std::string sightings_sql(const std::string& where);
// The same of a table of sightings named s.
[[nodiscard]] std::string sightings_from_sql(const std::string& sightings);

}  // namespace control
