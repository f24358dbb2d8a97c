// SPDX-License-Identifier: Apache-2.0
#include "control/storage/migrate.hpp"

#include "control/storage/row_map.hpp"
#include "tests/unit/storage/test_cluster.hpp"

#include <gtest/gtest.h>

#include <map>
#include <thread>

namespace control::tests {
namespace {

DatabaseAddress empty_database(const std::string& name) {
  DatabaseAddress address = shared_cluster().address();
  DatabaseConnection first = must_open(address);
  must_query(first, "CREATE DATABASE " + name);
  address.database = name;
  return address;
}

TEST(Migrate, AppliesEachMigrationOnce) {
  const DatabaseAddress address = empty_database("migrate_once");
  DatabaseConnection database = must_open(address);
  const auto first = migrate(database);
  ASSERT_TRUE(first.ok()) << first.error().message;
  EXPECT_EQ(first.value(), static_cast<int>(known_migrations().size()));
  const auto second = migrate(database);
  ASSERT_TRUE(second.ok()) << second.error().message;
  EXPECT_EQ(second.value(), 0);
}

// The sums that the build wrote are those that the server computes of the very text.
TEST(Migrate, CarriesTrueChecksums) {
  DatabaseConnection database = must_open(shared_cluster().address());
  for (const Migration& migration : known_migrations()) {
    EXPECT_EQ(must_query(database, "SELECT encode(sha256(convert_to($1, 'UTF8')), 'hex')",
                         {std::string(migration.sql)}),
              migration.sha256)
        << migration.name;
  }
}

TEST(Migrate, LetsProgramsThatStartTogetherTakeTurns) {
  const DatabaseAddress address = empty_database("migrate_together");
  std::vector<std::thread> programs;
  std::atomic<int> applied{0};
  for (int i = 0; i < 4; ++i) {
    programs.emplace_back([&] {
      DatabaseConnection database = must_open(address);
      const auto done = migrate(database);
      EXPECT_TRUE(done.ok()) << done.error().message;
      if (done) applied += done.value();
    });
  }
  for (std::thread& program : programs)
    program.join();
  EXPECT_EQ(applied.load(), static_cast<int>(known_migrations().size()));
}

TEST(Migrate, RefusesANewerSchema) {
  const DatabaseAddress address = fresh_database();
  DatabaseConnection database = must_open(address);
  const auto older = migrate(database, known_migrations().first(1));
  ASSERT_FALSE(older.ok());
  EXPECT_NE(older.error().message.find("newer tapseal"), std::string::npos)
      << older.error().message;
}

TEST(Migrate, RefusesAChangedMigration) {
  const DatabaseAddress address = fresh_database();
  DatabaseConnection database = must_open(address);
  std::vector<Migration> changed(known_migrations().begin(), known_migrations().end());
  changed.back().sha256 = "00";
  const auto refused = migrate(database, changed);
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find(changed.back().name), std::string::npos);
}

TEST(Migrate, LeavesNothingOfAFailedMigration) {
  const DatabaseAddress address = empty_database("migrate_failed");
  DatabaseConnection database = must_open(address);
  const std::vector<Migration> broken = {{1, "good", "aa", "CREATE TABLE good (a int)"},
                                         {2, "bad", "bb", "CREATE TABLE half (a int); SELECT 1/0"}};
  const auto failed = migrate(database, broken);
  ASSERT_FALSE(failed.ok());
  EXPECT_NE(failed.error().message.find("division by zero"), std::string::npos);
  EXPECT_EQ(must_query(database, "SELECT to_regclass('good') IS NOT NULL"), "t");
  EXPECT_EQ(must_query(database, "SELECT to_regclass('half') IS NULL"), "t");
  EXPECT_EQ(must_query(database, "SELECT max(version) FROM schema_migration"), "1");
}

// Columns of a table that the server fills by itself.
template <typename Row>
void expect_same_columns(DatabaseConnection& database, const std::string& table,
                         std::span<const Column<Row>> columns,
                         const std::set<std::string>& filled_by_server = {}) {
  const auto rows = database.query(
      "SELECT column_name, udt_name FROM information_schema.columns WHERE table_name = $1"
      " AND table_schema = current_schema()",
      {table});
  ASSERT_TRUE(rows.ok());
  std::map<std::string, std::string> in_schema;
  for (int row = 0; row < rows.value().num_rows(); ++row) {
    const std::string name(rows.value().text(row, 0));
    if (!filled_by_server.contains(name)) in_schema[name] = rows.value().text(row, 1);
  }
  std::map<std::string, std::string> in_map;
  for (const Column<Row>& column : columns)
    in_map[std::string(column.name)] = udt_name_of(column.type);
  EXPECT_EQ(in_map, in_schema) << table;
  EXPECT_EQ(in_map.size(), columns.size()) << table << " names a column twice";
}

TEST(RowMap, AgreesWithTheSchema) {
  DatabaseConnection database = must_open(fresh_database());
  expect_same_columns(database, "certificate", certificate_columns());
  expect_same_columns(database, "certificate_chain", chain_columns(), {"leaf"});
  expect_same_columns(database, "fingerprint", fingerprint_columns());
  expect_same_columns(database, "sighting", sighting_columns());
  expect_same_columns(database, "client_sighting", client_sighting_columns(), {"ja3"});
  expect_same_columns(database, "service_fingerprint", service_fingerprint_columns());
  expect_same_columns(database, "suite_day", suite_day_columns());
  expect_same_columns(database, "ssh_sighting", ssh_columns());
  expect_same_columns(database, "scan", scan_columns());
  expect_same_columns(database, "scan_service", scan_service_columns());
  expect_same_columns(database, "scan_target", scan_target_columns());
  expect_same_columns(database, "session", session_columns(), {"id"});
}

// A memory that was filled by an earlier tapseal: rows stay, new columns are null in them, days of
// it take new rows, and the fingerprints' versions are those that number 1 stood for.
TEST(Migrate, TakesAMemoryOfTheFirstRelease) {
  const DatabaseAddress address = empty_database("migrate_filled");
  DatabaseConnection database = must_open(address);
  ASSERT_TRUE(migrate(database, known_migrations().first(2)).ok());
  must_query(database, "SELECT create_session_partition('2026-03-04', 1500)");
  must_query(database,
             "INSERT INTO session (ts, plaintext_before, sport, dport, hrr, resumed, conflict,"
             " complete, sensor, source, transport, src, dst) VALUES ('2026-03-04 05:00:00+00', 0,"
             " 1, 443, false, false, false, true, 's', 'passive', 'tcp', '::1', '::1')");
  must_query(database,
             "INSERT INTO fingerprint SELECT method, 'h', 'r', 1, now(), now()"
             " FROM unnest('{ja3,ja3s,ja4,ja4s}'::text[]) AS method");
  ASSERT_TRUE(migrate(database).ok());
  EXPECT_EQ(
      must_query(database,
                 "SELECT string_agg(algorithm_version, ',' ORDER BY method) FROM fingerprint"),
      "2017,2019,2026-09,2026-09");
  EXPECT_EQ(must_query(database,
                       "SELECT num_nulls(quic_version, groups, tlsh, original_chain, sct) FROM"
                       " session_20260304"),
            "5");
  EXPECT_EQ(must_query(database,
                       "SELECT count(*) FROM pg_attribute WHERE attrelid ="
                       " 'session_20260304'::regclass AND attnum > 0 AND NOT attisdropped"),
            must_query(database,
                       "SELECT count(*) FROM pg_attribute WHERE attrelid = 'session'::regclass AND"
                       " attnum > 0 AND NOT attisdropped"));
}

// A memory from before the scanner: its sightings are the tap's, and stand where they stood; the
// same service may then be seen by each hello of the other eye.
TEST(Migrate, KeepsTheSightingsFromBeforeTheScanner) {
  const DatabaseAddress address = empty_database("migrate_unscanned");
  DatabaseConnection database = must_open(address);
  ASSERT_TRUE(migrate(database, known_migrations().first(3)).ok());
  must_query(database,
             "INSERT INTO sighting SELECT '192.0.2.1', n, 'tcp', 'x', '', 'passive', now(), now(),"
             " n FROM generate_series(1, 1000) AS n");
  must_query(database, "SELECT create_session_partition('2026-03-04', 1500)");
  must_query(database,
             "INSERT INTO session (ts, plaintext_before, sport, dport, hrr, resumed, conflict,"
             " complete, sensor, source, transport, src, dst) VALUES ('2026-03-04 05:00:00+00', 0,"
             " 1, 443, false, false, false, true, 's', 'passive', 'tcp', '::1', '::1')");
  ASSERT_TRUE(migrate(database).ok());
  EXPECT_EQ(must_query(database,
                       "SELECT count(*) || '|' || sum(count) || '|' || max(probe) FROM"
                       " sighting"),
            "1000|500500|");
  const std::string again =
      "INSERT INTO sighting (server, port, transport, sni, chain, source, probe, first_seen,"
      " last_seen, count) VALUES ('192.0.2.1', 1, 'tcp', 'x', '', 'passive', $1, now(), now(), 1)"
      " ON CONFLICT (server, port, transport, sni, chain, source, probe) DO NOTHING RETURNING 1";
  EXPECT_EQ(database.query(again, {""}).value().num_rows(), 0);
  EXPECT_EQ(database.query(again, {"b-rsa"}).value().num_rows(), 1);
  EXPECT_EQ(must_query(database,
                       "SELECT num_nulls(scan, probe, client_cert_requested) FROM"
                       " session_20260304"),
            "3");
}

TEST(Schema, TakesAPackedListApart) {
  DatabaseConnection database = must_open(fresh_database());
  EXPECT_EQ(must_query(database, "SELECT code_points('\\x11ec001dff01')"), "{4588,29,65281}");
  EXPECT_EQ(must_query(database, "SELECT code_points('')"), "{}");
  EXPECT_EQ(must_query(database, "SELECT code_points(NULL) IS NULL"), "t");
}

}  // namespace
}  // namespace control::tests
