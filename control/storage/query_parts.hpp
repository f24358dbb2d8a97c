// SPDX-License-Identifier: Apache-2.0
// How columns are shown. Part of the questions, apart for its use.
#pragma once

#include <string>

namespace control::query_parts {

// A time as the record has it. to_char knows no infinities.
inline std::string utc(const std::string& column) {
  return "CASE WHEN isfinite(" + column + ") THEN to_char(" + column +
         ", 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') ELSE " + column + "::text END AS " +
         column.substr(column.find('.') + 1);
}

inline std::string hex(const std::string& column) {
  return "encode(" + column + ", 'hex') AS " + column.substr(column.find('.') + 1);
}

}  // namespace control::query_parts
