// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/bus/bus_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <vector>

namespace control::tests {
namespace {

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

int free_port() {
  const int held = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t length = sizeof address;
  if (bind(held, reinterpret_cast<sockaddr*>(&address), length) != 0 ||
      getsockname(held, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    std::perror("no port of loopback");
    std::exit(1);
  }
  close(held);
  return ntohs(address.sin_port);
}

bool answers(int port) {
  const int asking = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  const bool open =
      connect(asking, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(asking);
  return open;
}

}  // namespace

BusServer::BusServer(const std::filesystem::path& directory) : port_(free_port()) {
  std::vector<std::string> words = {"nats-server", "-js",
                                    "-a",          "127.0.0.1",
                                    "-p",          std::to_string(port_),
                                    "-sd",         (directory / "js").string(),
                                    "-l",          (directory / "nats.log").string()};
  std::vector<char*> pointers;
  for (std::string& word : words)
    pointers.push_back(word.data());
  pointers.push_back(nullptr);
  if (posix_spawnp(&pid_, "nats-server", nullptr, nullptr, pointers.data(), environ) != 0) {
    std::fprintf(stderr, "nats-server is not there: apt install nats-server\n");
    std::exit(1);
  }
  for (int round = 0; round < 500 && !answers(port_); ++round)
    usleep(20'000);
}

BusServer::~BusServer() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

std::string BusServer::url() const {
  return "nats://127.0.0.1:" + std::to_string(port_);
}

}  // namespace control::tests
