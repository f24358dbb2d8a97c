// SPDX-License-Identifier: Apache-2.0
// The SQL of the read side, put together from constants; values are parameters.
#pragma once

#include "control/storage/query_term.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace control {

enum class NameCondition : uint8_t {
  none,
  exact,  // certificates that are good for the name
  below,  // "*.domain": certificates that hold any name below the domain
};
struct CertsConditions {
  bool expiring = false;  // within so many seconds
  bool expired = false;
  NameCondition name = NameCondition::none;  // lower case
  bool issuer = false;                       // part of the issuer's common name
};
// $1 limit, $2 offset, then the values of the conditions in their order (expired has none).
[[nodiscard]] std::string certs_sql(const CertsConditions& wanted);

struct ShowQuestion {
  std::string_view heading;
  std::string sql;  // $1 the term's value, $2 the most rows
};
// What show() asks about a term of this kind, in the order of the answer.
[[nodiscard]] std::vector<ShowQuestion> show_questions(TermKind kind);

}  // namespace control
