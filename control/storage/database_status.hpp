// SPDX-License-Identifier: Apache-2.0
// What the memory is made of, and its upkeep.
#pragma once

#include "control/storage/connection.hpp"
#include "control/storage/queries.hpp"
#include "flowtable/base/result.hpp"

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace control {

struct DatabaseStatus {
  // server, database, schema, schema_known, bytes, session_partitions, sessions_from, sessions_to,
  // citus.
  std::vector<std::pair<std::string, std::string>> fields;
  // migrations (version, name, state, applied_at, sha256), tables (table, placement, rows, bytes,
  // index_bytes), writers (sensor, epoch, seq, stored_at, lag).
  std::vector<QuerySection> sections;
};
// Rows are the server's estimates; partitions are summed up in their table.
flowtable::OrError<DatabaseStatus> database_status(DatabaseConnection& database);

struct VacuumedTable {
  std::string table;
  int64_t milliseconds = 0;
  std::string bytes_before;  // with its indexes
  std::string bytes_after;
};
// VACUUM (ANALYZE) of every table of ours, each told as it is done. Writers go on.
flowtable::OrError<void> vacuum(DatabaseConnection& database,
                                const std::function<void(const VacuumedTable&)>& done);

}  // namespace control
