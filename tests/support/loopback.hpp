// SPDX-License-Identifier: Apache-2.0
// Real servers on loopback, and a blocking client for conversations that know no sockets.
#pragma once

#include "tls/probe/datagram_conversation.hpp"
#include "tls/probe/step.hpp"

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tests {

enum class Listening : uint8_t { tcp, udp };

// A program that listens on a port of 127.0.0.1, until this object goes. In its arguments the word
// PORT stands for the port. Nothing comes from standard input, which stays open; output is thrown
// away.
class ServerProcess {
 public:
  explicit ServerProcess(std::vector<std::string> arguments, Listening on = Listening::tcp);
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;
  ~ServerProcess();

  // It took a connection, or of UDP: had the port, within ten seconds.
  [[nodiscard]] bool listens() const noexcept { return listens_; }
  [[nodiscard]] uint16_t port() const noexcept { return port_; }

 private:
  uint16_t port_ = 0;
  pid_t pid_ = -1;
  int input_ = -1;
  bool listens_ = false;
};

// The file of a program in PATH, or nothing.
[[nodiscard]] bool has_program(const std::string& name);

// A TCP connection to 127.0.0.1. Every wait is at most five seconds.
class TcpClient {
 public:
  explicit TcpClient(uint16_t port);
  TcpClient(const TcpClient&) = delete;
  TcpClient& operator=(const TcpClient&) = delete;
  ~TcpClient();

  [[nodiscard]] bool connected() const noexcept { return fd_ >= 0; }
  void send(std::span<const uint8_t> bytes) const;
  // One recv(); or how the connection ended.
  struct Heard {
    std::vector<uint8_t> bytes;
    std::optional<tls::probe::PeerEnd> end;
  };
  [[nodiscard]] Heard receive(size_t bytes_max = 65536) const;

 private:
  int fd_ = -1;
};

// Lets a conversation speak with the server until it is finished or the connection is. `piece`
// bytes at a time are given to it.
template <typename Conversation>
void converse(const TcpClient& client, Conversation& conversation, size_t piece = 65536) {
  client.send(conversation.first_flight());
  while (!conversation.finished()) {
    const TcpClient::Heard heard = client.receive(piece);
    if (heard.end) return conversation.ended(*heard.end);
    const tls::probe::Step step = conversation.heard(heard.bytes);
    if (step.kind == tls::probe::Step::Kind::send) client.send(step.bytes);
  }
}

// A UDP socket that is connected to 127.0.0.1.
class UdpClient {
 public:
  explicit UdpClient(uint16_t port);
  UdpClient(const UdpClient&) = delete;
  UdpClient& operator=(const UdpClient&) = delete;
  ~UdpClient();

  void send(std::span<const uint8_t> datagram) const;
  // The next one; nullopt where none comes for so long.
  [[nodiscard]] std::optional<std::vector<uint8_t>> receive(int wait_ms) const;

 private:
  int fd_ = -1;
};

// Lets a conversation speak with the server until it is finished, as a poll core does: the first
// datagram three times at most, one second apart; then silence of five seconds ends it.
void converse(const UdpClient& client, tls::probe::DatagramConversation& conversation);

}  // namespace tests
