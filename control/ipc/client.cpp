// SPDX-License-Identifier: Apache-2.0
#include "control/ipc/client.hpp"

#include "control/ipc/listening_socket.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <thread>

namespace control {
namespace {

using flowtable::Failure;
using std::chrono::milliseconds;
using CallResult = flowtable::Result<void, CallError>;

constexpr size_t kReplyChunkBytes = size_t{64} << 10;

Failure<CallError> lost(const std::string& why) {
  return Failure{CallError{ErrorCode::connection_lost, why}};
}

CallError connect_error(const std::string& path, int reason) {
  switch (reason) {
    case ENOENT:
    case ECONNREFUSED:
      return {ErrorCode::unreachable, "no daemon at " + path + "; start it with `tapseal up`"};
    case EACCES:
    case EPERM:
      return {ErrorCode::not_permitted,
              "no permission to reach the daemon at " + path +
                  "; join the group of run.readers_group or run.operators_group, or use sudo"};
    case ENAMETOOLONG:
      return {ErrorCode::unreachable, path + ": a socket's path has 1 to 107 bytes"};
    case EAGAIN:
      return {ErrorCode::unreachable, "the daemon at " + path + " does not answer"};
    default:
      return {ErrorCode::unreachable,
              "no daemon can be reached at " + path + ": " + std::strerror(reason)};
  }
}

}  // namespace

flowtable::Result<Client, CallError> Client::connect(const std::string& socket_path,
                                                     const ClientOptions& options) {
  const Clock::time_point end = Clock::now() + options.hello_timeout;
  UniqueFd fd = connect_to(socket_path);
  // The daemon's queue of callers is full: wait for our turn.
  while (!fd.valid() && errno == EAGAIN && Clock::now() < end) {
    std::this_thread::sleep_for(milliseconds(10));
    fd = connect_to(socket_path);
  }
  if (!fd.valid()) return Failure{connect_error(socket_path, errno)};
  Client client(std::move(fd), options);
  CallResult shaken = client.shake_hands();
  if (!shaken.ok()) return Failure{shaken.error()};
  return client;
}

CallResult Client::shake_hands() {
  // The server speaks first, so that a refusal can be read before anything is sent into it.
  const flowtable::Result<Json, CallError> message = receive(options_.hello_timeout);
  if (!message.ok()) return Failure{message.error()};
  if (message.value().is_object() && message.value().contains("error"))
    return Failure{parse_error(message.value())};
  const flowtable::OrError<Hello> hello = parse_hello(message.value());
  if (!hello.ok()) return lost("what answers is not tapseal: " + hello.error().message);
  server_ = hello.value();
  if (server_.protocol != kProtocol) {
    return Failure{CallError{ErrorCode::protocol_mismatch,
                             "the daemon (version " + server_.version + ") speaks protocol " +
                                 std::to_string(server_.protocol) + ", this program (version " +
                                 options_.version + ") speaks " + std::to_string(kProtocol) +
                                 "; use programs of one version, or restart "
                                 "the daemon after an update"}};
  }
  return send_frame(hello_text({kProtocol, options_.version, 0}));
}

CallResult Client::call(std::string_view command, const Json& arguments, ReplyReceiver& receiver) {
  CallResult sent = send_frame(request_text(command, arguments));
  if (!sent.ok()) return sent;
  while (true) {
    const flowtable::Result<Json, CallError> received = receive(options_.reply_timeout);
    if (!received.ok()) return Failure{received.error()};
    const Json& message = received.value();
    if (!message.is_object()) return lost("the daemon sent what is no answer");
    if (message.contains("error")) return Failure{parse_error(message)};
    if (message.contains("end")) return {};
    const auto fields = message.find("fields");
    if (fields != message.end()) {
      for (const auto& [name, value] : fields->items())
        receiver.field(name, value);
      receiver.pause();
    }
    const auto rows = message.find("rows");
    if (rows == message.end()) continue;
    for (const Json& row : *rows)
      receiver.row(row);
    receiver.pause();
  }
}

CallResult Client::send_frame(std::string_view payload) {
  if (payload.size() > kOperatorFrameBytesMax) {
    return Failure{CallError{ErrorCode::bad_request, "the request is longer than 5 MiB"}};
  }
  std::string frame;
  append_frame(frame, payload);
  const Clock::time_point end = Clock::now() + options_.reply_timeout;
  for (size_t sent = 0; sent < frame.size();) {
    if (wait(POLLOUT, end) != Wait::ready) return lost("the daemon does not take the request");
    const ssize_t size = send(fd_.get(), frame.data() + sent, frame.size() - sent, MSG_NOSIGNAL);
    if (size >= 0) {
      sent += static_cast<size_t>(size);
    } else if (errno == EPIPE || errno == ECONNRESET) {
      // It may have said why before it closed; the caller's receive() reads that.
      return {};
    } else if (errno != EAGAIN && errno != EINTR) {
      return lost(std::string("the daemon cannot be reached any more: ") + std::strerror(errno));
    }
  }
  return {};
}

flowtable::Result<Json, CallError> Client::receive(milliseconds timeout) {
  Clock::time_point end = Clock::now() + timeout;
  std::vector<char> chunk(kReplyChunkBytes);
  std::string payload;
  while (true) {
    const FrameReader::Next next = input_.next(payload);
    if (next == FrameReader::Next::bad_length) return lost("the daemon sent what is no answer");
    if (next == FrameReader::Next::frame) break;
    const Wait waited = wait(POLLIN, end);
    if (waited == Wait::cancelled) {
      return Failure{CallError{ErrorCode::interrupted, "interrupted"}};
    }
    if (waited == Wait::late) {
      return lost("the daemon did not answer within " + std::to_string(timeout.count() / 1000) +
                  " seconds");
    }
    const ssize_t size = recv(fd_.get(), chunk.data(), chunk.size(), 0);
    if (size == 0 || (size < 0 && errno == ECONNRESET))
      return lost("the daemon closed the connection");
    if (size < 0 && errno != EAGAIN && errno != EINTR)
      return lost(std::string("the daemon cannot be read: ") + std::strerror(errno));
    if (size <= 0) continue;
    input_.feed({chunk.data(), static_cast<size_t>(size)});
    end = Clock::now() + timeout;
  }
  flowtable::OrError<Json> message = parse_reply_json(payload);
  if (!message.ok()) return lost("the daemon sent what is no answer: " + message.error().message);
  return std::move(message).value();
}

Client::Wait Client::wait(short events, Clock::time_point end) const {
  while (true) {
    const auto left = std::chrono::duration_cast<milliseconds>(end - Clock::now()).count();
    if (left <= 0) return Wait::late;
    std::array<pollfd, 2> waits{pollfd{fd_.get(), events, 0},
                                pollfd{options_.cancel_fd, POLLIN, 0}};
    const int ready =
        poll(waits.data(), waits.size(), static_cast<int>(std::min<int64_t>(left + 1, 60'000)));
    if (ready < 0 && errno != EINTR) return Wait::late;
    if (ready <= 0) continue;
    return waits[1].revents != 0 ? Wait::cancelled : Wait::ready;
  }
}

}  // namespace control
