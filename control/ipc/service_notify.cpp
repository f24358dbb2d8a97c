// SPDX-License-Identifier: Apache-2.0
#include "control/ipc/service_notify.hpp"

#include "control/ipc/unique_fd.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <string>

namespace control {

void notify_service(std::string_view state) {
  const char* const variable = std::getenv("NOTIFY_SOCKET");
  if (variable == nullptr) return;
  std::string path = variable;
  sockaddr_un address{};
  if (path.size() < 2 || path.size() > sizeof(address.sun_path)) return;
  // An abstract socket's name starts with a zero byte, which the variable writes as @.
  if (path.front() == '@') path.front() = '\0';
  address.sun_family = AF_UNIX;
  std::copy(path.begin(), path.end(), address.sun_path);
  const UniqueFd fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return;
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  static_cast<void>(sendto(fd.get(), state.data(), state.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                           reinterpret_cast<const sockaddr*>(&address), length) >= 0);
}

}  // namespace control
