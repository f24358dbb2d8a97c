// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/storage/cutting_proxy.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <string_view>

namespace control::tests {
namespace {

constexpr int kTickMs = 20;

sockaddr_un address_in(const std::string& directory) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = directory + "/.s.PGSQL.5432";
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  return address;
}

const sockaddr* generic(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

bool is_readable(int socket) {
  pollfd entry{socket, POLLIN, 0};
  return poll(&entry, 1, kTickMs) > 0;
}

bool send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

std::string receive(int socket) {
  std::array<char, 65'536> piece{};
  const ssize_t count = recv(socket, piece.data(), piece.size(), 0);
  return count <= 0 ? std::string() : std::string(piece.data(), static_cast<size_t>(count));
}

// Until it is ready for the next query, no transaction open; what it answers is thrown away.
void wait_until_done(int server) {
  constexpr std::string_view kReady("Z\0\0\0\x05I", 6);
  std::string answer;
  while (!answer.ends_with(kReady)) {
    const std::string piece = receive(server);
    if (piece.empty()) return;
    answer += piece;
  }
}

}  // namespace

CuttingProxy::CuttingProxy(std::string own_dir, std::string server_dir)
    : server_dir_(std::move(server_dir)) {
  std::filesystem::create_directories(own_dir);
  const sockaddr_un own = address_in(own_dir);
  listener_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (bind(listener_, generic(own), sizeof own) != 0 || listen(listener_, 16) != 0) std::abort();
  server_ = std::thread([this] { serve(); });
}

CuttingProxy::~CuttingProxy() {
  stopping_ = true;
  server_.join();
  close(listener_);
}

void CuttingProxy::serve() {
  while (!stopping_) {
    if (!is_readable(listener_)) continue;
    const int client = accept(listener_, nullptr, nullptr);
    connections_.emplace_back([this, client] { pass_on(client); });
  }
  for (std::thread& connection : connections_)
    connection.join();
}

void CuttingProxy::pass_on(int client) {
  const int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_un address = address_in(server_dir_);
  bool open = connect(server, generic(address), sizeof address) == 0;
  while (open && !stopping_) {
    std::array<pollfd, 2> both = {{{client, POLLIN, 0}, {server, POLLIN, 0}}};
    if (poll(both.data(), both.size(), kTickMs) <= 0 || cut_ == Cut::silence) continue;
    if (both[0].revents != 0) open = forward_client(client, server);
    if (open && both[1].revents != 0) {
      const std::string answer = receive(server);
      open = !answer.empty() && send_all(client, answer);
    }
  }
  close(client);
  close(server);
}

bool CuttingProxy::forward_client(int client, int server) {
  const std::string bytes = receive(client);
  if (bytes.empty()) return false;
  // PostgreSQL manual, "Message Formats": a Query's text ends with a zero.
  const bool is_commit = bytes.find(std::string_view("COMMIT\0", 7)) != std::string::npos;
  const Cut cut = cut_;
  if (!is_commit || cut == Cut::never || cut == Cut::silence) return send_all(server, bytes);
  ++num_cuts_;
  if (cut == Cut::before_commit) return false;
  if (send_all(server, bytes)) wait_until_done(server);
  return false;
}

}  // namespace control::tests
