// SPDX-License-Identifier: Apache-2.0
#include "control/ipc/listening_socket.hpp"

#include "control/ipc/peer.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

namespace control {
namespace {

using flowtable::Error;
using flowtable::Failure;
using flowtable::OrError;

constexpr int kBacklog = 128;

Error path_error(const std::string& path, const char* what) {
  return Error{path + ": " + what + ": " + std::strerror(errno)};
}

std::optional<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(address.sun_path)) return std::nullopt;
  std::copy(path.begin(), path.end(), address.sun_path);
  return address;
}

UniqueFd new_socket() {
  return UniqueFd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

std::string directory_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// Makes the path free, or says why it is not ours to take.
OrError<void> clear_path(const std::string& path) {
  struct stat found {};
  if (lstat(path.c_str(), &found) != 0) {
    if (errno == ENOENT) return {};
    return Failure{path_error(path, "cannot be looked at")};
  }
  if (!S_ISSOCK(found.st_mode))
    return Failure{Error{path + ": is there and is not a socket; remove it or set run.socket"}};
  const UniqueFd live = connect_to(path);
  // EAGAIN: its queue of callers is full, so somebody is there.
  if (live.valid() || errno == EAGAIN) {
    const std::optional<PeerCredentials> peer = KernelPeerSource().peer_of(live.get());
    const std::string pid = peer.has_value() ? std::to_string(peer->pid) : "unknown";
    return Failure{Error{"already running (pid " + pid + "): it answers at " + path}};
  }
  if (errno != ECONNREFUSED) return Failure{path_error(path, "cannot be tried")};
  if (unlink(path.c_str()) != 0 && errno != ENOENT)
    return Failure{path_error(path, "a stale socket cannot be removed")};
  return {};
}

}  // namespace

UniqueFd connect_to(const std::string& path) {
  const std::optional<sockaddr_un> address = address_of(path);
  if (!address.has_value()) {
    errno = ENAMETOOLONG;
    return {};
  }
  UniqueFd fd = new_socket();
  if (!fd.valid()) return {};
  const auto* const generic = reinterpret_cast<const sockaddr*>(&*address);
  if (connect(fd.get(), generic, sizeof(*address)) != 0) {
    const int reason = errno;
    fd.reset();
    errno = reason;
  }
  return fd;
}

OrError<ListeningSocket> ListeningSocket::open(const std::string& path, mode_t mode) {
  const std::optional<sockaddr_un> address = address_of(path);
  if (!address.has_value())
    return Failure{Error{path + ": a socket's path has 1 to 107 bytes; set run.socket"}};
  const std::string directory = directory_of(path);
  if (mkdir(directory.c_str(), 0755) != 0 && errno != EEXIST)
    return Failure{path_error(directory, "cannot be created")};

  // The lock on the directory keeps two daemons that start together from taking each other's fresh
  // socket for a stale one. It goes with `guard`.
  const UniqueFd guard(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!guard.valid() || flock(guard.get(), LOCK_EX) != 0)
    return Failure{path_error(directory, "cannot be locked")};
  const OrError<void> cleared = clear_path(path);
  if (!cleared.ok()) return Failure{cleared.error()};

  UniqueFd fd = new_socket();
  if (!fd.valid()) return Failure{path_error(path, "no socket")};
  const auto* const generic = reinterpret_cast<const sockaddr*>(&*address);
  if (bind(fd.get(), generic, sizeof(*address)) != 0)
    return Failure{path_error(path, "cannot be bound")};
  ListeningSocket listening(std::move(fd), path);
  // Nobody can connect before listen(), so the permissions are never too wide.
  if (chmod(path.c_str(), mode) != 0) return Failure{path_error(path, "cannot set permissions")};
  if (listen(listening.fd(), kBacklog) != 0) return Failure{path_error(path, "cannot listen")};
  return listening;
}

ListeningSocket::ListeningSocket(UniqueFd fd, std::string path)
    : fd_(std::move(fd)), path_(std::move(path)) {
  struct stat made {};
  if (lstat(path_.c_str(), &made) == 0) {
    device_ = made.st_dev;
    inode_ = made.st_ino;
  }
}

ListeningSocket::~ListeningSocket() {
  struct stat found {};
  if (!fd_.valid() || lstat(path_.c_str(), &found) != 0) return;
  if (found.st_dev == device_ && found.st_ino == inode_) unlink(path_.c_str());
}

}  // namespace control
