// SPDX-License-Identifier: Apache-2.0
// A real Postgres for the tests of this folder.
#pragma once

#include "control/storage/connection.hpp"
#include "control/storage/embedded_cluster.hpp"

#include <filesystem>
#include <string>

namespace control::tests {

// A directory /tmp/tapseal-test-XXXXXX that an unprivileged server can pass. Its destructor removes
// it; where the test dies without, a watching child stops every server in it and removes it then.
class TestDirectory {
 public:
  TestDirectory();
  TestDirectory(const TestDirectory&) = delete;
  TestDirectory& operator=(const TestDirectory&) = delete;
  ~TestDirectory();
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  [[nodiscard]] std::string state_dir() const { return (path_ / "state").string(); }

 private:
  std::filesystem::path path_;
  int watch_ = -1;  // closing it wakes the watching child
  pid_t watcher_ = -1;
};

// One cluster for a whole test program, started at its first use. A program that cannot start one
// fails: these tests mean nothing without a server.
EmbeddedCluster& shared_cluster();

// A new, migrated database in the shared cluster.
DatabaseAddress fresh_database();

// Opens a connection or fails the program.
DatabaseConnection must_open(const DatabaseAddress& address);

// Runs one statement that must succeed; the text of its first field, "" where there is none.
std::string must_query(DatabaseConnection& database, const std::string& sql,
                       const DatabaseConnection::Parameters& parameters = {});

}  // namespace control::tests
