// SPDX-License-Identifier: Apache-2.0
// Only one daemon per state directory.
#pragma once

#include "control/ipc/unique_fd.hpp"
#include "flowtable/base/result.hpp"

#include <string>

namespace control {

// Holds a lock (flock) on a file that names the process; the kernel lets go of it however the
// process ends. The file stays when the lock is gone, empty: to remove it would race with the next
// daemon, which may already have opened it.
class PidFile {
 public:
  // Error: another process holds it ("already running (pid N)"), or the file cannot be written.
  [[nodiscard]] static flowtable::OrError<PidFile> hold(const std::string& path);
  PidFile(PidFile&&) = default;
  PidFile& operator=(PidFile&&) = default;
  ~PidFile();

 private:
  explicit PidFile(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace control
