// SPDX-License-Identifier: Apache-2.0
#include "control/storage/child_process.hpp"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace control {
namespace {

using flowtable::Error;
using flowtable::Failure;
using flowtable::OrError;
using std::chrono::milliseconds;

// By number: glibc 2.36 declares its wrappers without C linkage.
int open_pidfd(pid_t pid) {
  return static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
}

// Steps of a child between fork and exec. Its exit report is {step, errno} in one small write.
enum class ChildStep : int { account, input, output, descriptors, program, file };
struct ChildReport {
  ChildStep step;
  int error;
};

std::string_view text_of(ChildStep step) {
  switch (step) {
    case ChildStep::account:
      return "cannot become its account";
    case ChildStep::input:
      return "cannot open /dev/null";
    case ChildStep::output:
      return "cannot open its log";
    case ChildStep::descriptors:
      return "cannot arrange its descriptors";
    case ChildStep::program:
      return "cannot start it";
    case ChildStep::file:
      return "cannot write";
  }
  return "failed";
}

Failure<Error> failed_step(std::string_view what, std::string_view step, int error) {
  return Failure{Error{std::string(what) + ": " + std::string(step) + ": " + std::strerror(error)}};
}

// Everything below until spawn() runs in the child of a program with threads: system calls on
// memory that was laid out before the fork, nothing else.

bool become(const Account& account) noexcept {
  if (geteuid() != 0 || account.uid == 0) return geteuid() == account.uid;
  return setgroups(account.groups.size(), account.groups.data()) == 0 && setgid(account.gid) == 0 &&
         setuid(account.uid) == 0 && setuid(0) != 0;
}

void reset_signals() noexcept {
  for (int number = 1; number < NSIG; ++number) {
    struct sigaction action {};
    action.sa_handler = SIG_DFL;
    sigaction(number, &action, nullptr);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void report_and_exit(int report, ChildStep step) noexcept {
  const ChildReport what{step, errno};
  [[maybe_unused]] const ssize_t ignored = write(report, &what, sizeof what);
  _exit(127);
}

struct ChildLayout {
  const Account* account;
  const char* log_path;
  int output;
  int kept_open;
  char* const* arguments;
  char* const* environment;
};

constexpr int kReportSlot = 3;
constexpr int kKeptSlot = 4;

// 0 to 2 are the standard ones, 3 the report (closed by exec), 4 the one to keep; no others stay.
bool arrange_descriptors(int input, int output, int report, int kept_open) noexcept {
  const int high_report = fcntl(report, F_DUPFD_CLOEXEC, 16);
  const int high_kept = kept_open < 0 ? -1 : fcntl(kept_open, F_DUPFD_CLOEXEC, 16);
  if (high_report < 0 || (kept_open >= 0 && high_kept < 0)) return false;
  if (dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(output, 2) < 0) return false;
  if (dup3(high_report, kReportSlot, O_CLOEXEC) < 0) return false;
  if (high_kept >= 0 && dup2(high_kept, kKeptSlot) < 0) return false;
  return close_range(high_kept >= 0 ? kKeptSlot + 1 : kReportSlot + 1, ~0U, 0) == 0;
}

[[noreturn]] void run_child(const ChildLayout& layout, int report) noexcept {
  setpgid(0, 0);
  reset_signals();
  umask(077);
  if (!become(*layout.account)) report_and_exit(report, ChildStep::account);
  const int input = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (input < 0) report_and_exit(report, ChildStep::input);
  int output = layout.output;
  if (output < 0) {
    output = open(layout.log_path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  }
  if (output < 0) report_and_exit(report, ChildStep::output);
  if (!arrange_descriptors(input, output, report, layout.kept_open)) {
    report_and_exit(report, ChildStep::descriptors);
  }
  if (chdir("/") != 0) report_and_exit(kReportSlot, ChildStep::descriptors);
  execve(layout.arguments[0], layout.arguments, layout.environment);
  report_and_exit(kReportSlot, ChildStep::program);
}

bool write_all(int file, const char* text, size_t length) noexcept {
  while (length > 0) {
    const ssize_t written = write(file, text, length);
    if (written < 0 && errno != EINTR) return false;
    if (written > 0) {
      text += written;
      length -= static_cast<size_t>(written);
    }
  }
  return true;
}

bool replace_file(const FileText& file, const char* temporary) noexcept {
  const int out = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (out < 0) return false;
  const bool written = write_all(out, file.text.data(), file.text.size()) && fsync(out) == 0;
  const int error = errno;
  close(out);
  errno = error;
  return written && rename(temporary, file.path.c_str()) == 0;
}

struct Pipe {
  int read_end = -1;
  int write_end = -1;
};

OrError<Pipe> open_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return failed_step("pipe", "cannot open", errno);
  return Pipe{ends[0], ends[1]};
}

// Blocks until the child wrote its report or closed the pipe (by exec or exit).
bool read_report(int read_end, ChildReport& report) {
  ssize_t count = 0;
  do {
    count = read(read_end, &report, sizeof report);
  } while (count < 0 && errno == EINTR);
  close(read_end);
  return count == static_cast<ssize_t>(sizeof report);
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (std::string& text : texts)
    out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

}  // namespace

OrError<ChildProcess> ChildProcess::spawn(const Account& account, const ChildCommand& command) {
  std::vector<std::string> arguments = command.arguments;
  std::vector<std::string> environment = {"LC_ALL=C", "TZ=UTC",
                                          "PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"};
  environment.insert(environment.end(), command.environment.begin(), command.environment.end());
  const std::vector<char*> argument_pointers = pointers_to(arguments);
  const std::vector<char*> environment_pointers = pointers_to(environment);
  const ChildLayout layout{&account,
                           command.log_path.empty() ? "/dev/null" : command.log_path.c_str(),
                           command.output,
                           command.kept_open,
                           argument_pointers.data(),
                           environment_pointers.data()};
  const OrError<Pipe> report = open_pipe();
  if (!report) return Failure{report.error()};
  const pid_t pid = fork();
  if (pid == 0) run_child(layout, report.value().write_end);
  const int fork_error = errno;
  close(report.value().write_end);
  if (pid < 0) {
    close(report.value().read_end);
    return failed_step(arguments[0], "cannot fork", fork_error);
  }
  ChildProcess child(pid, open_pidfd(pid));
  ChildReport failure{};
  if (!read_report(report.value().read_end, failure)) return child;
  (void)child.wait(std::chrono::seconds(5));
  return failed_step(arguments[0], text_of(failure.step), failure.error);
}

std::optional<ChildProcess> ChildProcess::adopt(pid_t pid) {
  const int pidfd = open_pidfd(pid);
  if (pidfd < 0) return std::nullopt;
  return ChildProcess(pid, pidfd);
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      pidfd_(std::exchange(other.pidfd_, -1)),
      exit_status_(other.exit_status_) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  if (this == &other) return *this;
  close_pidfd();
  pid_ = std::exchange(other.pid_, -1);
  pidfd_ = std::exchange(other.pidfd_, -1);
  exit_status_ = other.exit_status_;
  return *this;
}

ChildProcess::~ChildProcess() {
  close_pidfd();
}

void ChildProcess::close_pidfd() noexcept {
  if (pidfd_ >= 0) close(pidfd_);
  pidfd_ = -1;
}

bool ChildProcess::wait(std::chrono::milliseconds limit) {
  if (pidfd_ < 0) return true;
  pollfd ended{pidfd_, POLLIN, 0};
  if (poll(&ended, 1, static_cast<int>(limit.count())) <= 0) return false;
  siginfo_t status{};
  if (waitid(P_PIDFD, static_cast<id_t>(pidfd_), &status, WEXITED) == 0) {
    exit_status_ = status.si_code == CLD_EXITED ? status.si_status : 128 + status.si_status;
  }
  close_pidfd();
  return true;
}

void ChildProcess::signal(int number) const noexcept {
  if (pidfd_ >= 0) syscall(SYS_pidfd_send_signal, pidfd_, number, nullptr, 0);
}

void ChildProcess::signal_group(int number) const noexcept {
  // Until it is waited for, its number is nobody else's, and so is that of its group.
  if (pidfd_ >= 0) kill(-pid_, number);
}

OrError<ProgramOutput> run_program(const Account& account, ChildCommand command,
                                   const RunLimits& limits) {
  constexpr size_t kKeptMax = 64 * 1024;
  const OrError<Pipe> output = open_pipe();
  if (!output) return Failure{output.error()};
  command.output = output.value().write_end;
  OrError<ChildProcess> child = ChildProcess::spawn(account, command);
  close(output.value().write_end);
  const int read_end = output.value().read_end;
  ProgramOutput out;
  const auto deadline = std::chrono::steady_clock::now() + limits.time;
  bool open_still = child.ok();
  while (open_still && std::chrono::steady_clock::now() < deadline) {
    std::array<pollfd, 2> waiting{
        {{read_end, POLLIN, 0}, {out.cancelled ? -1 : limits.cancel, POLLIN, 0}}};
    if (poll(waiting.data(), waiting.size(), 100) <= 0) continue;
    if (waiting[1].revents != 0) {
      child.value().signal_group(SIGTERM);
      out.cancelled = true;
    }
    if (waiting[0].revents == 0) continue;
    std::array<char, 4096> piece{};
    const ssize_t count = read(read_end, piece.data(), piece.size());
    open_still = count > 0 || (count < 0 && errno == EINTR);
    if (count > 0) out.text.append(piece.data(), static_cast<size_t>(count));
    if (out.text.size() > 2 * kKeptMax) out.text.erase(0, out.text.size() - kKeptMax);
  }
  close(read_end);
  if (!child) return Failure{child.error()};
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      deadline - std::chrono::steady_clock::now());
  // Its output is closed: what is left is its own end.
  const auto grace = std::clamp(left, milliseconds(1000), milliseconds(30'000));
  if (open_still || !child.value().wait(grace)) {
    child.value().signal_group(SIGKILL);
    (void)child.value().wait(std::chrono::seconds(5));
    return Failure{Error{command.arguments[0] + ": did not end within " +
                         std::to_string(limits.time.count()) + " ms and was killed"}};
  }
  out.exit_status = child.value().exit_status();
  return out;
}

OrError<void> write_files(const Account& account, const std::vector<FileText>& files) {
  std::vector<std::string> temporaries;
  for (const FileText& file : files)
    temporaries.push_back(file.path + ".new");
  const OrError<Pipe> report = open_pipe();
  if (!report) return Failure{report.error()};
  const pid_t pid = fork();
  if (pid == 0) {
    umask(077);
    if (!become(account)) report_and_exit(report.value().write_end, ChildStep::account);
    for (size_t i = 0; i < files.size(); ++i) {
      if (!replace_file(files[i], temporaries[i].c_str())) {
        report_and_exit(report.value().write_end, ChildStep::file);
      }
    }
    _exit(0);
  }
  const int fork_error = errno;
  close(report.value().write_end);
  ChildReport failure{};
  const bool has_report = read_report(report.value().read_end, failure);
  if (pid < 0) return failed_step("writing the database's settings", "cannot fork", fork_error);
  while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
  if (has_report) return failed_step(files.front().path, text_of(failure.step), failure.error);
  return {};
}

}  // namespace control
