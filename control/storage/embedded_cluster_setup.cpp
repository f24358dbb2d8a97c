// SPDX-License-Identifier: Apache-2.0
// What has to be there before the server can start.
#include "control/storage/embedded_cluster.hpp"
#include "control/storage/failed.hpp"
#include "control/storage/server_programs.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

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

Failure<Error> failed_call(const fs::path& path, std::string_view step) {
  return failed(path.string() + ": " + std::string(step) + ": " + std::strerror(errno));
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

void sync_directory(const fs::path& path) {
  const int directory = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return;
  fsync(directory);
  close(directory);
}

}  // namespace

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
                      "--data-checksums", "-U", "tapseal", "--no-sync"},
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
  // One flush of the file system instead of initdb's thousand of single files; the rename may only
  // become durable after it.
  if (syncfs(home_lock_) != 0) return failed_call(paths_.fresh, "cannot flush it to disk");
  if (rename(fresh.c_str(), paths_.cluster.c_str()) != 0) {
    return failed_call(paths_.cluster, "cannot move the new cluster there");
  }
  sync_directory(paths_.home);
  return {};
}

}  // namespace control
