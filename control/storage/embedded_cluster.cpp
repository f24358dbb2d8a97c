// SPDX-License-Identifier: Apache-2.0
#include "control/storage/embedded_cluster.hpp"

#include "control/storage/cluster_processes.hpp"
#include "control/storage/server_programs.hpp"

#include <fcntl.h>
#include <libpq-fe.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
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

constexpr milliseconds kPollStep{20};
constexpr uintmax_t kLogBytesMax = 16 * 1024 * 1024;

Failure<Error> failed(const std::string& message) {
  return Failure{Error{message}};
}

Failure<Error> failed_call(const fs::path& path, std::string_view step) {
  return failed(path.string() + ": " + std::string(step) + ": " + std::strerror(errno));
}

PGPing ping(const std::string& socket_dir) {
  const std::array<const char*, 6> names = {"host", "port", "user", "dbname", "connect_timeout",
                                            nullptr};
  const std::array<const char*, 6> values = {socket_dir.c_str(), "5432", "tapseal",
                                             "postgres",         "2",    nullptr};
  return PQpingParams(names.data(), values.data(), 0);
}

// A directory of its own account alone: nobody else reaches the sockets or the files in it.
OrError<void> make_private_directory(const fs::path& path, const Account& account) {
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return failed_call(path, "cannot make it");
  struct stat now {};
  if (lstat(path.c_str(), &now) != 0) return failed_call(path, "cannot look at it");
  if (!S_ISDIR(now.st_mode)) return failed(path.string() + ": is no directory: move it away");
  if (now.st_uid != account.uid &&
      (geteuid() != 0 || lchown(path.c_str(), account.uid, account.gid) != 0)) {
    return failed(path.string() + ": does not belong to account " + account.name +
                  ": chown it, or run tapseald as its owner");
  }
  if ((now.st_mode & 07777) != 0700 && chmod(path.c_str(), 0700) != 0) {
    return failed_call(path, "cannot set its mode to 0700");
  }
  return {};
}

void signal_all(const std::vector<pid_t>& pids, int number, const fs::path& cluster) {
  for (const pid_t pid : pids) {
    // Between the look at /proc and now the number may have gone to somebody else.
    const std::optional<ChildProcess> process = ChildProcess::adopt(pid);
    if (process && !is_stranger(pid, cluster)) process->signal(number);
  }
}

void sync_directory(const fs::path& path) {
  const int directory = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return;
  fsync(directory);
  close(directory);
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

OrError<void> EmbeddedCluster::prepare() {
  OrError<ClusterPaths> paths = ClusterPaths::under(options_.state_dir);
  if (!paths) return Failure{paths.error()};
  paths_ = std::move(paths).value();
  for (const auto step : {&EmbeddedCluster::choose_account, &EmbeddedCluster::make_directories,
                          &EmbeddedCluster::lock_home}) {
    if (OrError<void> done = (this->*step)(); !done) return done;
  }
  const OrError<int> major = major_on_disk(paths_);
  if (!major) return Failure{major.error()};
  const OrError<ServerPrograms> programs =
      find_server_programs(account_, options_.programs, major.value());
  if (!programs && major.value() == 0) return Failure{programs.error()};
  if (!programs) {
    return failed(paths_.cluster.string() + " was made by PostgreSQL " +
                  std::to_string(major.value()) + " and is never converted silently. " +
                  programs.error().message +
                  "; or move it to a newer version with pg_upgrade (or pg_dump and a fresh "
                  "state_dir)");
  }
  programs_ = programs.value().directory;
  if (major.value() == 0) {
    if (OrError<void> made = initialise(); !made) return made;
  }
  const OrError<Account> own = account_of(geteuid());
  if (!own) return Failure{own.error()};
  return write_files(account_, cluster_settings(paths_, account_.name, own.value().name));
}

OrError<void> EmbeddedCluster::choose_account() {
  struct stat cluster {};
  const bool is_there = stat(paths_.cluster.c_str(), &cluster) == 0;
  if (!is_there && errno == EACCES) {
    return failed(paths_.home.string() +
                  ": belongs to another account: run tapseald as root or as its owner");
  }
  const bool is_root = geteuid() == 0;
  OrError<Account> account = is_there  ? account_of(cluster.st_uid)
                             : is_root ? account_named(options_.account)
                                       : account_of(geteuid());
  if (!account) return Failure{account.error()};
  account_ = std::move(account).value();
  if (account_.uid == 0) {
    return failed(is_there ? paths_.cluster.string() +
                                 ": belongs to root, and Postgres refuses to run as root: chown -R "
                                 "it to the account it shall run as"
                           : "Postgres refuses to run as root: give another account for the "
                             "private database than \"" +
                                 options_.account + "\"");
  }
  if (!is_root && account_.uid != geteuid()) {
    return failed(paths_.cluster.string() + ": belongs to account " + account_.name +
                  ": run tapseald as root or as that account, or give another state_dir");
  }
  return {};
}

OrError<void> EmbeddedCluster::make_directories() {
  for (const fs::path& path : {paths_.home, paths_.sockets}) {
    if (OrError<void> made = make_private_directory(path, account_); !made) return made;
  }
  const OrError<ProgramOutput> reached = run_program(
      account_, {{"/usr/bin/test", "-w", paths_.home.string()}, {}, -1, -1}, seconds(5));
  if (!reached) return Failure{reached.error()};
  if (reached.value().exit_status == 0) return {};
  return failed(paths_.home.string() + ": account " + account_.name +
                ", which the private database runs as, cannot get there: let it pass every "
                "directory above (chmod o+x), or give another state_dir");
}

OrError<void> EmbeddedCluster::lock_home() {
  if (home_lock_ >= 0) return {};
  // On the directory itself: nothing to create, nothing left behind. initdb inherits the lock, so
  // that one which outlived its daemon is waited for, and not disturbed.
  const int directory = open(paths_.home.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (directory < 0) return failed_call(paths_.home, "cannot open it");
  const auto deadline = Clock::now() + options_.lock_limit;
  while (flock(directory, LOCK_EX | LOCK_NB) != 0) {
    if (Clock::now() < deadline && !stopping_) {
      std::this_thread::sleep_for(kPollStep);
      continue;
    }
    close(directory);
    return failed(options_.state_dir +
                  ": another tapseald uses this state_dir: stop it (tapseal down), or give this "
                  "one a state_dir of its own");
  }
  home_lock_ = directory;
  return {};
}

OrError<void> EmbeddedCluster::initialise() {
  note("making the private database in " + paths_.cluster.string());
  const std::string fresh = paths_.fresh.string();
  // An initdb that was killed half-way leaves a directory that looks whole (PG_VERSION comes
  // first). So it works beside the final place, and the rename is what says "finished".
  OrError<ProgramOutput> out =
      run_program(account_, {{"/bin/rm", "-rf", "--", fresh}, {}, -1, -1}, seconds(60));
  if (!out) return Failure{out.error()};
  out = run_program(account_,
                    {{programs_ + "/initdb", "-D", fresh, "-A", "peer", "--no-locale", "-E", "UTF8",
                      "--data-checksums", "-U", "tapseal"},
                     {},
                     -1,
                     home_lock_},
                    options_.start_limit);
  if (!out) return Failure{out.error()};
  if (out.value().exit_status != 0) return failed("initdb failed: " + out.value().text);

  const std::string settings = fresh + "/postgresql.conf";
  std::string text;
  if (const int file = open(settings.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC); file >= 0) {
    std::array<char, 4096> piece{};
    for (ssize_t count = 0; (count = read(file, piece.data(), piece.size())) > 0;)
      text.append(piece.data(), static_cast<size_t>(count));
    close(file);
  }
  text += kSettingsInclude;
  if (OrError<void> written = write_files(account_, {{settings, text}}); !written) return written;
  if (rename(fresh.c_str(), paths_.cluster.c_str()) != 0) {
    return failed_call(paths_.cluster, "cannot move the new cluster there");
  }
  sync_directory(paths_.home);
  return {};
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
      // After a reboot the number in the file may be somebody else's, which would make Postgres
      // refuse to start for ever.
      if (postmaster && is_stranger(*postmaster, paths_.cluster)) {
        note("removing the postmaster.pid of an earlier boot");
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
  DatabaseAddress first = address();
  first.database = "postgres";
  auto database = DatabaseConnection::open(first, {});
  if (!database) return failed("the private database: " + database.error().message);
  const auto found =
      database.value().query("SELECT 1 FROM pg_database WHERE datname = $1", {address().database});
  if (!found) return failed("the private database: " + found.error().message);
  if (found.value().num_rows() == 0) {
    const auto made = database.value().run_script("CREATE DATABASE tapseal");
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
