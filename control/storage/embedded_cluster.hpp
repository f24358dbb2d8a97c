// SPDX-License-Identifier: Apache-2.0
// A private Postgres cluster in the state directory, with no TCP port and no set-up.
#pragma once

#include "control/storage/child_process.hpp"
#include "control/storage/cluster_files.hpp"
#include "control/storage/connection.hpp"
#include "flowtable/base/result.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace control {

// Lays the cluster out, starts it, watches it, stops it. The server never runs as root. It outlives
// a `kill -9` of this program; the next start() finds it and goes on with it.
//
// Calls from several threads take turns. Each may wait up to its limit; stop() ends a start that is
// under way. One program at a time holds a state directory (flock on <state_dir>/pg).
class EmbeddedCluster {
 public:
  struct Options {
    std::string state_dir;
    // Account of a new cluster where this program is root; otherwise it is the own one, and of a
    // cluster that is there already it is its owner.
    std::string account = "postgres";
    std::string programs;  // directory of initdb and postgres; empty: look for the newest
    std::chrono::milliseconds start_limit = std::chrono::seconds(120);  // includes crash recovery
    std::chrono::milliseconds stop_limit = std::chrono::seconds(30);
    std::chrono::milliseconds lock_limit = std::chrono::seconds(10);
    std::function<void(std::string_view)> log;  // one line per event; may be empty
  };
  explicit EmbeddedCluster(Options options);
  EmbeddedCluster(const EmbeddedCluster&) = delete;
  EmbeddedCluster& operator=(const EmbeddedCluster&) = delete;
  ~EmbeddedCluster();  // stop()

  // Makes the cluster where there is none, starts the server or adopts the one that runs, and sees
  // to database "tapseal". Does nothing where it is up.
  flowtable::OrError<void> start();
  // After start(): brings the server back where it died. For the writer's reconnection.
  flowtable::OrError<void> ensure_running();
  // Fast shutdown: sessions are ended, everything committed is on disk. After stop_limit an
  // immediate one, which costs the next start a recovery but no row; that is reported as an error.
  flowtable::OrError<void> stop();

  [[nodiscard]] bool is_running();
  // The running server was started by an earlier run of this program.
  [[nodiscard]] bool is_adopted() const noexcept { return adopted_.load(); }
  // Valid after start().
  [[nodiscard]] DatabaseAddress address() const;

 private:
  static constexpr std::chrono::milliseconds kPollStep{20};

  flowtable::OrError<void> prepare();
  flowtable::OrError<void> choose_account();
  flowtable::OrError<void> make_directories();
  flowtable::OrError<void> lock_home();
  flowtable::OrError<void> initialise();
  flowtable::OrError<void> bring_up();
  flowtable::OrError<void> start_server();
  void clear_leftovers(std::chrono::steady_clock::time_point deadline);
  enum class Readiness { ready, ended, late };
  Readiness wait_until_ready(std::chrono::steady_clock::time_point deadline);
  flowtable::OrError<void> make_database();
  flowtable::OrError<void> end_server();
  flowtable::Failure<flowtable::Error> failed_start(std::string_view what) const;
  void note(std::string_view line) const;
  [[nodiscard]] bool server_alive();

  const Options options_;
  std::mutex mutex_;  // guards everything below
  ClusterPaths paths_;
  Account account_;
  std::string programs_;
  int home_lock_ = -1;
  bool prepared_ = false;
  std::optional<ChildProcess> server_;
  uintmax_t log_begin_ = 0;  // size of the log when the server was started
  std::atomic<bool> stopping_{false};
  std::atomic<bool> adopted_{false};
};

}  // namespace control
