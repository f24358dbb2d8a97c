// SPDX-License-Identifier: Apache-2.0
// tapseal up, tapseal down
#include "control/cli/daemon_start.hpp"
#include "control/cli/program_path.hpp"
#include "control/cli/reply_printer.hpp"
#include "control/cli/verbs.hpp"
#include "control/config/settings_loader.hpp"
#include "control/ipc/client.hpp"
#include "control/ipc/version.hpp"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

namespace control {
namespace {

using flowtable::Result;
using std::chrono::milliseconds;

std::string config_file(const CommandLine& line, const Environment& environment) {
  if (const std::optional<std::string> given = line.text("config")) return *given;
  for (const std::string& place : config_file_places(environment)) {
    if (access(place.c_str(), F_OK) == 0) return place;
  }
  return "";
}

std::vector<std::string> daemon_command(const std::string& program, const std::string& file,
                                        const std::vector<std::string>& flags) {
  std::vector<std::string> words{program};
  if (!file.empty()) words.insert(words.end(), {"--config", file});
  for (const std::string& flag : flags)
    words.insert(words.end(), {"--set", flag});
  return words;
}

ExitCode run_in_foreground(const std::vector<std::string>& command) {
  std::vector<char*> arguments;
  for (const std::string& word : command)
    arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  execv(arguments[0], arguments.data());
  return report(ExitCode::failed, command[0] + ": cannot be executed: " + std::strerror(errno));
}

ExitCode report_failure(const StartFailure& failure) {
  ExitCode code = ExitCode::failed;
  if (failure.kind == StartFailure::Kind::interrupted) code = ExitCode::interrupted;
  // The daemon uses the same codes: a wrong configuration stays one.
  const bool config = failure.kind == StartFailure::Kind::exited &&
                      failure.exit_status == static_cast<int>(ExitCode::bad_config);
  if (config) code = ExitCode::bad_config;
  return report(code, failure.message);
}

// What runs now, and what one does next.
ExitCode greet(Client& client, const CommandLine& line, const Settings& settings) {
  if (line.flag("json")) {
    print_json_line({{"pid", client.server().pid},
                     {"version", client.server().version},
                     {"socket", settings.run.socket}});
    return ExitCode::ok;
  }
  const std::string pid = std::to_string(client.server().pid);
  std::printf("tapseald %s runs (pid %s), socket %s, log %s\n\n", client.server().version.c_str(),
              pid.c_str(), settings.run.socket.c_str(), log_path(settings.run.state_dir).c_str());
  ReplyPrinter printer(*find_command("status"), OutputFormat::table);
  const Result<void, CallError> called = client.call("status", Json::object(), printer);
  if (!called.ok()) return report(line, called.error());
  if (!printer.finish()) return ExitCode::failed;
  std::printf(
      "\nNext: tapseal status | tapseal flows | tapseal certs --expiring 30d | tapseal down\n");
  return ExitCode::ok;
}

// Becomes readable when the process has ended; unlike its number it cannot come to mean another.
UniqueFd watch_process(int64_t pid) {
  return UniqueFd(static_cast<int>(syscall(SYS_pidfd_open, static_cast<pid_t>(pid), 0)));
}

}  // namespace

ExitCode run_up(const CommandLine& line) {
  const Environment environment = Environment::of_process();
  const std::string file = config_file(line, environment);
  const auto loaded = load_settings({file, line.texts("set"), environment});
  if (!loaded.ok()) {
    std::fprintf(stderr, "%s\n", loaded.error().text().c_str());
    return ExitCode::bad_config;
  }
  Settings settings = loaded.value().settings;
  std::vector<std::string> flags = line.texts("set");
  if (const std::optional<std::string> socket = line.text("socket")) {
    settings.run.socket = *socket;
    flags.push_back("run.socket=" + *socket);
  }

  Result<Client, CallError> running =
      Client::connect(settings.run.socket, {.version = std::string(program_version())});
  if (running.ok()) {
    std::printf("already running (pid %s), socket %s; nothing was started\n",
                std::to_string(running.value().server().pid).c_str(), settings.run.socket.c_str());
    return ExitCode::ok;
  }
  if (running.error().code == ErrorCode::connection_lost) {
    return report(line,
                  {ErrorCode::failed, settings.run.socket + ": something else listens there (" +
                                          running.error().message +
                                          "): end it, or set run.socket to another path"});
  }
  if (running.error().code != ErrorCode::unreachable) return report(line, running.error());

  const std::optional<std::string> program = find_daemon_program();
  if (!program.has_value()) {
    return report(ExitCode::failed,
                  "tapseald is not installed: it is neither beside tapseal nor in $PATH");
  }
  const std::vector<std::string> command = daemon_command(*program, file, flags);
  if (line.flag("foreground")) return run_in_foreground(command);
  Result<Client, StartFailure> started =
      start_daemon({command, settings.run.socket, settings.run.state_dir,
                    std::chrono::seconds(line.number("timeout").value_or(60))});
  if (!started.ok()) return report_failure(started.error());
  return greet(started.value(), line, settings);
}

ExitCode run_down(const CommandLine& line) {
  Result<Client, CallError> client =
      Client::connect(socket_to_ask(line), {.version = std::string(program_version())});
  if (!client.ok()) return report(line, client.error());
  const int64_t pid = client.value().server().pid;
  const UniqueFd process = watch_process(pid);
  ReplyPrinter ignored(*line.command(), OutputFormat::table);
  const Result<void, CallError> called = client.value().call("down", line.arguments(), ignored);
  if (!called.ok()) return report(line, called.error());

  pollfd wait{process.get(), POLLIN, 0};
  const int64_t seconds = line.number("timeout").value_or(60);
  // Without a handle it was gone before we looked.
  if (process.valid() && poll(&wait, 1, static_cast<int>(seconds * 1'000)) <= 0) {
    return report(ExitCode::failed, "the daemon (pid " + std::to_string(pid) +
                                        ") is still draining; its log tells how far it is");
  }
  if (line.flag("json")) {
    print_json_line({{"pid", pid}, {"down", true}});
  } else {
    std::printf("tapseald (pid %s) is down\n", std::to_string(pid).c_str());
  }
  return ExitCode::ok;
}

}  // namespace control
