// SPDX-License-Identifier: Apache-2.0
#include "control/storage/distribution.hpp"

#include "control/storage/failed.hpp"

#include <algorithm>
#include <array>

namespace control {
namespace {

using flowtable::Failure;
using flowtable::OrError;
using std::string_view;

constexpr auto kPlacements = std::to_array<TablePlacement>({
    {"schema_migration"},
    {"sensor"},
    {"ingest_cursor"},
    {"certificate"},
    {"certificate_chain"},
    {"certificate_name"},
    {"public_key"},
    {"fingerprint"},
    {"suite_day"},
    {"owner"},
    {"tag_rule"},
    {"finding"},
    {"watchlist"},
    {"scan"},
    {"fleet_member"},
    {"fleet_scan"},
    {"fleet_zone"},
    {"scan_range"},
    {"fleet_share"},
    // The first one founds the group that the others share.
    {"service", "server"},
    {"sighting", "server"},
    {"client_sighting", "server"},
    {"service_fingerprint", "server"},
    {"ssh_sighting", "server"},
    {"scan_service", "server"},
    {"scan_target", "server"},
    {"session", "dst"},
});

constexpr auto kFunctions = std::to_array<string_view>({
    "create_session_partition(date, integer)", "code_points(bytea)", "words_of(text)",
    "phrase_of(text)", "utc_text(timestamp with time zone)",
    "validity_of(timestamp with time zone, timestamp with time zone)", "words_of_list(text[])",
    "is_under(text, text)", "any_is_under(text[], text)",
    "tag_applies(tag_rule, inet, integer, text, text[], text)",
    "service_leaf(inet, integer, text)",  // before 0009_plans
});

// `declared` is the list; `real` the tables of the schema, partitions left out; `known` those of
// both with their partitions, which share the fate of the table they are part of.
constexpr string_view kFrom =
    "WITH declared AS (SELECT * FROM unnest($1::text[], $2::text[]) AS d(name, col)),"
    " real AS (SELECT c.oid, c.relname::text AS name FROM pg_class c"
    "  WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')"
    "  AND NOT c.relispartition AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.deptype = 'e'"
    "   AND e.classid = 'pg_class'::regclass AND e.objid = c.oid)),"
    " known AS (SELECT c.oid, c.relname::text AS part, d.name, d.col FROM pg_class c"
    "  JOIN real r ON r.oid = coalesce(pg_partition_root(c.oid), c.oid)"
    "  JOIN declared d ON d.name = r.name WHERE c.relkind IN ('r', 'p')),"
    " place AS (SELECT k.*, a.attnum FROM known k LEFT JOIN pg_attribute a ON a.attrelid = k.oid"
    "  AND a.attname = k.col AND NOT a.attisdropped)";

// Each row is a table and what in it breaks the rule.
struct Rule {
  string_view says;
  string_view sql;
};

constexpr auto kRules = std::to_array<Rule>({
    {"is not in the list of tables",
     "SELECT name, 'say in control/storage/distribution.cpp where it lives' FROM real"
     " WHERE name NOT IN (SELECT name FROM declared)"},
    {"is in the list of tables and not in the schema",
     "SELECT name, '' FROM declared WHERE name NOT IN (SELECT name FROM real)"},
    // All distributed tables are cut alike, which takes one type.
    {"has no distribution column of type inet, not null",
     "SELECT p.part, p.col FROM place p LEFT JOIN pg_attribute a ON a.attrelid = p.oid"
     " AND a.attnum = p.attnum WHERE p.col <> ''"
     " AND (a.attnum IS NULL OR a.atttypid <> 'inet'::regtype OR NOT a.attnotnull)"},
    // An expression over the column is not the column.
    {"has a unique key without the distribution column",
     "SELECT p.part, i.indexrelid::regclass::text FROM place p"
     " JOIN pg_index i ON i.indrelid = p.oid AND i.indisunique"
     " WHERE p.col <> '' AND NOT coalesce(p.attnum = ANY(i.indkey), false)"},
    {"has an exclusion constraint",
     "SELECT p.part, c.conname FROM place p JOIN pg_constraint c ON c.conrelid = p.oid"
     " AND c.contype = 'x' WHERE p.col <> ''"},
    // To a reference table, or within the group on the distribution column.
    {"has a foreign key that leaves its server",
     "SELECT p.part, c.conname FROM place p"
     " JOIN pg_constraint c ON c.conrelid = p.oid AND c.contype = 'f'"
     " LEFT JOIN place q ON q.oid = c.confrelid WHERE q.oid IS NULL OR q.col <> ''"
     " AND NOT EXISTS (SELECT FROM generate_subscripts(c.conkey, 1) AS n"
     "  WHERE p.col <> '' AND c.conkey[n] = p.attnum AND c.confkey[n] = q.attnum)"},
    {"has a trigger",
     "SELECT k.part, t.tgname FROM known k JOIN pg_trigger t ON t.tgrelid = k.oid"
     " AND NOT t.tgisinternal"},
    {"has a rewrite rule",
     "SELECT k.part, r.rulename FROM known k JOIN pg_rewrite r ON r.ev_class = k.oid"},
    {"inherits without being a partition",
     "SELECT k.part, i.inhparent::regclass::text FROM known k"
     " JOIN pg_inherits i ON i.inhrelid = k.oid JOIN pg_class c ON c.oid = k.oid"
     " WHERE NOT c.relispartition"},
    {"has an identity column that is not bigint",
     "SELECT p.part, a.attname FROM place p JOIN pg_attribute a ON a.attrelid = p.oid"
     " AND a.attidentity <> '' AND a.atttypid <> 'int8'::regtype WHERE p.col <> ''"},
    // A restore would leave it standing in the way of a migration.
    {"is a function that is not in the list of functions",
     "SELECT f.proname, f.oid::regprocedure::text FROM pg_proc f"
     " WHERE f.pronamespace = current_schema()::regnamespace"
     " AND f.oid::regprocedure::text <> ALL($3::text[])"
     " AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.deptype = 'e'"
     "  AND e.classid = 'pg_proc'::regclass AND e.objid = f.oid)"},
});

// Names of ours only: nothing in them has to be escaped. An empty one needs its quotes.
template <typename List, typename Get>
std::string array_text(const List& list, Get get) {
  std::string out = "{";
  for (const auto& each : list)
    out += (out.size() > 1 ? ",\"" : "\"") + std::string(get(each)) + "\"";
  return out + "}";
}

// `group` is the table whose group the distributed ones share.
OrDatabaseError<void> place(DatabaseConnection& database, const TablePlacement& placement,
                            string_view group) {
  const std::string table(placement.table);
  const bool founds = placement.table == group;
  const auto done = placement.is_distributed()
                        ? database.query(
                              "SELECT create_distributed_table($1::regclass, $2::text,"
                              " colocate_with => $3::text)",
                              {table, std::string(placement.column),
                               founds ? std::string("none") : std::string(group)})
                        : database.query("SELECT create_reference_table($1::regclass)", {table});
  if (!done) return Failure{done.error()};
  return {};
}

OrError<void> check_schema(DatabaseConnection& database) {
  const auto findings = schema_findings(database);
  if (!findings) return failed(findings.error().message);
  if (findings.value().empty()) return {};
  std::string text = "the schema cannot be distributed";
  for (const SchemaFinding& finding : findings.value())
    text += "; " + finding.text();
  return failed(text);
}

}  // namespace

std::span<const TablePlacement> table_placements() noexcept {
  return kPlacements;
}

std::span<const string_view> schema_functions() noexcept {
  return kFunctions;
}

std::string SchemaFinding::text() const {
  return table + ": " + rule + (detail.empty() ? "" : ": " + detail);
}

OrDatabaseError<std::vector<SchemaFinding>> schema_findings(DatabaseConnection& database) {
  const std::string tables = array_text(kPlacements, [](const auto& each) { return each.table; });
  const std::string columns = array_text(kPlacements, [](const auto& each) { return each.column; });
  const std::string functions = array_text(kFunctions, [](string_view each) {
    // As regprocedure writes it: without blanks between the types.
    static constexpr string_view kBlank = ", ";
    std::string out(each);
    for (size_t at = 0; (at = out.find(kBlank)) != std::string::npos;)
      out.erase(at + 1, 1);
    return out;
  });
  std::vector<SchemaFinding> findings;
  for (const Rule& rule : kRules) {
    // Every rule takes the three lists, whichever it looks at.
    const std::string sql = std::string(kFrom) + " SELECT * FROM (" + std::string(rule.sql) +
                            ") AS found(name, detail), (SELECT $3::text[]) AS lists"
                            " ORDER BY name, detail";
    const auto rows = database.query(sql, {tables, columns, functions});
    if (!rows) return Failure{rows.error()};
    for (int row = 0; row < rows.value().num_rows(); ++row) {
      findings.push_back({std::string(rows.value().text(row, 0)), std::string(rule.says),
                          std::string(rows.value().text(row, 1))});
    }
  }
  return findings;
}

OrDatabaseError<bool> can_distribute(DatabaseConnection& database) {
  const auto rows = database.query("SELECT FROM pg_extension WHERE extname = 'citus'");
  if (!rows) return Failure{rows.error()};
  return rows.value().num_rows() > 0;
}

OrError<std::vector<DistributedTable>> distribute(DatabaseConnection& database) {
  const auto able = can_distribute(database);
  if (!able) return failed(able.error().message);
  if (!able.value()) {
    return failed(
        "the extension citus is not in this database: install Citus for its PostgreSQL on every "
        "server, add citus to shared_preload_libraries, restart, CREATE EXTENSION citus, and add "
        "the other servers (citus_add_node)");
  }
  if (OrError<void> sound = check_schema(database); !sound) return Failure{sound.error()};
  const auto* const group =
      std::ranges::find_if(kPlacements, [](const auto& each) { return each.is_distributed(); });
  std::vector<DistributedTable> out;
  for (const TablePlacement& placement : kPlacements) {
    const std::string table(placement.table);
    const auto known =
        database.query("SELECT FROM pg_dist_partition WHERE logicalrelid = $1::regclass", {table});
    if (!known) return failed(table + ": " + known.error().message);
    const bool was_already = known.value().num_rows() > 0;
    if (!was_already) {
      const auto placed = place(database, placement, group->table);
      if (!placed) return failed(table + ": " + placed.error().message);
    }
    out.push_back({placement, was_already});
  }
  return out;
}

}  // namespace control
