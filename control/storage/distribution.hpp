// SPDX-License-Identifier: Apache-2.0
// Where each table lives once the memory is spread over several servers.
#pragma once

#include "control/storage/connection.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace control {

// A reference table is small and copied to every server. A distributed one grows with the traffic
// and is cut by the server's address, all of them alike, so that what belongs to one address lies
// on one server.
struct TablePlacement {
  std::string_view table;
  std::string_view column{};  // its distribution column, of type inet; empty: a reference table

  [[nodiscard]] constexpr bool is_distributed() const noexcept { return !column.empty(); }
};

// The one declaration of every table of the schema, in the order in which they are distributed:
// first what the others are joined with. A table that is not in it is a finding.
[[nodiscard]] std::span<const TablePlacement> table_placements() noexcept;

// The functions that migrations make, with their arguments: what a restore has to take away too.
[[nodiscard]] std::span<const std::string_view> schema_functions() noexcept;

// One table that breaks one rule.
struct SchemaFinding {
  std::string table;
  std::string rule;    // the rule, as a sentence part
  std::string detail;  // the constraint, column or trigger

  [[nodiscard]] std::string text() const;  // "TABLE: RULE: DETAIL"
};

// Holds the schema of the database to the rules of a distributed one; nothing in it needs Citus.
OrDatabaseError<std::vector<SchemaFinding>> schema_findings(DatabaseConnection& database);

// What was done to one table.
struct DistributedTable {
  TablePlacement placement;
  bool was_already = false;
};

// Hands every table to the extension citus, in the order of table_placements(), each in a
// transaction of its own: after a failure it goes on where it stopped. Refuses, with the mend,
// where the extension is not there or the schema breaks a rule.
flowtable::OrError<std::vector<DistributedTable>> distribute(DatabaseConnection& database);

// Whether the extension is there; an error is the database's.
OrDatabaseError<bool> can_distribute(DatabaseConnection& database);

}  // namespace control
