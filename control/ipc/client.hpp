// SPDX-License-Identifier: Apache-2.0
// The caller's end of the control socket.
#pragma once

#include "control/ipc/error_code.hpp"
#include "control/ipc/frame.hpp"
#include "control/ipc/message.hpp"
#include "control/ipc/unique_fd.hpp"
#include "flowtable/base/result.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace control {

// Takes a reply as it comes.
class ReplyReceiver {
 public:
  virtual ~ReplyReceiver() = default;
  virtual void row(const Json& row) = 0;
  virtual void field(const std::string& name, const Json& value) = 0;
  // Nothing more is there for now.
  virtual void pause() {}
};

struct ClientOptions {
  std::string version;                              // of the calling program
  std::chrono::milliseconds hello_timeout{5'000};   // for the connection and the daemon's hello
  std::chrono::milliseconds reply_timeout{60'000};  // between two frames of a reply
  int cancel_fd = -1;  // a call ends as interrupted once this can be read; borrowed
};

// One connection, one call after the other, one thread. Waits.
class Client {
 public:
  // Errors: unreachable (nobody listens: the message says how to start the daemon), not_permitted,
  // busy, protocol_mismatch, connection_lost.
  [[nodiscard]] static flowtable::Result<Client, CallError> connect(const std::string& socket_path,
                                                                    const ClientOptions& options);

  // Who answers.
  [[nodiscard]] const Hello& server() const noexcept { return server_; }

  // Sends a request and hands out its reply. An error may come after rows have been handed out.
  [[nodiscard]] flowtable::Result<void, CallError> call(std::string_view command,
                                                        const Json& arguments,
                                                        ReplyReceiver& receiver);

 private:
  using Clock = std::chrono::steady_clock;
  Client(UniqueFd fd, ClientOptions options) : fd_(std::move(fd)), options_(std::move(options)) {}

  flowtable::Result<void, CallError> shake_hands();
  flowtable::Result<void, CallError> send_frame(std::string_view payload);
  flowtable::Result<Json, CallError> receive(std::chrono::milliseconds timeout);
  enum class Wait : uint8_t { ready, late, cancelled };
  Wait wait(short events, Clock::time_point end) const;

  UniqueFd fd_;
  ClientOptions options_;
  Hello server_;
  FrameReader input_{kReplyFrameBytesMax};
};

}  // namespace control
