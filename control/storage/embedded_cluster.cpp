// SPDX-License-Identifier: Apache-2.0
#include "control/storage/embedded_cluster.hpp"

#include "control/storage/cluster_processes.hpp"
#include "control/storage/failed.hpp"

#include <libpq-fe.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <thread>

namespace control {
namespace {

namespace fs = std::filesystem;
using flowtable::Error;
using flowtable::Failure;
using flowtable::OrError;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr uintmax_t kLogBytesMax = 16 * 1024 * 1024;

PGPing ping(const std::string& socket_dir) {
  const std::array<const char*, 6> names = {"host", "port", "user", "dbname", "connect_timeout",
                                            nullptr};
  const std::array<const char*, 6> values = {socket_dir.c_str(), "5432", "tapseal",
                                             "template1",        "2",    nullptr};
  return PQpingParams(names.data(), values.data(), 0);
}

void signal_all(const std::vector<pid_t>& pids, int number, const fs::path& cluster) {
  for (const pid_t pid : pids) {
    // Between the look at /proc and now the number may have gone to somebody else.
    const std::optional<ChildProcess> process = ChildProcess::adopt(pid);
    if (process && !is_stranger(pid, cluster)) process->signal(number);
  }
}

}  // namespace

EmbeddedCluster::EmbeddedCluster(Options options) : options_(std::move(options)) {}

EmbeddedCluster::~EmbeddedCluster() {
  if (const OrError<void> stopped = stop(); !stopped) note(stopped.error().message);
}

void EmbeddedCluster::note(std::string_view line) const {
  if (options_.log) options_.log(line);
}

DatabaseAddress EmbeddedCluster::address() const {
  return {{}, paths_.sockets.string(), "tapseal"};
}

OrError<void> EmbeddedCluster::start() {
  const std::lock_guard lock(mutex_);
  stopping_ = false;
  if (server_alive()) return {};
  if (!prepared_) {
    OrError<void> ready = prepare();
    if (!ready) return ready;
    prepared_ = true;
  }
  return bring_up();
}

OrError<void> EmbeddedCluster::ensure_running() {
  const std::lock_guard lock(mutex_);
  if (!prepared_ || stopping_) return failed("the private database is stopped");
  if (server_alive()) return {};
  note("the private database is not running; starting it");
  return bring_up();
}

bool EmbeddedCluster::is_running() {
  const std::lock_guard lock(mutex_);
  return server_alive();
}

bool EmbeddedCluster::server_alive() {
  return server_ && !server_->wait(milliseconds(0));
}

OrError<void> EmbeddedCluster::bring_up() {
  const auto deadline = Clock::now() + options_.start_limit;
  milliseconds pause{50};
  while (!stopping_) {
    server_.reset();
    adopted_ = false;
    clear_leftovers(deadline);
    if (!server_) {
      if (OrError<void> started = start_server(); !started) return started;
    }
    const Readiness readiness = wait_until_ready(deadline);
    if (readiness == Readiness::ready) return make_database();
    // A server that stops by itself takes its postmaster.pid along. One that is still there is of
    // another server, on which this one stumbled: its last processes need a moment to notice that
    // their postmaster is gone. An adopted server may have been stopping already.
    const bool stumbled =
        readiness == Readiness::ended && (adopted_ || noted_postmaster(paths_.cluster));
    if (readiness == Readiness::late || !stumbled || Clock::now() >= deadline) {
      return failed_start(readiness == Readiness::late ? "does not answer" : "stopped at once");
    }
    std::this_thread::sleep_for(pause);
    pause = std::min(2 * pause, milliseconds(1000));
  }
  return failed("the private database is stopped");
}

Failure<Error> EmbeddedCluster::failed_start(std::string_view what) const {
  return failed("the private database in " + paths_.cluster.string() + " " + std::string(what) +
                "; the end of " + paths_.log.string() + ":\n" + log_tail(paths_.log, log_begin_));
}

// Afterwards server_ is the one that runs already, or nothing of this cluster runs.
void EmbeddedCluster::clear_leftovers(Clock::time_point deadline) {
  const auto begin = Clock::now();
  while (!stopping_ && Clock::now() < deadline) {
    const std::optional<pid_t> postmaster = noted_postmaster(paths_.cluster);
    const std::vector<pid_t> running = server_processes(paths_.cluster);
    if (postmaster && std::ranges::count(running, *postmaster) > 0) {
      server_ = ChildProcess::adopt(*postmaster);
      adopted_ = server_.has_value();
      if (server_) return;
    }
    if (running.empty()) {
      // After a reboot the number in the file may be somebody else's, and the file of a server that
      // died while it made it has none: Postgres would refuse to start for ever.
      std::error_code ignored;
      const bool is_stale = postmaster ? is_stranger(*postmaster, paths_.cluster)
                                       : fs::exists(paths_.cluster / "postmaster.pid", ignored);
      if (is_stale) {
        note("removing the postmaster.pid of a server that is no more");
        (void)run_program(
            account_,
            {{"/bin/rm", "-f", "--", (paths_.cluster / "postmaster.pid").string()}, {}, -1, -1},
            seconds(5));
      }
      return;
    }
    // Without a postmaster they end by themselves as soon as they look; one inside a long query
    // does not look. What they had not committed is gone either way.
    const auto waited = Clock::now() - begin;
    if (waited > seconds(2)) {
      signal_all(running, waited > seconds(8) ? SIGKILL : SIGQUIT, paths_.cluster);
    }
    std::this_thread::sleep_for(5 * kPollStep);
  }
}

OrError<void> EmbeddedCluster::start_server() {
  std::error_code ignored;
  log_begin_ = fs::file_size(paths_.log, ignored);
  if (ignored) log_begin_ = 0;
  if (log_begin_ > kLogBytesMax) {
    fs::rename(paths_.log, paths_.log.string() + ".1", ignored);
    log_begin_ = 0;
  }
  OrError<ChildProcess> server = ChildProcess::spawn(
      account_,
      {{programs_ + "/postgres", "-D", paths_.cluster.string()}, paths_.log.string(), -1, -1});
  if (!server) return Failure{server.error()};
  server_ = std::move(server).value();
  return {};
}

EmbeddedCluster::Readiness EmbeddedCluster::wait_until_ready(Clock::time_point deadline) {
  while (!stopping_ && Clock::now() < deadline) {
    if (server_->wait(kPollStep)) return Readiness::ended;
    if (ping(paths_.sockets.string()) == PQPING_OK) return Readiness::ready;
  }
  return Readiness::late;
}

OrError<void> EmbeddedCluster::make_database() {
  // initdb's own empty database becomes ours: it is there in any case, and a second one would cost
  // three hundred files. From template1, because nobody may be connected to what is renamed.
  DatabaseAddress first = address();
  first.database = "template1";
  auto database = DatabaseConnection::open(first, {});
  if (!database) return failed("the private database: " + database.error().message);
  const auto found =
      database.value().query("SELECT 1 FROM pg_database WHERE datname = $1", {address().database});
  if (!found) return failed("the private database: " + found.error().message);
  if (found.value().num_rows() == 0) {
    const auto made = database.value().run_script("ALTER DATABASE postgres RENAME TO tapseal");
    if (!made) return failed("the private database: " + made.error().message);
  }
  // An adopted server may run with the settings of an earlier version.
  if (adopted_) (void)database.value().run_script("SELECT pg_reload_conf()");
  note("the private database is up in " + paths_.cluster.string() +
       (adopted_ ? " (it had kept running)" : ""));
  return {};
}

OrError<void> EmbeddedCluster::stop() {
  stopping_ = true;
  const std::lock_guard lock(mutex_);
  OrError<void> outcome;
  if (server_alive()) outcome = end_server();
  server_.reset();
  if (home_lock_ >= 0) close(home_lock_);
  home_lock_ = -1;
  prepared_ = false;
  return outcome;
}

OrError<void> EmbeddedCluster::end_server() {
  // PostgreSQL manual, "Shutting Down the Server": SIGINT is fast, SIGQUIT immediate.
  server_->signal(SIGINT);
  if (server_->wait(options_.stop_limit)) return {};
  server_->signal(SIGQUIT);
  const bool ended = server_->wait(seconds(10));
  return failed("the private database did not stop within " +
                std::to_string(options_.stop_limit.count()) + " ms" +
                (ended ? "; it was stopped at once and will recover at the next start"
                       : " and does not react: look at process " + std::to_string(server_->pid())));
}

}  // namespace control
