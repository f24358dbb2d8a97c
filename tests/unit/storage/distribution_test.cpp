// SPDX-License-Identifier: Apache-2.0
#include "control/storage/distribution.hpp"

#include "tests/unit/storage/test_cluster.hpp"

#include <gtest/gtest.h>

#include <set>

namespace control::tests {
namespace {

std::vector<std::string> findings_of(DatabaseConnection& database) {
  const auto found = schema_findings(database);
  std::vector<std::string> out;
  if (!found) return {found.error().message};
  for (const SchemaFinding& finding : found.value())
    out.push_back(finding.text());
  return out;
}

// What is found after `break_it` in a database whose schema is whole otherwise.
std::vector<std::string> findings_after(const std::string& break_it) {
  DatabaseConnection database = must_open(fresh_database());
  const auto broken = database.run_script(break_it);
  EXPECT_TRUE(broken.ok()) << (broken.ok() ? "" : broken.error().message);
  return findings_of(database);
}

using Findings = std::vector<std::string>;

// What keeps the schema distributable over several servers: see README, "Growing".
TEST(Distribution, FindsNothingInTheSchema) {
  DatabaseConnection database = must_open(fresh_database());
  must_query(database, "SELECT create_session_partition('2026-03-04', 1500)");
  EXPECT_EQ(findings_of(database), Findings{});
}

TEST(Distribution, NamesEachTableOnce) {
  std::set<std::string_view> names;
  bool distributed = false;
  for (const TablePlacement& placement : table_placements()) {
    EXPECT_TRUE(names.insert(placement.table).second) << placement.table;
    // What is joined comes first.
    EXPECT_TRUE(placement.is_distributed() || !distributed) << placement.table;
    distributed = placement.is_distributed();
  }
}

TEST(Distribution, FindsATableThatIsNotInTheList) {
  EXPECT_EQ(findings_after("CREATE TABLE stray (a int)"),
            Findings{"stray: is not in the list of tables: say in "
                     "control/storage/distribution.cpp where it lives"});
}

TEST(Distribution, FindsATableThatIsGone) {
  EXPECT_EQ(findings_after("DROP TABLE owner"),
            Findings{"owner: is in the list of tables and not in the schema"});
}

TEST(Distribution, FindsAUniqueKeyWithoutTheDistributionColumn) {
  const std::string rule = "sighting: has a unique key without the distribution column: ";
  EXPECT_EQ(findings_after("ALTER TABLE sighting ADD CONSTRAINT bad UNIQUE (port, sni)"),
            Findings{rule + "bad"});
  EXPECT_EQ(findings_after("CREATE UNIQUE INDEX bad ON sighting (host(server))"),
            Findings{rule + "bad"});
  EXPECT_EQ(findings_after("CREATE UNIQUE INDEX good ON sighting (port, server)"), Findings{});
  EXPECT_EQ(findings_after("CREATE UNIQUE INDEX good ON certificate (sha1)"), Findings{});
}

// A partition is part of its table.
TEST(Distribution, LooksIntoPartitions) {
  EXPECT_EQ(findings_after("CREATE UNIQUE INDEX bad ON session_default (id)"),
            Findings{"session_default: has a unique key without the distribution column: bad"});
}

TEST(Distribution, FindsTriggers) {
  const std::string trigger =
      "CREATE TRIGGER bad BEFORE UPDATE ON service FOR EACH ROW EXECUTE FUNCTION"
      " suppress_redundant_updates_trigger()";
  EXPECT_EQ(findings_after(trigger), Findings{"service: has a trigger: bad"});
}

TEST(Distribution, FindsRewriteRules) {
  EXPECT_EQ(findings_after("CREATE RULE bad AS ON DELETE TO service DO INSTEAD NOTHING"),
            Findings{"service: has a rewrite rule: bad"});
}

TEST(Distribution, FindsForeignKeysThatLeaveTheirServer) {
  // From a reference table to one that is cut: its rows are everywhere, the others are not.
  EXPECT_EQ(findings_after("ALTER TABLE owner ADD server inet, ADD port int, ADD transport text"
                           " COLLATE \"C\", ADD CONSTRAINT bad FOREIGN KEY (server, port,"
                           " transport) REFERENCES service"),
            Findings{"owner: has a foreign key that leaves its server: bad"});
  // Between two that are cut, and not by what they are cut by.
  EXPECT_EQ(findings_after("ALTER TABLE ssh_sighting ADD transport text COLLATE \"C\","
                           " ADD CONSTRAINT bad FOREIGN KEY (client, port, transport)"
                           " REFERENCES service"),
            Findings{"ssh_sighting: has a foreign key that leaves its server: bad"});
  EXPECT_EQ(findings_after("ALTER TABLE sighting ADD CONSTRAINT good FOREIGN KEY (server, port,"
                           " transport) REFERENCES service"),
            Findings{});
  EXPECT_EQ(findings_after("ALTER TABLE session_default ADD CONSTRAINT good FOREIGN KEY (chain)"
                           " REFERENCES certificate_chain"),
            Findings{});
}

TEST(Distribution, FindsADistributionColumnOfAnotherKind) {
  const std::string rule = ": has no distribution column of type inet, not null: ";
  EXPECT_EQ(findings_after("ALTER TABLE session ALTER dst DROP NOT NULL"),
            (Findings{"session" + rule + "dst", "session_default" + rule + "dst"}));
  EXPECT_EQ(findings_after("ALTER TABLE scan_target ALTER server TYPE text USING host(server)"),
            Findings{"scan_target" + rule + "server"});
  // Its key goes with it.
  EXPECT_EQ(findings_after("ALTER TABLE scan_target DROP COLUMN server CASCADE"),
            Findings{"scan_target" + rule + "server"});
}

TEST(Distribution, FindsIdentityExclusionAndInheritance) {
  EXPECT_EQ(findings_after("ALTER TABLE service ADD n int GENERATED ALWAYS AS IDENTITY"),
            Findings{"service: has an identity column that is not bigint: n"});
  EXPECT_EQ(findings_after("ALTER TABLE service ADD CONSTRAINT bad EXCLUDE USING gist"
                           " (server inet_ops WITH &&)"),
            Findings{"service: has an exclusion constraint: bad"});
  const Findings found = findings_after("CREATE TABLE heir () INHERITS (owner)");
  EXPECT_EQ(found.size(), 1U) << "a table of its own, and in no list";
}

TEST(Distribution, FindsAFunctionThatIsNotInTheList) {
  EXPECT_EQ(findings_after("CREATE FUNCTION stray(a int, b text) RETURNS int LANGUAGE sql AS"
                           " 'SELECT 1'"),
            Findings{"stray: is a function that is not in the list of functions: "
                     "stray(integer,text)"});
}

// --- distribute() ---

// Citus is not in Debian. This stands in for it: an entry in the catalogue of extensions, and
// functions and a table of the same names, which note the calls and do nothing.
constexpr const char* kStandInForCitus =
    "SET allow_system_table_mods = on;"
    "INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)"
    " VALUES (70000, 'citus', 10, 'pg_catalog'::regnamespace, false, 'stand-in of a test');"
    "CREATE SCHEMA stand_in;"
    "CREATE TABLE stand_in.pg_dist_partition (logicalrelid regclass PRIMARY KEY);"
    "CREATE TABLE stand_in.called (n serial, call text);"
    "CREATE FUNCTION stand_in.create_reference_table(t regclass) RETURNS void LANGUAGE sql AS $$"
    " INSERT INTO stand_in.called (call) VALUES ('reference ' || t);"
    " INSERT INTO stand_in.pg_dist_partition VALUES (t) $$;"
    "CREATE FUNCTION stand_in.create_distributed_table(t regclass, c text,"
    " colocate_with text DEFAULT 'default') RETURNS void LANGUAGE sql AS $$"
    " INSERT INTO stand_in.called (call) VALUES (t || '.' || c || ' with ' || colocate_with);"
    " INSERT INTO stand_in.pg_dist_partition VALUES (t) $$;";

class Distribute : public testing::Test {
 protected:
  void SetUp() override {
    const auto made = database_.run_script(kStandInForCitus);
    ASSERT_TRUE(made.ok()) << made.error().message;
    must_query(database_, "SET search_path = public, stand_in");
  }
  std::string calls() {
    return must_query(database_, "SELECT string_agg(call, E'\\n' ORDER BY n) FROM stand_in.called");
  }
  DatabaseConnection database_ = must_open(fresh_database());
};

TEST_F(Distribute, HandsEveryTableOverInOneOrder) {
  const auto done = distribute(database_);
  ASSERT_TRUE(done.ok()) << done.error().message;
  EXPECT_EQ(done.value().size(), table_placements().size());
  EXPECT_EQ(calls(),
            "reference schema_migration\nreference sensor\nreference ingest_cursor\n"
            "reference certificate\nreference certificate_chain\nreference certificate_name\n"
            "reference public_key\nreference fingerprint\nreference suite_day\nreference owner\n"
            "reference tag_rule\nreference finding\nreference watchlist\nreference scan\n"
            "reference fleet_member\nreference fleet_scan\nreference fleet_zone\n"
            "reference scan_range\nreference fleet_share\n"
            "service.server with none\nsighting.server with service\n"
            "client_sighting.server with service\nservice_fingerprint.server with service\n"
            "ssh_sighting.server with service\nscan_service.server with service\n"
            "scan_target.server with service\nsession.dst with service");
}

TEST_F(Distribute, GoesOnWhereItStopped) {
  must_query(database_, "SELECT create_reference_table('sensor')");
  must_query(database_, "SELECT create_distributed_table('service', 'server')");
  must_query(database_, "TRUNCATE stand_in.called");
  const auto done = distribute(database_);
  ASSERT_TRUE(done.ok()) << done.error().message;
  EXPECT_EQ(calls().find("reference sensor"), std::string::npos);
  EXPECT_EQ(must_query(database_, "SELECT count(*) FROM stand_in.called"),
            std::to_string(table_placements().size() - 2));
  must_query(database_, "TRUNCATE stand_in.called");
  const auto again = distribute(database_);
  for (const DistributedTable& table : again.value())
    EXPECT_TRUE(table.was_already) << table.placement.table;
  EXPECT_EQ(calls(), "");
}

TEST_F(Distribute, RefusesASchemaThatBreaksARule) {
  must_query(database_, "CREATE UNIQUE INDEX bad ON sighting (port)");
  const auto refused = distribute(database_);
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find("sighting: has a unique key"), std::string::npos)
      << refused.error().message;
  EXPECT_EQ(calls(), "");
}

TEST(Distribution, RefusesWithoutTheExtension) {
  DatabaseConnection database = must_open(fresh_database());
  EXPECT_FALSE(can_distribute(database).value());
  const auto refused = distribute(database);
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find("CREATE EXTENSION citus"), std::string::npos)
      << refused.error().message;
}

}  // namespace
}  // namespace control::tests
