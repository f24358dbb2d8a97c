// SPDX-License-Identifier: Apache-2.0
// The control socket's place in the file system.
#pragma once

#include "control/ipc/unique_fd.hpp"
#include "flowtable/base/result.hpp"

#include <sys/types.h>

#include <string>

namespace control {

// A listening, non-blocking Unix stream socket. Removes its path on destruction, if the path is
// still its own.
class ListeningSocket {
 public:
  // Creates the last directory of the path where it is missing. A socket nobody listens on is
  // replaced; one that answers is an error ("already running (pid N)"), and so is anything that is
  // not a socket. `mode` are the permissions of the path.
  [[nodiscard]] static flowtable::OrError<ListeningSocket> open(const std::string& path,
                                                                mode_t mode);
  ListeningSocket(ListeningSocket&& other) noexcept = default;
  ListeningSocket& operator=(ListeningSocket&&) = delete;
  ~ListeningSocket();

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }

 private:
  ListeningSocket(UniqueFd fd, std::string path);

  UniqueFd fd_;
  std::string path_;
  dev_t device_ = 0;  // with inode_: the file we made
  ino_t inode_ = 0;
};

// A socket connected to `path`, or -1 with errno. Does not wait: a full backlog is EAGAIN.
[[nodiscard]] UniqueFd connect_to(const std::string& path);

}  // namespace control
