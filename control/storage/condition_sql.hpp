// SPDX-License-Identifier: Apache-2.0
// One condition of a query as SQL.
#pragma once

#include "control/query/query.hpp"
#include "control/storage/sql_text.hpp"

namespace control {

// Of a condition without regard to its negation.
struct ConditionSql {
  SqlText fits;     // where one of the values fits; empty where only `-` was asked for
  SqlText present;  // where there is any; empty where `-` was not asked for
};

// `expression` is the field's own, or of an answer's column what computes it.
[[nodiscard]] ConditionSql condition_sql(const QueryCondition& condition, SqlLiteral expression,
                                         SqlParameters& parameters);

}  // namespace control
