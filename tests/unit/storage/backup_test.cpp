// SPDX-License-Identifier: Apache-2.0
#include "control/storage/backup.hpp"

#include "control/storage/client_programs.hpp"
#include "tests/unit/storage/observations.hpp"
#include "tests/unit/storage/test_cluster.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <thread>

namespace control::tests {
namespace {

namespace fs = std::filesystem;

// Not counted among those that write to the memory.
DatabaseConnection bystander(const DatabaseAddress& address) {
  DatabaseConnection database = must_open(address);
  must_query(database, "SET application_name = 'a test'");
  return database;
}

// An existing database without a schema.
DatabaseAddress empty_database(const std::string& name) {
  DatabaseAddress address = shared_cluster().address();
  DatabaseConnection first = bystander(address);
  must_query(first, "CREATE DATABASE " + name);
  address.database = name;
  return address;
}

void fill(const DatabaseAddress& address) {
  DatabaseConnection database = bystander(address);
  must_query(database, "SELECT create_session_partition('2026-03-04', 1500)");
  must_query(database,
             "INSERT INTO certificate SELECT sha256(n::text::bytea), '', NULL, n::text::bytea, 's',"
             " NULL, 'i', NULL, '01', 'infinity', '-infinity', 'RSA', 2048, '', 'x', '{}', '{}',"
             " NULL, false, false, 3, now(), now() FROM generate_series(1, 500) AS n");
  must_query(database,
             "INSERT INTO sighting SELECT '2001:db8::1', n, 'tcp', E'a\\tb\\\\c', '\\x00ff',"
             " 'passive', now(), now(), n FROM generate_series(1, 500) AS n");
  must_query(database,
             "INSERT INTO session (ts, plaintext_before, sport, dport, hrr, resumed, conflict,"
             " complete, sensor, source, transport, src, dst) SELECT '2026-03-04 05:00:00+00', 0,"
             " n, 443, false, false, false, true, 's', 'passive', 'tcp', '::1', '::1' FROM"
             " generate_series(1, 500) AS n");
}

// Every row of the memory, whatever its order.
std::string sum_of(const DatabaseAddress& address) {
  DatabaseConnection database = bystander(address);
  std::string out;
  for (const char* table : {"certificate", "sighting", "session_20260304", "schema_migration"}) {
    out += must_query(database,
                      "SELECT count(*) || ' ' || md5(string_agg(t::text, '|' ORDER BY"
                      " t::text)) FROM " +
                          std::string(table) + " AS t") +
           "\n";
  }
  return out;
}

class Backup : public testing::Test {
 protected:
  void SetUp() override { fill(address_); }
  [[nodiscard]] std::string file(const std::string& name = "m.backup") const {
    return (directory_.path() / name).string();
  }
  void must_back_up() {
    const auto done = back_up(address_, file());
    ASSERT_TRUE(done.ok()) << done.error().message;
  }
  static std::string why(const flowtable::OrError<RestoreFacts>& outcome) {
    return outcome.ok() ? "restored" : outcome.error().message;
  }
  // The shared cluster first: the child that watches over it must not hold on to the directory's.
  DatabaseAddress address_ = fresh_database();
  TestDirectory directory_;
};

TEST_F(Backup, ComesBackWhole) {
  must_back_up();
  struct stat now {};
  ASSERT_EQ(stat(file().c_str(), &now), 0);
  EXPECT_EQ(now.st_mode & 07777, 0600U);
  const std::string before = sum_of(address_);
  const DatabaseAddress other = empty_database("restored_empty");
  const auto done = restore(other, {.file = file()});
  ASSERT_TRUE(done.ok()) << done.error().message;
  EXPECT_EQ(done.value().version, static_cast<int>(known_migrations().size()));
  EXPECT_EQ(done.value().migrations_applied, 0);
  EXPECT_EQ(sum_of(other), before);
  // And goes on living: days get their partitions, ids their numbers.
  DatabaseConnection database = bystander(other);
  EXPECT_EQ(must_query(database, "SELECT create_session_partition('2026-03-05', 1500)"), "t");
  must_query(database, "INSERT INTO tag_rule (tag, port) VALUES ('x', 1)");
}

TEST_F(Backup, LeavesNothingHalfWritten) {
  std::ofstream(file()) << "older";
  EXPECT_FALSE(back_up(address_, (directory_.path() / "absent/m.backup").string()).ok());
  EXPECT_FALSE(back_up(address_, directory_.path().string()).ok());
  // Told to end before it has begun.
  int ends[2] = {-1, -1};
  ASSERT_EQ(pipe(ends), 0);
  ASSERT_EQ(write(ends[1], "x", 1), 1);
  const auto cancelled = back_up(address_, file(), ends[0]);
  ASSERT_TRUE(cancelled.ok()) << cancelled.error().message;
  EXPECT_TRUE(cancelled.value().cancelled);
  EXPECT_EQ(fs::file_size(file()), 5U) << "the older file stays";
  EXPECT_FALSE(fs::exists(file("m.backup.part")));
  close(ends[0]);
  close(ends[1]);
  // What one that was killed left behind is in nobody's way.
  std::ofstream(file("m.backup.part")) << std::string(1 << 20, 'x');
  must_back_up();
  EXPECT_FALSE(fs::exists(file("m.backup.part")));
  EXPECT_TRUE(restore(empty_database("restored_part"), {.file = file()}).ok());
}

TEST_F(Backup, RefusesADatabaseWithoutAMemory) {
  const auto refused = back_up(empty_database("backup_nothing"), file());
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find("no memory"), std::string::npos);
  EXPECT_FALSE(fs::exists(file()));
}

TEST_F(Backup, RestoreRefusesAFullMemoryWithoutForce) {
  must_back_up();
  const DatabaseAddress other = fresh_database();
  DatabaseConnection database = bystander(other);
  EXPECT_TRUE(restore(other, {.file = file()}).ok()) << "a schema alone is no memory";
  must_query(database, "DELETE FROM sighting");
  must_query(database, "INSERT INTO owner VALUES ('mine')");
  const auto refused = restore(other, {.file = file()});
  EXPECT_NE(why(refused).find("not empty (certificate)"), std::string::npos) << why(refused);
  EXPECT_EQ(must_query(database, "SELECT count(*) FROM owner"), "1");
  const auto forced = restore(other, {.file = file(), .force = true});
  EXPECT_TRUE(forced.ok()) << why(forced);
  EXPECT_EQ(must_query(database, "SELECT count(*) FROM owner"), "0");
  EXPECT_EQ(sum_of(other), sum_of(address_));
}

TEST_F(Backup, RestoreRefusesWhatIsNoBackup) {
  const DatabaseAddress other = fresh_database();
  EXPECT_NE(why(restore(other, {.file = file("absent")})).find("cannot be read"),
            std::string::npos);
  std::ofstream(file("text")) << "not a backup";
  EXPECT_NE(why(restore(other, {.file = file("text")})).find("is no backup"), std::string::npos);
  // One of a database that never was ours.
  const DatabaseAddress strange = empty_database("backup_strange");
  DatabaseConnection database = bystander(strange);
  must_query(database, "CREATE TABLE schema_migration (version int)");
  ASSERT_TRUE(back_up(strange, file("strange")).ok());
  EXPECT_NE(why(restore(other, {.file = file("strange")})).find("is no backup of a memory"),
            std::string::npos);
}

TEST_F(Backup, RestoreRefusesANewerSchema) {
  DatabaseConnection database = bystander(address_);
  must_query(database, "INSERT INTO schema_migration VALUES (900, 'later', 'ab')");
  must_back_up();
  const DatabaseAddress other = fresh_database();
  const auto refused = restore(other, {.file = file(), .force = true});
  EXPECT_NE(why(refused).find("newer tapseal"), std::string::npos) << why(refused);
  DatabaseConnection untouched = bystander(other);
  EXPECT_EQ(must_query(untouched, "SELECT count(*) FROM schema_migration"),
            std::to_string(known_migrations().size()));
}

// A backup of an earlier release, into a memory of this one.
TEST_F(Backup, RestoreBringsAnOlderSchemaUp) {
  const DatabaseAddress old = empty_database("backup_old");
  {
    DatabaseConnection database = bystander(old);
    ASSERT_TRUE(migrate(database, known_migrations().first(2)).ok());
    must_query(database, "INSERT INTO sensor VALUES ('old')");
    must_query(database, "INSERT INTO certificate_chain VALUES ('\\x01', '{}')");
  }
  ASSERT_TRUE(back_up(old, file()).ok());
  const auto done = restore(address_, {.file = file(), .force = true});
  ASSERT_TRUE(done.ok()) << why(done);
  EXPECT_EQ(done.value().version, 2);
  EXPECT_EQ(done.value().migrations_applied, static_cast<int>(known_migrations().size()) - 2);
  DatabaseConnection database = bystander(address_);
  EXPECT_EQ(must_query(database, "SELECT count(*) FROM certificate_chain"), "1");
  EXPECT_EQ(must_query(database, "SELECT count(*) FROM sighting"), "0");
}

// A file that is cut, or whose rows do not fit: what was there stays.
TEST_F(Backup, ABrokenFileChangesNothing) {
  must_back_up();
  const std::string before = sum_of(address_);
  const auto size = fs::file_size(file());
  for (const uintmax_t cut : {size / 2, size - size / 8, size - 40}) {
    fs::copy_file(file(), file("cut"), fs::copy_options::overwrite_existing);
    fs::resize_file(file("cut"), cut);
    const auto refused = restore(address_, {.file = file("cut"), .force = true});
    EXPECT_FALSE(refused.ok()) << cut << " of " << size;
    EXPECT_EQ(sum_of(address_), before) << cut;
  }
}

TEST_F(Backup, RestoreRefusesADatabaseOfOthers) {
  must_back_up();
  const DatabaseAddress other = fresh_database();
  DatabaseConnection database = bystander(other);
  must_query(database, "CREATE TABLE invoices (a int)");
  const auto refused = restore(other, {.file = file(), .force = true});
  EXPECT_NE(why(refused).find("invoices"), std::string::npos) << why(refused);
}

TEST_F(Backup, RestoreRefusesADatabaseThatIsInUse) {
  must_back_up();
  const DatabaseAddress other = fresh_database();
  auto writer = DatabaseConnection::open(other, {.application_name = "tapseal writer"});
  ASSERT_TRUE(writer.ok());
  const auto refused = restore(other, {.file = file(), .force = true});
  EXPECT_NE(why(refused).find("in use (tapseal writer)"), std::string::npos) << why(refused);
}

// Each partition takes a dozen locks, and one transaction makes them all.
TEST_F(Backup, ComesBackWithManyDays) {
  DatabaseConnection database = bystander(address_);
  constexpr int kDays = 250;
  must_query(database,
             "SELECT count(create_session_partition('2025-01-01'::date + n, 1500)) FROM"
             " generate_series(1, " +
                 std::to_string(kDays) + ") AS n");
  must_back_up();
  const auto again = restore(address_, {.file = file(), .force = true});
  ASSERT_TRUE(again.ok()) << why(again);
  EXPECT_EQ(must_query(database,
                       "SELECT count(*) FROM pg_inherits WHERE inhparent ="
                       " 'session'::regclass"),
            std::to_string(kDays + 2));
}

TEST(ClientAddress, KeepsThePasswordOutOfTheCommandLine) {
  DatabaseAddress address;
  address.url = "postgresql://me:s%20ecret@db.example:5433/mem?sslmode=require&keepalives_idle=20";
  const auto told = client_address(address);
  ASSERT_TRUE(told.ok());
  const auto& variables = told.value().environment;
  for (const char* wanted : {"PGPASSWORD=s ecret", "PGUSER=me", "PGHOST=db.example", "PGPORT=5433",
                             "PGDATABASE=mem", "PGSSLMODE=require"})
    EXPECT_EQ(std::count(variables.begin(), variables.end(), wanted), 1) << wanted;
  EXPECT_EQ(told.value().options, "keepalives_idle='20'");
  address.url = "postgresql://me:secret@db.example:x/?nonsense=1";
  const auto broken = client_address(address);
  ASSERT_FALSE(broken.ok());
  EXPECT_EQ(broken.error().message.find("secret"), std::string::npos);
}

}  // namespace
}  // namespace control::tests
