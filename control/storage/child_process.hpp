// SPDX-License-Identifier: Apache-2.0
// Other programs, run as somebody else where this one is root.
#pragma once

#include "control/storage/account.hpp"
#include "flowtable/base/result.hpp"

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace control {

struct ChildCommand {
  std::vector<std::string> arguments;      // the first is the program's absolute path
  std::string log_path;                    // gets stdout and stderr, appended; empty: /dev/null
  int output = -1;                         // descriptor for stdout and stderr instead of log_path
  int kept_open = -1;                      // descriptor that the child holds while it lives
  std::vector<std::string> environment{};  // NAME=VALUE, beside LC_ALL, PATH and TZ
};

// A child of this program, in a process group of its own (a terminal's Ctrl-C is not for it), with
// an environment of LC_ALL, PATH, TZ and what the command names. Waiting and signalling go through
// a pidfd, which cannot mean another process later. The destructor lets go of the child and leaves
// it running.
class ChildProcess {
 public:
  // `account` must be the own one unless this program is root. An error says which step failed.
  static flowtable::OrError<ChildProcess> spawn(const Account& account,
                                                const ChildCommand& command);
  // A handle on a process that an earlier run of this program started: the same, but its exit
  // status stays unknown. Nothing where there is no such process.
  static std::optional<ChildProcess> adopt(pid_t pid);
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;
  ~ChildProcess();

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  // True once it ended (and is reaped); waits at most `limit`.
  [[nodiscard]] bool wait(std::chrono::milliseconds limit);
  // Of an ended child: 0 for success, 128 + n for signal n.
  [[nodiscard]] int exit_status() const noexcept { return exit_status_; }
  void signal(int number) const noexcept;
  // And what it has started in its turn.
  void signal_group(int number) const noexcept;

 private:
  ChildProcess(pid_t pid, int pidfd) noexcept : pid_(pid), pidfd_(pidfd) {}
  void close_pidfd() noexcept;

  pid_t pid_ = -1;
  int pidfd_ = -1;
  int exit_status_ = -1;
};

struct ProgramOutput {
  int exit_status = -1;
  std::string text;        // stdout and stderr, the last 64 KiB
  bool cancelled = false;  // it was told to end because of RunLimits::cancel
};
struct RunLimits {
  std::chrono::milliseconds time;
  int cancel = -1;  // once this descriptor can be read, the program and its children are ended
};
// Runs a program to its end; kills it after its time and returns an error then. `kept_open` as
// above.
flowtable::OrError<ProgramOutput> run_program(const Account& account, ChildCommand command,
                                              const RunLimits& limits);
inline flowtable::OrError<ProgramOutput> run_program(const Account& account, ChildCommand command,
                                                     std::chrono::milliseconds limit) {
  return run_program(account, std::move(command), RunLimits{limit});
}

struct FileText {
  std::string path;
  std::string text;
};
// Replaces each file whole (temporary file, fsync, rename; mode 0600), as `account`: root never
// writes into a directory that somebody else could fill with links.
flowtable::OrError<void> write_files(const Account& account, const std::vector<FileText>& files);

}  // namespace control
