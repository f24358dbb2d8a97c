// SPDX-License-Identifier: Apache-2.0
// PostgreSQL's own programs, told which database they are for.
#pragma once

#include "control/storage/child_process.hpp"
#include "control/storage/connection.hpp"
#include "flowtable/base/result.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace control {

// A database as libpq's programs are told of it. Most of it, the password above all, travels as
// environment, which others cannot read as they can read a command line.
struct ClientAddress {
  std::vector<std::string> environment;  // PGHOST=…
  std::string options;                   // what has no variable: a connection string, or empty
};
flowtable::OrError<ClientAddress> client_address(const DatabaseAddress& address);

// Runs pg_dump, pg_restore and psql against one database, as the own account.
class ClientPrograms {
 public:
  // Programs of the server's own major version where they are installed, else the newest.
  static flowtable::OrError<ClientPrograms> find(const DatabaseAddress& address,
                                                 DatabaseConnection& database);

  [[nodiscard]] std::string path(const std::string& program) const;
  [[nodiscard]] const ClientAddress& address() const noexcept { return address_; }
  // "--dbname=…" where the environment does not say all.
  [[nodiscard]] std::vector<std::string> address_options() const;

  // To its end, however long it takes; nothing where `cancel` ended it. An error holds its words.
  // `arguments` begins with an absolute path.
  [[nodiscard]] flowtable::OrError<ProgramOutput> run(std::vector<std::string> arguments,
                                                      int cancel) const;

 private:
  std::string directory_;
  ClientAddress address_;
  Account account_;
};

}  // namespace control
