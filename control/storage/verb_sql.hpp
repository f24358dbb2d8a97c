// SPDX-License-Identifier: Apache-2.0
// What each list of the memory is made of, in SQL.
#pragma once

#include "control/query/query_field.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace control {

enum class ColumnForm : uint8_t { text, number, time, hex, address, flag };

struct VerbColumn {
  SqlLiteral key;
  ColumnForm form;
  SqlLiteral expression;
  bool nullable = false;

  [[nodiscard]] constexpr std::string_view name() const noexcept { return key.text(); }
};

// Part of what tells one row from all others.
struct VerbKey {
  SqlLiteral expression;
  SqlLiteral type;
};

// How rows reach things that are not their own: before + conditions + after holds where one such
// thing fulfils all of them. Homes that share a link are one thing there.
struct VerbLink {
  std::array<FieldHome, 2> homes;
  SqlLiteral before;
  SqlLiteral after;
  // Before conditions on a certificate, where things without one are behind the link too: tells the
  // planner that those do not count.
  SqlLiteral with_certificate{};
};

struct VerbSql {
  SqlLiteral from;
  SqlLiteral where;    // besides the query's conditions; never empty
  SqlLiteral grouped;  // what follows the conditions of a list that sums up; else empty
  std::span<const VerbColumn> columns;
  std::span<const VerbKey> keys;
  std::span<const FieldHome> own;
  std::span<const VerbLink> links;
  // Column and direction of the order that nobody asked for.
  std::string_view order;
  bool descending = false;

  [[nodiscard]] const VerbColumn* column(std::string_view name) const noexcept;
};

[[nodiscard]] const VerbSql& verb_sql(QueryVerb verb) noexcept;

}  // namespace control
