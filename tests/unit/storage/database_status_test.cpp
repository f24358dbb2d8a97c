// SPDX-License-Identifier: Apache-2.0
#include "control/storage/database_status.hpp"

#include "control/storage/distribution.hpp"
#include "control/storage/migrate.hpp"
#include "tests/unit/storage/test_cluster.hpp"

#include <gtest/gtest.h>

#include <map>

namespace control::tests {
namespace {

using Rows = std::map<std::string, std::map<std::string, std::string>>;  // by the first column

Rows rows_of(const DatabaseStatus& status, const std::string& heading) {
  Rows out;
  for (const QuerySection& section : status.sections) {
    if (section.heading != heading) continue;
    for (const auto& row : section.rows) {
      for (size_t column = 0; column < row.size(); ++column)
        out[row[0]][section.columns[column]] = row[column];
    }
  }
  return out;
}

std::string field_of(const DatabaseStatus& status, const std::string& name) {
  for (const auto& [key, value] : status.fields)
    if (key == name) return value;
  return "absent";
}

TEST(DatabaseStatus, TellsWhatIsThere) {
  DatabaseConnection database = must_open(fresh_database());
  must_query(database, "SELECT create_session_partition('2026-03-04', 1500)");
  must_query(database, "SELECT create_session_partition('2026-05-06', 1500)");
  must_query(database, "INSERT INTO owner SELECT n::text FROM generate_series(1, 1000) AS n");
  must_query(database,
             "INSERT INTO ingest_cursor VALUES ('tap', 7, 42, now() - interval '90 seconds')");
  must_query(database, "ANALYZE");
  const auto status = database_status(database);
  ASSERT_TRUE(status.ok()) << status.error().message;
  const std::string known = std::to_string(known_migrations().size());
  EXPECT_EQ(field_of(status.value(), "schema"), known);
  EXPECT_EQ(field_of(status.value(), "schema_known"), known);
  EXPECT_EQ(field_of(status.value(), "server"), must_query(database, "SHOW server_version"));
  EXPECT_EQ(field_of(status.value(), "session_partitions"), "2");
  EXPECT_EQ(field_of(status.value(), "sessions_from"), "2026-03-04");
  EXPECT_EQ(field_of(status.value(), "sessions_to"), "2026-05-06");
  EXPECT_EQ(field_of(status.value(), "citus"), "");

  Rows tables = rows_of(status.value(), "tables");
  EXPECT_EQ(tables.size(), table_placements().size());
  EXPECT_EQ(tables["owner"]["rows"], "1000");
  EXPECT_EQ(tables["owner"]["placement"], "reference");
  EXPECT_EQ(tables["session"]["placement"], "by dst");
  // Its partitions are summed up in it.
  EXPECT_EQ(tables["session"]["index_bytes"], must_query(database,
                                                         "SELECT sum(pg_indexes_size(relid)) FROM"
                                                         " pg_partition_tree('session')"));

  Rows writers = rows_of(status.value(), "writers");
  EXPECT_EQ(writers["tap"]["seq"], "42");
  EXPECT_NEAR(std::stod(writers["tap"]["lag"]), 90, 30);
}

TEST(DatabaseStatus, TellsTheStateOfEachMigration) {
  DatabaseConnection database = must_open(fresh_database());
  must_query(database, "UPDATE schema_migration SET sha256 = 'ab' WHERE version = 2");
  const std::string last = std::to_string(known_migrations().back().version);
  must_query(database, "DELETE FROM schema_migration WHERE version = " + last);
  const auto status = database_status(database);
  ASSERT_TRUE(status.ok());
  Rows rows = rows_of(status.value(), "migrations");
  EXPECT_EQ(rows.size(), known_migrations().size());
  EXPECT_EQ(rows["1"]["state"], "as built");
  EXPECT_EQ(rows["2"]["state"], "differs");
  EXPECT_EQ(rows[last]["state"], "not applied");
  must_query(database,
             "INSERT INTO schema_migration SELECT n, 'later', 'ab' FROM generate_series(" + last +
                 ", 90) AS n ON CONFLICT DO NOTHING");
  Rows newer = rows_of(database_status(database).value(), "migrations");
  EXPECT_EQ(newer["90"]["state"], "of a newer tapseal");
}

TEST(DatabaseStatus, SaysThatThereIsNoMemory) {
  DatabaseAddress address = shared_cluster().address();
  DatabaseConnection first = must_open(address);
  must_query(first, "CREATE DATABASE status_empty");
  address.database = "status_empty";
  DatabaseConnection database = must_open(address);
  const auto status = database_status(database);
  ASSERT_FALSE(status.ok());
  EXPECT_NE(status.error().message.find("no memory"), std::string::npos);
}

TEST(Vacuum, GivesRoomBackAndTellsOfEachTable) {
  DatabaseConnection database = must_open(fresh_database());
  must_query(database,
             "INSERT INTO owner SELECT n::text, repeat('x', 1000) FROM"
             " generate_series(1, 2000) AS n");
  must_query(database, "DELETE FROM owner");
  std::map<std::string, VacuumedTable> seen;
  const auto done =
      vacuum(database, [&](const VacuumedTable& table) { seen[table.table] = table; });
  ASSERT_TRUE(done.ok()) << done.error().message;
  EXPECT_EQ(seen.size(), table_placements().size());
  EXPECT_LT(std::stol(seen["owner"].bytes_after), std::stol(seen["owner"].bytes_before));
}

}  // namespace
}  // namespace control::tests
