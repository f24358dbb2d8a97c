// SPDX-License-Identifier: Apache-2.0
#include "tests/support/loopback.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

namespace tests {

namespace {

constexpr int kWaitMs = 5000;

sockaddr_in loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

const sockaddr* generic(const sockaddr_in& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

int type_of(Listening on) {
  return (on == Listening::tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC;
}

uint16_t free_port(Listening on) {
  const int fd = socket(AF_INET, type_of(on), 0);
  sockaddr_in address = loopback(0);
  socklen_t length = sizeof address;
  uint16_t port = 0;
  if (bind(fd, generic(address), length) == 0 &&
      getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) == 0) {
    port = ntohs(address.sin_port);
  }
  close(fd);
  return port;
}

[[noreturn]] void become(std::vector<std::string>& arguments, int input) {
  const int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
  dup2(input, 0);
  dup2(nothing, 1);
  dup2(nothing, 2);
  std::vector<char*> argv;
  for (std::string& argument : arguments)
    argv.push_back(argument.data());
  argv.push_back(nullptr);
  execvp(argv[0], argv.data());
  _exit(127);
}

int connect_to(uint16_t port, Listening on = Listening::tcp) {
  const int fd = socket(AF_INET, type_of(on), 0);
  const sockaddr_in address = loopback(port);
  if (connect(fd, generic(address), sizeof address) == 0) return fd;
  close(fd);
  return -1;
}

bool takes_connection(uint16_t port) {
  const int fd = connect_to(port);
  if (fd >= 0) close(fd);
  return fd >= 0;
}

// The kernel's table says whose ports are taken: an address in hex, a colon, the port in hex.
bool has_udp_port(uint16_t port) {
  char wanted[8];
  std::snprintf(wanted, sizeof wanted, ":%04X ", port);
  for (const char* const table : {"/proc/net/udp", "/proc/net/udp6"}) {
    std::ifstream lines(table);
    for (std::string line; std::getline(lines, line);)
      if (line.find(wanted) < line.find(' ', line.find(':') + 2)) return true;
  }
  return false;
}

bool starts_listening(uint16_t port, pid_t pid, Listening on) {
  constexpr std::chrono::milliseconds kPause{20};
  for (int attempt = 0; attempt < 500; ++attempt) {
    if (on == Listening::tcp ? takes_connection(port) : has_udp_port(port)) return true;
    if (waitpid(pid, nullptr, WNOHANG) == pid) return false;
    std::this_thread::sleep_for(kPause);
  }
  return false;
}

}  // namespace

ServerProcess::ServerProcess(std::vector<std::string> arguments, Listening on)
    : port_(free_port(on)) {
  for (std::string& argument : arguments) {
    const size_t at = argument.find("PORT");
    if (at != argument.npos) argument.replace(at, 4, std::to_string(port_));
  }
  int ends[2] = {-1, -1};
  if (pipe2(ends, O_CLOEXEC) != 0) return;
  input_ = ends[1];
  pid_ = fork();
  if (pid_ == 0) become(arguments, ends[0]);
  close(ends[0]);
  listens_ = starts_listening(port_, pid_, on);
}

ServerProcess::~ServerProcess() {
  close(input_);
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

bool has_program(const std::string& name) {
  const char* const path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');)
    if (access((folder + "/" + name).c_str(), X_OK) == 0) return true;
  return false;
}

TcpClient::TcpClient(uint16_t port) : fd_(connect_to(port)) {}

TcpClient::~TcpClient() {
  if (fd_ >= 0) close(fd_);
}

void TcpClient::send(std::span<const uint8_t> bytes) const {
  // A server that closed is noticed when it is heard.
  (void)!::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

TcpClient::Heard TcpClient::receive(size_t bytes_max) const {
  using tls::probe::PeerEnd;
  pollfd waiting{fd_, POLLIN, 0};
  if (poll(&waiting, 1, kWaitMs) != 1) return {{}, PeerEnd::timed_out};
  std::vector<uint8_t> bytes(bytes_max);
  const ssize_t got = recv(fd_, bytes.data(), bytes.size(), 0);
  if (got == 0) return {{}, PeerEnd::closed};
  if (got < 0) return {{}, PeerEnd::reset};
  bytes.resize(static_cast<size_t>(got));
  return {std::move(bytes), std::nullopt};
}

UdpClient::UdpClient(uint16_t port) : fd_(connect_to(port, Listening::udp)) {}

UdpClient::~UdpClient() {
  if (fd_ >= 0) close(fd_);
}

void UdpClient::send(std::span<const uint8_t> datagram) const {
  (void)!::send(fd_, datagram.data(), datagram.size(), 0);
}

std::optional<std::vector<uint8_t>> UdpClient::receive(int wait_ms) const {
  pollfd waiting{fd_, POLLIN, 0};
  if (poll(&waiting, 1, wait_ms) != 1) return std::nullopt;
  std::vector<uint8_t> bytes(65536);
  const ssize_t got = recv(fd_, bytes.data(), bytes.size(), 0);
  if (got < 0) return std::nullopt;
  bytes.resize(static_cast<size_t>(got));
  return bytes;
}

void converse(const UdpClient& client, tls::probe::DatagramConversation& conversation) {
  constexpr int kFirstWaitMs = 1000;
  std::optional<std::vector<uint8_t>> heard;
  for (int attempt = 0; attempt < 3 && !heard; ++attempt) {
    client.send(conversation.first_datagram());
    heard = client.receive(kFirstWaitMs);
  }
  while (heard) {
    const tls::probe::DatagramStep step = conversation.heard(*heard);
    for (const std::vector<uint8_t>& datagram : step.datagrams)
      client.send(datagram);
    if (conversation.finished()) return;
    heard = client.receive(kWaitMs);
  }
  conversation.ended(tls::probe::PeerEnd::timed_out);
}

}  // namespace tests
