// SPDX-License-Identifier: Apache-2.0
#include "control/cli/daemon_start.hpp"

#include "control/ipc/unique_fd.hpp"
#include "control/ipc/version.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace control {
namespace {

using flowtable::Failure;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;
using Started = flowtable::Result<Client, StartFailure>;

constexpr milliseconds kLook{50};
constexpr off_t kLastWordsBytes = 2048;

Failure<StartFailure> failed(const std::string& message) {
  return Failure{StartFailure{StartFailure::Kind::failed, 0, message}};
}

std::string reason() {
  return std::strerror(errno);
}

// Ctrl-C and a polite kill as something to wait for, as long as this lives.
class InterruptWatch {
 public:
  InterruptWatch() {
    sigset_t wanted;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGINT);
    sigaddset(&wanted, SIGTERM);
    sigprocmask(SIG_BLOCK, &wanted, &before_);
    fd_ = UniqueFd(signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
  }
  ~InterruptWatch() { sigprocmask(SIG_SETMASK, &before_, nullptr); }
  InterruptWatch(const InterruptWatch&) = delete;
  InterruptWatch& operator=(const InterruptWatch&) = delete;

  // Sleeps for that long; true where somebody interrupted.
  [[nodiscard]] bool sleep(milliseconds time) const {
    pollfd wait{fd_.get(), POLLIN, 0};
    return poll(&wait, 1, static_cast<int>(time.count())) > 0;
  }
  [[nodiscard]] const sigset_t& mask_before() const { return before_; }

 private:
  sigset_t before_{};
  UniqueFd fd_;
};

// Becomes the daemon, in the child. Only what is safe between fork and exec.
[[noreturn]] void become(const std::vector<char*>& arguments, int log, const sigset_t& mask) {
  setsid();
  const int nothing = open("/dev/null", O_RDONLY);
  dup2(nothing, STDIN_FILENO);
  dup2(log, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  sigprocmask(SIG_SETMASK, &mask, nullptr);
  execv(arguments[0], arguments.data());
  constexpr std::string_view kWords = "cannot be executed\n";
  static_cast<void>(write(STDERR_FILENO, kWords.data(), kWords.size()) > 0);
  _exit(127);
}

pid_t spawn(const std::vector<std::string>& command, int log, const sigset_t& mask) {
  std::vector<char*> arguments;
  for (const std::string& word : command)
    arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t pid = fork();
  if (pid == 0) become(arguments, log, mask);
  return pid;
}

// What was written to the log behind `from`: its end, in whole lines.
std::string last_words(int log, off_t from) {
  struct stat size {};
  if (fstat(log, &size) != 0 || size.st_size <= from) return "";
  const bool all = size.st_size - from <= kLastWordsBytes;
  const off_t start = all ? from : size.st_size - kLastWordsBytes;
  std::string text(static_cast<size_t>(size.st_size - start), '\0');
  const ssize_t got = pread(log, text.data(), text.size(), start);
  text.resize(got > 0 ? static_cast<size_t>(got) : 0);
  if (!all) text.erase(0, text.find('\n') + 1);
  while (text.ends_with('\n'))
    text.pop_back();
  return text;
}

StartFailure died(int status, const std::string& words) {
  StartFailure failure{StartFailure::Kind::exited, 1, "tapseald ended"};
  if (WIFEXITED(status)) {
    failure.exit_status = WEXITSTATUS(status);
    failure.message += " with exit code " + std::to_string(failure.exit_status);
  } else if (WIFSIGNALED(status)) {
    failure.message += " by signal " + std::to_string(WTERMSIG(status));
  }
  if (!words.empty()) failure.message += ":\n" + words;
  return failure;
}

Started wait_for_hello(const DaemonStart& start, pid_t pid, int log, const InterruptWatch& watch) {
  const off_t log_start = lseek(log, 0, SEEK_CUR);
  const Clock::time_point end = Clock::now() + start.timeout;
  const ClientOptions options{std::string(program_version()), milliseconds(1'000)};
  while (true) {
    int status = 0;
    if (waitpid(pid, &status, WNOHANG) == pid)
      return Failure{died(status, last_words(log, log_start))};
    flowtable::Result<Client, CallError> client = Client::connect(start.socket_path, options);
    if (client.ok()) return std::move(client).value();
    const ErrorCode code = client.error().code;
    if (code == ErrorCode::protocol_mismatch || code == ErrorCode::not_permitted)
      return failed(client.error().message);
    if (watch.sleep(kLook)) {
      kill(pid, SIGTERM);
      return Failure{
          StartFailure{StartFailure::Kind::interrupted, 0,
                       "interrupted; tapseald (pid " + std::to_string(pid) + ") was told to stop"}};
    }
    if (Clock::now() < end) continue;
    return Failure{StartFailure{StartFailure::Kind::timed_out, 0,
                                "tapseald (pid " + std::to_string(pid) +
                                    ") runs but does not answer yet; look at " +
                                    log_path(start.state_dir)}};
  }
}

}  // namespace

std::string log_path(const std::string& state_dir) {
  return state_dir + "/tapseald.log";
}

Started start_daemon(const DaemonStart& start) {
  std::error_code error;
  // Others may pass but not look: the private database runs as an account of its own below it.
  if (std::filesystem::create_directories(start.state_dir, error))
    chmod(start.state_dir.c_str(), 0711);
  if (error) return failed(start.state_dir + ": cannot be created: " + error.message());
  const std::string path = log_path(start.state_dir);
  const UniqueFd log(open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0640));
  if (!log.valid()) return failed(path + ": cannot be written: " + reason());
  lseek(log.get(), 0, SEEK_END);

  const InterruptWatch watch;
  const pid_t pid = spawn(start.command, log.get(), watch.mask_before());
  if (pid < 0) return failed("cannot start tapseald: " + reason());
  return wait_for_hello(start, pid, log.get(), watch);
}

}  // namespace control
