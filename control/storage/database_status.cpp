// SPDX-License-Identifier: Apache-2.0
#include "control/storage/database_status.hpp"

#include "control/storage/distribution.hpp"
#include "control/storage/migrate.hpp"

#include <chrono>

namespace control {
namespace {

using flowtable::Error;
using flowtable::Failure;
using flowtable::OrError;

constexpr std::string_view kTime = "to_char(%, 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')";

std::string time_of(std::string_view column) {
  std::string out(kTime);
  return out.replace(out.find('%'), 1, column);
}

Failure<Error> failed_query(const DatabaseError& error) {
  return Failure{Error{error.message}};
}

OrError<QuerySection> ask(DatabaseConnection& database, std::string heading,
                          const std::string& sql) {
  const auto rows = database.query(sql);
  if (!rows) return failed_query(rows.error());
  QuerySection out{std::move(heading), {}, {}};
  for (int column = 0; column < rows.value().num_columns(); ++column)
    out.columns.emplace_back(rows.value().column_name(column));
  for (int row = 0; row < rows.value().num_rows(); ++row) {
    std::vector<std::string>& fields = out.rows.emplace_back();
    for (int column = 0; column < rows.value().num_columns(); ++column)
      fields.emplace_back(rows.value().text(row, column));
  }
  return out;
}

// The days are in the names of the partitions.
constexpr std::string_view kFieldsSql =
    "SELECT current_setting('server_version') AS server, current_database() AS database,"
    " (SELECT max(version) FROM schema_migration) AS schema,"
    " pg_database_size(current_database()) AS bytes,"
    " (SELECT count(*) FROM day) AS session_partitions,"
    " (SELECT min(date) FROM day) AS sessions_from, (SELECT max(date) FROM day) AS sessions_to,"
    " coalesce((SELECT extversion FROM pg_extension WHERE extname = 'citus'), '') AS citus";
constexpr std::string_view kDays =
    "WITH day AS (SELECT to_date(substr(c.relname, 9), 'YYYYMMDD') AS date FROM pg_inherits i"
    " JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = to_regclass('session')"
    " AND c.relname ~ '^session_\\d{8}$') ";

// A table that was never analysed has -1 rows; the statistics may know better.
constexpr std::string_view kTablesSql =
    "SELECT r.relname AS table, sum(greatest(c.reltuples::bigint,"
    " pg_stat_get_live_tuples(c.oid), 0)) AS rows, sum(pg_table_size(c.oid)) AS bytes,"
    " sum(pg_indexes_size(c.oid)) AS index_bytes FROM pg_class c"
    " JOIN pg_class r ON r.oid = coalesce(pg_partition_root(c.oid), c.oid)"
    " WHERE c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace"
    " GROUP BY r.relname ORDER BY sum(pg_total_relation_size(c.oid)) DESC, r.relname";

std::string placement_of(std::string_view table) {
  for (const TablePlacement& placement : table_placements()) {
    if (placement.table != table) continue;
    return placement.is_distributed() ? "by " + std::string(placement.column) : "reference";
  }
  return "not ours";
}

// A migration of this build that the database has, lacks, or has otherwise.
std::string state_of(size_t place, std::string_view sha256) {
  if (place >= known_migrations().size()) return "of a newer tapseal";
  return known_migrations()[place].sha256 == sha256 ? "as built" : "differs";
}

OrError<QuerySection> migrations(DatabaseConnection& database) {
  OrError<QuerySection> section =
      ask(database, "migrations",
          "SELECT version, name, '' AS state, " + time_of("applied_at") +
              " AS applied_at, sha256 FROM schema_migration ORDER BY version");
  if (!section) return section;
  auto& rows = section.value().rows;
  for (size_t row = 0; row < rows.size(); ++row)
    rows[row][2] = state_of(row, rows[row][4]);
  for (size_t missing = rows.size(); missing < known_migrations().size(); ++missing) {
    const Migration& known = known_migrations()[missing];
    rows.push_back({std::to_string(known.version), std::string(known.name), "not applied", "",
                    std::string(known.sha256)});
  }
  return section;
}

OrError<QuerySection> tables(DatabaseConnection& database) {
  OrError<QuerySection> section = ask(database, "tables", std::string(kTablesSql));
  if (!section) return section;
  section.value().columns.insert(section.value().columns.begin() + 1, "placement");
  for (std::vector<std::string>& row : section.value().rows)
    row.insert(row.begin() + 1, placement_of(row.front()));
  return section;
}

}  // namespace

OrError<DatabaseStatus> database_status(DatabaseConnection& database) {
  const auto there = database.query(
      "SELECT FROM pg_class WHERE oid ="
      " to_regclass('schema_migration')");
  if (!there) return failed_query(there.error());
  if (there.value().num_rows() == 0)
    return Failure{
        Error{"there is no memory in this database yet: tapseald makes it at its start"}};
  DatabaseStatus out;
  const auto fields = ask(database, "", std::string(kDays) + std::string(kFieldsSql));
  if (!fields) return Failure{fields.error()};
  for (size_t column = 0; column < fields.value().columns.size(); ++column) {
    out.fields.emplace_back(fields.value().columns[column], fields.value().rows[0][column]);
  }
  out.fields.emplace_back("schema_known", std::to_string(known_migrations().size()));
  const std::string writers = "SELECT sensor, epoch, seq, " + time_of("updated_at") +
                              " AS stored_at, extract(epoch FROM now() - updated_at)::bigint AS"
                              " lag FROM ingest_cursor ORDER BY updated_at DESC";
  for (OrError<QuerySection> section :
       {migrations(database), tables(database), ask(database, "writers", writers)}) {
    if (!section) return Failure{section.error()};
    out.sections.push_back(std::move(section).value());
  }
  return out;
}

OrError<void> vacuum(DatabaseConnection& database,
                     const std::function<void(const VacuumedTable&)>& done) {
  const std::string size =
      "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0) FROM pg_class c"
      " WHERE coalesce(pg_partition_root(c.oid), c.oid) = to_regclass($1)"
      " AND c.relkind IN ('r', 'p')";
  for (const TablePlacement& placement : table_placements()) {
    VacuumedTable table{std::string(placement.table), 0, {}, {}};
    const auto before = database.query(size, {table.table});
    if (!before) return failed_query(before.error());
    table.bytes_before = before.value().text(0, 0);
    const auto start = std::chrono::steady_clock::now();
    // A constant of ours: no name of anybody else stands in it.
    const auto ran = database.run_script("VACUUM (ANALYZE) " + table.table);
    if (!ran) return Failure{Error{table.table + ": " + ran.error().message}};
    table.milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(
                             std::chrono::steady_clock::now() - start)
                             .count();
    const auto after = database.query(size, {table.table});
    if (!after) return failed_query(after.error());
    table.bytes_after = after.value().text(0, 0);
    done(table);
  }
  return {};
}

}  // namespace control
