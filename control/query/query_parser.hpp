// SPDX-License-Identifier: Apache-2.0
// The grammar of queries, for the command line, the page and whoever else asks.
//
//   QUERY = { TERM }                                   all of them must hold
//   TERM  = ["-"] (FIELD OP VALUES | WORD | QUOTED)    `-` turns the meaning round
//   OP    = ":" | "=" | "<" | "<=" | ">" | ">="
//   VALUES = VALUE {"," VALUE}                         one of them must fit
//   VALUE = TEXT | QUOTED | [TEXT] ".." [TEXT] | "-"   `-`: there is none
//
// QUOTED is "…" with \" and \\ inside. A word without a field searches what query_field declares
// as `text`; one with a * in it names, an address or a network servers, where the verb has them.
#pragma once

#include "control/query/query.hpp"
#include "flowtable/base/result.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace control {

inline constexpr size_t kQueryBytesMax = 16'384;
inline constexpr size_t kQueryConditionsMax = 64;
inline constexpr size_t kQueryValuesMax = 64;

// Error: one line with the column (from 1, in characters) where it goes wrong, what stands there,
// and the mend.
[[nodiscard]] flowtable::OrError<Query> parse_query(QueryVerb verb, std::string_view text);

// The words of a command line as one query. A shell takes quotes away: a word such as
// `issuer:Corp CA` has spaces behind its operator and no other operator, and gets them back.
[[nodiscard]] std::string query_of_words(std::span<const std::string> words);

}  // namespace control
