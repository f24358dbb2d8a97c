// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/storage/test_cluster.hpp"

#include "control/storage/migrate.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>

namespace control::tests {
namespace {

[[noreturn]] void give_up(const std::string& message) {
  std::fprintf(stderr, "%s\n", message.c_str());
  std::exit(1);
}

// Waits for the end of its input, stops every server of the directory $0 and removes it. A program
// of its own: a fork of one with several threads may not even allocate memory.
constexpr const char* kWatch = R"sh(
read -r line
cluster="$0/state/pg/data"
round=0
while [ -d "$cluster" ] && [ $round -lt 50 ]; do
  found=
  for each in /proc/[0-9]*; do
    [ "$each/cwd" -ef "$cluster" ] || continue
    [ "$(cat "$each/comm")" = postgres ] && found="$found ${each#/proc/}"
  done
  [ -n "$found" ] || break
  kill -9 $found
  sleep 0.02
  round=$((round + 1))
done
rm -rf -- "$0"
)sh";

class SharedCluster {
 public:
  SharedCluster() : cluster_({.state_dir = directory_.state_dir(), .programs = {}, .log = {}}) {
    if (const auto started = cluster_.start(); !started) give_up(started.error().message);
    // Only a power cut could tell the difference, and the tests' many databases are thousands of
    // files.
    DatabaseConnection database = must_open(cluster_.address());
    must_query(database, "ALTER SYSTEM SET fsync = off");
    must_query(database, "SELECT pg_reload_conf()");
  }
  EmbeddedCluster& get() { return cluster_; }

 private:
  TestDirectory directory_;
  EmbeddedCluster cluster_;
};

}  // namespace

TestDirectory::TestDirectory() {
  std::string name = "/tmp/tapseal-test-XXXXXX";
  if (mkdtemp(name.data()) == nullptr) give_up("cannot make " + name);
  path_ = name;
  if (chmod(path_.c_str(), 0711) != 0) give_up("cannot open " + name + " to the server");
  int ends[2] = {-1, -1};
  if (pipe2(ends, O_CLOEXEC) != 0) give_up("cannot make a pipe");
  watcher_ = fork();
  if (watcher_ == 0) {
    setpgid(0, 0);
    dup2(ends[0], STDIN_FILENO);
    execl("/bin/sh", "sh", "-c", kWatch, path_.c_str(), nullptr);
    _exit(1);
  }
  close(ends[0]);
  watch_ = ends[1];
}

TestDirectory::~TestDirectory() {
  close(watch_);
  waitpid(watcher_, nullptr, 0);
}

EmbeddedCluster& shared_cluster() {
  static SharedCluster cluster;
  return cluster.get();
}

DatabaseAddress fresh_database() {
  static int number = 0;
  DatabaseAddress address = shared_cluster().address();
  DatabaseConnection first = must_open(address);
  address.database = "test" + std::to_string(++number);
  must_query(first, "CREATE DATABASE " + address.database);
  DatabaseConnection database = must_open(address);
  if (const auto migrated = migrate(database); !migrated) give_up(migrated.error().message);
  return address;
}

DatabaseConnection must_open(const DatabaseAddress& address) {
  auto opened = DatabaseConnection::open(address, {});
  if (!opened) give_up(opened.error().message);
  return std::move(opened).value();
}

std::string must_query(DatabaseConnection& database, const std::string& sql,
                       const DatabaseConnection::Parameters& parameters) {
  const auto rows = database.query(sql, parameters);
  if (!rows) give_up(sql + ": " + rows.error().message);
  return std::string(rows.value().text(0, 0));
}

}  // namespace control::tests
