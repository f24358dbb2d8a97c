// SPDX-License-Identifier: Apache-2.0
#include "control/ipc/pid_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace control {
namespace {

using flowtable::Error;
using flowtable::Failure;
using flowtable::OrError;

Error file_error(const std::string& path, const char* what) {
  return Error{path + ": " + what + ": " + std::strerror(errno)};
}

std::string read_pid(int fd) {
  std::array<char, 16> text{};
  const ssize_t size = pread(fd, text.data(), text.size(), 0);
  std::string pid;
  for (ssize_t i = 0; i < size && text[i] >= '0' && text[i] <= '9'; ++i)
    pid += text[i];
  return pid.empty() ? "unknown" : pid;
}

}  // namespace

OrError<PidFile> PidFile::hold(const std::string& path) {
  UniqueFd fd(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (!fd.valid()) return Failure{file_error(path, "cannot be opened")};
  if (flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return Failure{file_error(path, "cannot be locked")};
    return Failure{Error{"already running (pid " + read_pid(fd.get()) + "): " + path + " is held"}};
  }
  const std::string text = std::to_string(getpid()) + "\n";
  if (ftruncate(fd.get(), 0) != 0 ||
      pwrite(fd.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
    return Failure{file_error(path, "cannot be written")};
  return PidFile(std::move(fd));
}

PidFile::~PidFile() {
  // Closing lets go of the lock; a failure here only leaves a number nobody looks at.
  if (fd_.valid()) static_cast<void>(ftruncate(fd_.get(), 0) == 0);
}

}  // namespace control
