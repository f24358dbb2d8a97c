// SPDX-License-Identifier: Apache-2.0
// A query as one statement with parameters. No byte of a query reaches the statement's text: its
// parts are SqlLiteral, and the numbers of parameters.
#pragma once

#include "control/query/query.hpp"
#include "flowtable/base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace control {

inline constexpr int kPageRowsMax = 10'000;

// Which part of the answer, in which order.
struct PageWanted {
  std::string sort{};   // a column of the answer, with a - before it descending; empty: the list's
  int limit = 100;      // 1 to kPageRowsMax
  std::string after{};  // where the page before ended (QueryPage::next); empty: the first page
};

struct CompiledQuery {
  std::string sql;
  std::vector<std::optional<std::string>> parameters;
  std::string sort;       // as it was asked for, or the list's own
  size_t num_hidden = 0;  // so many last columns are the place of the row in the order
  int limit = 0;          // one row more than this is asked for: whether there is more
};

// Error: a column that is not of the list, or a place that is none.
[[nodiscard]] flowtable::OrError<CompiledQuery> compile_query(const Query& query,
                                                              const PageWanted& page);

// The place of a row in the order, as PageWanted::after takes it: printable, without blanks.
[[nodiscard]] std::string place_text(const CompiledQuery& compiled,
                                     const std::vector<std::string>& row);

}  // namespace control
