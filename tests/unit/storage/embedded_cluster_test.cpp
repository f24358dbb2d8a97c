// SPDX-License-Identifier: Apache-2.0
#include "control/storage/embedded_cluster.hpp"

#include "control/storage/cluster_processes.hpp"
#include "control/storage/server_programs.hpp"
#include "tests/unit/storage/test_cluster.hpp"

#include <gtest/gtest.h>
#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <thread>

namespace control::tests {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;

EmbeddedCluster::Options options_for(const TestDirectory& directory) {
  EmbeddedCluster::Options options;
  options.state_dir = directory.state_dir();
  return options;
}

fs::path cluster_of(const TestDirectory& directory) {
  return fs::path(directory.state_dir()) / "pg" / "data";
}

void kill_and_wait(const std::vector<pid_t>& pids) {
  for (const pid_t pid : pids) {
    std::optional<ChildProcess> process = ChildProcess::adopt(pid);
    if (!process) continue;
    process->signal(SIGKILL);
    EXPECT_TRUE(process->wait(seconds(5)));
  }
}

// What another program of the same user sees: the rows of the table that the first life made.
std::string kept_rows(EmbeddedCluster& cluster) {
  DatabaseConnection database = must_open(cluster.address());
  return must_query(database, "SELECT string_agg(word, ',' ORDER BY word) FROM kept");
}

void keep_a_row(EmbeddedCluster& cluster, const std::string& word) {
  DatabaseConnection database = must_open(cluster.address());
  must_query(database, "CREATE TABLE IF NOT EXISTS kept (word text)");
  must_query(database, "INSERT INTO kept VALUES ($1)", {word});
}

uid_t uid_of_process(pid_t pid) {
  struct stat entry {};
  EXPECT_EQ(stat(("/proc/" + std::to_string(pid)).c_str(), &entry), 0);
  return entry.st_uid;
}

// One life of a cluster through every kind of death: they share it because initdb takes seconds.
TEST(EmbeddedCluster, SurvivesEveryKindOfDeath) {
  const TestDirectory directory;
  {
    EmbeddedCluster cluster(options_for(directory));
    const auto started = cluster.start();
    ASSERT_TRUE(started.ok()) << started.error().message;
    EXPECT_FALSE(cluster.is_adopted());
    EXPECT_TRUE(cluster.is_running());
    keep_a_row(cluster, "fresh");
    for (const pid_t pid : server_processes(cluster_of(directory)))
      EXPECT_NE(uid_of_process(pid), 0u);
    const auto stopped = cluster.stop();
    EXPECT_TRUE(stopped.ok()) << stopped.error().message;
    EXPECT_TRUE(server_processes(cluster_of(directory)).empty());
  }

  EmbeddedCluster cluster(options_for(directory));
  auto started = cluster.start();
  ASSERT_TRUE(started.ok()) << "second start: " << started.error().message;
  EXPECT_EQ(kept_rows(cluster), "fresh");

  keep_a_row(cluster, "second");
  const auto postmaster = noted_postmaster(cluster_of(directory));
  ASSERT_TRUE(postmaster.has_value());
  kill_and_wait({*postmaster});
  started = cluster.ensure_running();
  ASSERT_TRUE(started.ok()) << "after the postmaster's death: " << started.error().message;
  EXPECT_EQ(kept_rows(cluster), "fresh,second");

  keep_a_row(cluster, "third");
  kill_and_wait(server_processes(cluster_of(directory)));
  started = cluster.ensure_running();
  ASSERT_TRUE(started.ok()) << "after everybody's death: " << started.error().message;
  EXPECT_EQ(kept_rows(cluster), "fresh,second,third");
}

// A backend in the middle of a query does not notice that its postmaster died, and keeps the shared
// memory in use: a start has to end it.
TEST(EmbeddedCluster, EndsABusyOrphanOfADeadPostmaster) {
  EmbeddedCluster& cluster = shared_cluster();
  const fs::path home = fs::path(cluster.address().socket_dir).parent_path() / "pg" / "data";
  std::thread busy([&] {
    DatabaseConnection database = must_open(cluster.address());
    const auto rows = database.query("SELECT count(*) FROM generate_series(1, 4000000000)");
    EXPECT_FALSE(rows.ok());
  });
  DatabaseConnection watching = must_open(cluster.address());
  while (must_query(watching,
                    "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE "
                    "'%4000000000%' AND pid <> pg_backend_pid()") == "0") {
    std::this_thread::sleep_for(milliseconds(10));
  }
  const auto postmaster = noted_postmaster(home);
  ASSERT_TRUE(postmaster.has_value());
  kill_and_wait({*postmaster});
  const auto started = cluster.ensure_running();
  EXPECT_TRUE(started.ok()) << started.error().message;
  busy.join();
}

// The daemon dies by kill -9: its server goes on, and the next daemon takes it over.
TEST(EmbeddedCluster, AdoptsTheServerOfADeadDaemon) {
  const TestDirectory directory;
  const pid_t daemon = fork();
  if (daemon == 0) {
    auto* cluster = new EmbeddedCluster(options_for(directory));
    _exit(cluster->start().ok() ? 7 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(daemon, &status, 0), daemon);
  ASSERT_EQ(WEXITSTATUS(status), 7);
  const auto before = noted_postmaster(cluster_of(directory));

  EmbeddedCluster cluster(options_for(directory));
  const auto started = cluster.start();
  ASSERT_TRUE(started.ok()) << started.error().message;
  EXPECT_TRUE(cluster.is_adopted());
  EXPECT_EQ(noted_postmaster(cluster_of(directory)), before);
  const auto stopped = cluster.stop();
  EXPECT_TRUE(stopped.ok()) << stopped.error().message;
  EXPECT_TRUE(server_processes(cluster_of(directory)).empty());
}

// kill -9 of the daemon in the middle of initdb, at whatever point: initdb may still be running
// when the next start comes.
TEST(EmbeddedCluster, BeginsAnewAfterAHalfMadeInitdb) {
  const TestDirectory directory;
  const pid_t daemon = fork();
  if (daemon == 0) {
    auto* cluster = new EmbeddedCluster(options_for(directory));
    _exit(cluster->start().ok() ? 0 : 1);
  }
  const fs::path fresh = fs::path(directory.state_dir()) / "pg" / "data.new";
  while (!fs::exists(fresh / "PG_VERSION"))
    std::this_thread::sleep_for(milliseconds(5));
  kill(daemon, SIGKILL);
  waitpid(daemon, nullptr, 0);
  EXPECT_FALSE(fs::exists(cluster_of(directory)));

  EmbeddedCluster cluster(options_for(directory));
  const auto started = cluster.start();
  ASSERT_TRUE(started.ok()) << started.error().message;
  EXPECT_FALSE(fs::exists(fresh));
  keep_a_row(cluster, "whole");
  EXPECT_EQ(kept_rows(cluster), "whole");
}

TEST(EmbeddedCluster, RefusesASecondDaemonOnOneStateDirectory) {
  EmbeddedCluster& first = shared_cluster();
  EmbeddedCluster::Options options;
  options.state_dir = fs::path(first.address().socket_dir).parent_path().string();
  options.lock_limit = milliseconds(50);
  EmbeddedCluster second(options);
  const auto started = second.start();
  ASSERT_FALSE(started.ok());
  EXPECT_NE(started.error().message.find("another tapseald"), std::string::npos);
  EXPECT_TRUE(first.is_running());
}

TEST(EmbeddedCluster, RefusesASocketPathThatIsTooLong) {
  const TestDirectory directory;
  EmbeddedCluster::Options options = options_for(directory);
  options.state_dir += "/" + std::string(80, 'x');
  EmbeddedCluster cluster(options);
  const auto started = cluster.start();
  ASSERT_FALSE(started.ok());
  EXPECT_NE(started.error().message.find("107"), std::string::npos) << started.error().message;
}

TEST(EmbeddedCluster, RefusesAnotherMajorVersion) {
  const TestDirectory directory;
  const fs::path cluster_dir = cluster_of(directory);
  fs::create_directories(cluster_dir);
  std::ofstream(cluster_dir / "PG_VERSION") << "13\n";
  if (geteuid() == 0) {
    const passwd* postgres = getpwnam("postgres");
    ASSERT_NE(postgres, nullptr);
    ASSERT_EQ(chown(cluster_dir.c_str(), postgres->pw_uid, postgres->pw_gid), 0);
  }
  EmbeddedCluster cluster(options_for(directory));
  const auto started = cluster.start();
  ASSERT_FALSE(started.ok());
  EXPECT_NE(started.error().message.find("PostgreSQL 13"), std::string::npos);
  EXPECT_NE(started.error().message.find("pg_upgrade"), std::string::npos);
  EXPECT_TRUE(fs::exists(cluster_dir / "PG_VERSION"));
}

TEST(EmbeddedCluster, SaysWhatToInstallWhereThereAreNoPrograms) {
  const TestDirectory directory;
  EmbeddedCluster::Options options = options_for(directory);
  options.programs = directory.path().string();
  EmbeddedCluster cluster(options);
  const auto started = cluster.start();
  ASSERT_FALSE(started.ok());
  EXPECT_NE(started.error().message.find("apt install postgresql"), std::string::npos);
}

TEST(EmbeddedCluster, LetsNobodyElseIn) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can become the stranger";
  EmbeddedCluster& cluster = shared_cluster();
  const pid_t stranger = fork();
  if (stranger == 0) {
    if (setgid(65534) != 0 || setuid(65534) != 0) _exit(2);
    _exit(DatabaseConnection::open(cluster.address(), {}).ok() ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(stranger, &status, 0), stranger);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

// What a server leaves behind that did not end as it should: postmaster.pid, as its account wrote
// it.
class LeftBehind {
 public:
  explicit LeftBehind(const EmbeddedCluster& cluster)
      : data_(fs::path(cluster.address().socket_dir).parent_path() / "pg" / "data") {
    struct stat owner {};
    EXPECT_EQ(stat(data_.c_str(), &owner), 0);
    auto account = account_of(owner.st_uid);
    EXPECT_TRUE(account.ok());
    account_ = std::move(account).value();
  }
  [[nodiscard]] const Account& account() const { return account_; }
  [[nodiscard]] std::string data() const { return data_.string(); }
  void write(const std::string& text) const {
    const auto written = write_files(account_, {{data_ / "postmaster.pid", text}});
    ASSERT_TRUE(written.ok()) << written.error().message;
  }

 private:
  fs::path data_;
  Account account_;
};

void expect_start(EmbeddedCluster& cluster) {
  const auto started = cluster.start();
  EXPECT_TRUE(started.ok()) << started.error().message;
}

// After a reboot the number in postmaster.pid may be that of any other process of the account.
TEST(EmbeddedCluster, IgnoresAPostmasterFileOfAnEarlierBoot) {
  EmbeddedCluster& cluster = shared_cluster();
  ASSERT_TRUE(cluster.stop().ok());
  const LeftBehind left(cluster);
  auto other = ChildProcess::spawn(left.account(), {{"/bin/sleep", "60"}, {}, -1, -1});
  ASSERT_TRUE(other.ok());
  left.write(std::to_string(other.value().pid()) + "\n" + left.data() + "\n1700000000\n5432\n\n\n");
  expect_start(cluster);
  other.value().signal(SIGKILL);
  EXPECT_TRUE(other.value().wait(seconds(5)));
}

// A server that is killed, or a machine that loses power, between making the file and writing it
// leaves it empty, and Postgres refuses to start beside it.
TEST(EmbeddedCluster, IgnoresAPostmasterFileThatWasNeverWritten) {
  EmbeddedCluster& cluster = shared_cluster();
  ASSERT_TRUE(cluster.stop().ok());
  LeftBehind(cluster).write("");
  expect_start(cluster);
}

}  // namespace
}  // namespace control::tests
