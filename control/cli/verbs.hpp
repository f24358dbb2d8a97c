// SPDX-License-Identifier: Apache-2.0
// What each command does.
#pragma once

#include "control/cli/command_line.hpp"
#include "control/cli/exit_code.hpp"

namespace control {

// Runs the command of a complete command line: answers on standard output, errors on standard
// error.
[[nodiscard]] ExitCode run_command_line(const CommandLine& line);

// Commands of their own file.
[[nodiscard]] ExitCode run_read(const CommandLine& line);
[[nodiscard]] ExitCode run_cert(const CommandLine& line);
[[nodiscard]] ExitCode run_up(const CommandLine& line);
[[nodiscard]] ExitCode run_down(const CommandLine& line);
[[nodiscard]] ExitCode run_config(const CommandLine& line);
[[nodiscard]] ExitCode run_watch(const CommandLine& line);
// scan, and resume, which goes on like it.
[[nodiscard]] ExitCode run_scan(const CommandLine& line);
// Whatever takes a query, and show.
[[nodiscard]] ExitCode run_list(const CommandLine& line);
[[nodiscard]] ExitCode run_import(const CommandLine& line);
[[nodiscard]] ExitCode run_db(const CommandLine& line);
// Any command that the daemon answers.
[[nodiscard]] ExitCode run_remote(const CommandLine& line);

// "tapseal: MESSAGE" on standard error; with --json {"error":{…}}. The exit code that fits.
ExitCode report(const CommandLine& line, const CallError& error);
ExitCode report(ExitCode code, const std::string& message);

// The socket to ask: --socket, $TAPSEAL_SOCKET, this user's own daemon, the machine's daemon.
[[nodiscard]] std::string socket_to_ask(const CommandLine& line);

}  // namespace control
