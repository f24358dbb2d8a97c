// SPDX-License-Identifier: Apache-2.0
#include "control/storage/migrate.hpp"

#include <charconv>
#include <string>
#include <vector>

namespace control {
namespace {

using flowtable::Failure;
using flowtable::OrError;

// Any constant does, as long as every version of tapseal takes the same one ("tapseal" in ASCII).
constexpr std::string_view kLockKey = "32758232898691436";

constexpr std::string_view kCreateLedger =
    "CREATE TABLE IF NOT EXISTS schema_migration ("
    " version int PRIMARY KEY,"
    " name text NOT NULL,"
    " sha256 text NOT NULL,"
    " applied_at timestamptz NOT NULL DEFAULT now())";

Failure<flowtable::Error> refused(std::string message) {
  return Failure{flowtable::Error{"database schema: " + std::move(message)}};
}

OrError<std::vector<AppliedMigration>> applied_migrations(DatabaseConnection& database) {
  const auto rows =
      database.query("SELECT version, name, sha256 FROM schema_migration ORDER BY version");
  if (!rows) return refused(rows.error().message);
  std::vector<AppliedMigration> out;
  for (int row = 0; row < rows.value().num_rows(); ++row) {
    const std::string_view version = rows.value().text(row, 0);
    AppliedMigration applied{0, std::string(rows.value().text(row, 1)),
                             std::string(rows.value().text(row, 2))};
    std::from_chars(version.data(), version.data() + version.size(), applied.version);
    out.push_back(std::move(applied));
  }
  return out;
}

OrDatabaseError<void> apply(DatabaseConnection& database, const Migration& migration) {
  if (auto begun = database.run_script("BEGIN"); !begun) return begun;
  if (auto done = database.run_script(std::string(migration.sql)); !done) return done;
  const auto noted =
      database.query("INSERT INTO schema_migration (version, name, sha256) VALUES ($1, $2, $3)",
                     {std::to_string(migration.version), std::string(migration.name),
                      std::string(migration.sha256)});
  if (!noted) return Failure{noted.error()};
  return database.run_script("COMMIT");
}

OrError<int> migrate_locked(DatabaseConnection& database, std::span<const Migration> migrations) {
  if (auto ledger = database.run_script(std::string(kCreateLedger)); !ledger) {
    return refused(ledger.error().message);
  }
  const auto applied = applied_migrations(database);
  if (!applied) return Failure{applied.error()};
  if (auto checked = check_applied(applied.value(), migrations); !checked) {
    return Failure{checked.error()};
  }
  int count = 0;
  for (const Migration& migration : migrations.subspan(applied.value().size())) {
    if (auto done = apply(database, migration); !done) {
      (void)database.run_script("ROLLBACK");
      return refused("migration " + std::to_string(migration.version) + " (" +
                     std::string(migration.name) + ") failed: " + done.error().message);
    }
    ++count;
  }
  return count;
}

}  // namespace

OrError<void> check_applied(std::span<const AppliedMigration> applied,
                            std::span<const Migration> migrations) {
  for (size_t i = 0; i < applied.size(); ++i) {
    const std::string version = std::to_string(applied[i].version);
    const std::string& name = applied[i].name;
    if (i >= migrations.size()) {
      return refused("it is at version " + version + " (" + name + ") and this tapseal knows " +
                     std::to_string(migrations.size()) +
                     ": it was written by a newer tapseal; upgrade this one, or give another "
                     "database");
    }
    const Migration& known = migrations[i];
    if (applied[i].version != known.version) {
      return refused("migration " + std::to_string(known.version) + " (" + std::string(known.name) +
                     ") is missing although version " + version +
                     " was applied; restore table schema_migration from a backup");
    }
    if (applied[i].sha256 != known.sha256) {
      return refused("migration " + version + " (" + name +
                     ") was applied from a file other than this build's: the database belongs to "
                     "another build of tapseal; use that one, or give another database");
    }
  }
  return {};
}

OrError<int> migrate(DatabaseConnection& database, std::span<const Migration> migrations) {
  const auto locked = database.query("SELECT pg_advisory_lock($1)", {std::string(kLockKey)});
  if (!locked) return refused(locked.error().message);
  OrError<int> outcome = migrate_locked(database, migrations);
  // Where this fails the connection is gone, and its locks with it.
  (void)database.query("SELECT pg_advisory_unlock($1)", {std::string(kLockKey)});
  return outcome;
}

}  // namespace control
