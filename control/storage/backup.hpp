// SPDX-License-Identifier: Apache-2.0
// The whole memory in one file, and back.
#pragma once

#include "control/storage/connection.hpp"
#include "control/storage/migrate.hpp"
#include "flowtable/base/result.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace control {

struct BackupFacts {
  uintmax_t bytes = 0;
  bool cancelled = false;  // nothing was written then
};
// One moment of the memory, in pg_dump's custom format, while writers go on. The file appears whole
// or not at all, mode 0600; one of that name is replaced. `cancel`: ends it once it can be read, or
// -1.
flowtable::OrError<BackupFacts> back_up(const DatabaseAddress& address, const std::string& file,
                                        int cancel = -1);

struct RestoreOptions {
  std::string file;
  bool force = false;  // what is in the memory now is dropped for it
  int cancel = -1;
};
struct RestoreFacts {
  int version = 0;             // of the schema in the file
  int migrations_applied = 0;  // afterwards, to bring it up to this build's
  bool cancelled = false;      // nothing was changed then
};
// One transaction: afterwards the memory is that of the file, or what it was. Refuses, before
// anything is changed: a file that is no backup of ours or of a newer schema; a memory that holds
// rows, without `force`; a database that others are writing to, or that holds tables of others.
flowtable::OrError<RestoreFacts> restore(const DatabaseAddress& address,
                                         const RestoreOptions& options);

// The migrations that were applied to what a COPY in a dump's text holds; empty where there is no
// table of them.
[[nodiscard]] std::vector<AppliedMigration> migrations_in_dump(std::string_view text);

}  // namespace control
