// SPDX-License-Identifier: Apache-2.0
// Brings a database to the schema this build knows.
#pragma once

#include "control/storage/connection.hpp"
#include "flowtable/base/result.hpp"

#include <span>
#include <string>
#include <string_view>

namespace control {

// One file of migrations/, embedded by the build.
struct Migration {
  int version;              // 1, 2, 3 …
  std::string_view name;    // the file's name without number and suffix
  std::string_view sha256;  // of the file, lower-case hex
  std::string_view sql;
};

[[nodiscard]] std::span<const Migration> known_migrations() noexcept;

// A row of `schema_migration`.
struct AppliedMigration {
  int version;
  std::string name;
  std::string sha256;
};
// Whether they are the first of `migrations`, in this order, or why this build must not touch what
// they were applied to.
flowtable::OrError<void> check_applied(std::span<const AppliedMigration> applied,
                                       std::span<const Migration> migrations = known_migrations());

// Applies what is missing, each migration in a transaction of its own together with its row in
// `schema_migration`. Programs that start at the same time wait for one another (advisory lock).
// Refuses a database whose schema is newer than `migrations`, or whose applied migrations differ
// from the ones given: nothing is changed then. Returns how many were applied.
flowtable::OrError<int> migrate(DatabaseConnection& database,
                                std::span<const Migration> migrations = known_migrations());

}  // namespace control
