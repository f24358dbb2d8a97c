// SPDX-License-Identifier: Apache-2.0
// A daemon in the background, from nothing to its first answer.
#pragma once

#include "control/ipc/client.hpp"
#include "flowtable/base/result.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace control {

struct DaemonStart {
  std::vector<std::string> command;  // program and arguments
  std::string socket_path;
  std::string state_dir;  // created where it is missing; holds tapseald.log
  std::chrono::milliseconds timeout{60'000};
};

struct StartFailure {
  enum class Kind { failed, exited, timed_out, interrupted };
  Kind kind = Kind::failed;
  int exit_status = 0;  // where it exited by itself
  std::string message;  // with the daemon's last words, where it said any
};

// Starts the program in a session of its own, with its output in the log, and waits until it says
// hello on the socket. Ctrl-C while waiting stops it again.
[[nodiscard]] flowtable::Result<Client, StartFailure> start_daemon(const DaemonStart& start);

[[nodiscard]] std::string log_path(const std::string& state_dir);

}  // namespace control
