// SPDX-License-Identifier: Apache-2.0
#include "control/ipc/server.hpp"

#include "control/ipc/frame.hpp"
#include "flowtable/base/check.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>

namespace control {
namespace {

using flowtable::Failure;
using flowtable::OrError;
using std::chrono::milliseconds;

constexpr milliseconds kTick{1'000};
// How many callers are let in before those already in get their turn.
constexpr int kAcceptsPerTurn = 64;
constexpr milliseconds kAcceptPause{100};

}  // namespace

std::string_view name_of(ServerEvent event) noexcept {
  constexpr std::array<std::string_view, static_cast<size_t>(ServerEvent::count_)> kNames{
      "accepted",   "refused_role", "refused_busy", "requests",     "requests_failed",
      "bad_frames", "dropped_idle", "dropped_slow", "accept_failed"};
  return kNames[static_cast<size_t>(event)];
}

Server::Server(ServerOptions options, CommandHandlers handlers)
    : options_(std::move(options)),
      handlers_(std::move(handlers)),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  CHECK(wake_.valid());
  for (const auto& [name, handler] : handlers_) {
    const CommandSpec* const command = find_command(name);
    CHECK(command != nullptr && command->needs_daemon());
  }
  if (options_.peers == nullptr) options_.peers = &kernel_peers_;
}

Server::~Server() = default;

OrError<void> Server::listen() {
  constexpr mode_t kEverybody = 0666;
  constexpr mode_t kOwner = 0600;
  OrError<ListeningSocket> opened = ListeningSocket::open(
      options_.socket_path, options_.access.has_groups() ? kEverybody : kOwner);
  if (!opened.ok()) return Failure{opened.error()};
  listening_.emplace(std::move(opened).value());
  return {};
}

void Server::watch(int fd, std::function<void()> on_readable) {
  watched_.emplace_back(fd, std::move(on_readable));
}

void Server::stop() noexcept {
  stopping_.store(true, std::memory_order_release);
  wake();
}

void Server::wake() noexcept {
  eventfd_write(wake_.get(), 1);
}

void Server::run(AtEnd at_end) {
  CHECK(listening_.has_value());
  Clock::time_point next_tick = Clock::now() + kTick;
  while (!stopping_.load(std::memory_order_acquire)) {
    poll_once(std::chrono::duration_cast<milliseconds>(next_tick - Clock::now()), true);
    if (Clock::now() < next_tick) continue;
    next_tick = Clock::now() + kTick;
    if (options_.every_second) options_.every_second();
  }
  stopping_.store(false, std::memory_order_release);
  if (at_end == AtEnd::close) close();
}

void Server::close() {
  for (Connection& connection : connections_) {
    connection.finish_rows(Clock::now());
    connection.close_after_output();
  }
  const Clock::time_point end = Clock::now() + options_.flush_timeout;
  connections_.remove_if([](const Connection& connection) { return !connection.has_output(); });
  while (!connections_.empty() && Clock::now() < end)
    poll_once(std::chrono::duration_cast<milliseconds>(end - Clock::now()), false);
  connections_.clear();
  listening_.reset();
}

void Server::poll_once(milliseconds timeout, bool accepting) {
  const bool may_accept = accepting && Clock::now() >= accept_after_;
  std::vector<pollfd> waits;
  waits.push_back({wake_.get(), POLLIN, 0});
  waits.push_back({may_accept ? listening_->fd() : -1, POLLIN, 0});
  for (const auto& [fd, on_readable] : watched_)
    waits.push_back({accepting ? fd : -1, POLLIN, 0});
  const size_t first_connection = waits.size();
  for (const Connection& connection : connections_) {
    // Who watches is done when it closes, which shows as something to read.
    const short watching = connection.subscription() != nullptr ? POLLIN : 0;
    const short events = connection.has_output() ? POLLOUT : POLLIN;
    waits.push_back({connection.fd(), static_cast<short>(events | watching), 0});
  }
  if (accepting && !may_accept) timeout = std::min(timeout, kAcceptPause);
  const auto wait_ms = static_cast<int>(std::max<int64_t>(0, timeout.count() + 1));
  if (poll(waits.data(), waits.size(), wait_ms) < 0) return;  // EINTR: the next turn looks again

  const Clock::time_point now = Clock::now();
  eventfd_t ignored = 0;
  if (waits[0].revents != 0) eventfd_read(wake_.get(), &ignored);
  size_t i = first_connection;
  for (Place place = connections_.begin(); place != connections_.end(); ++i) {
    const Place current = place++;
    if (current->subscription() != nullptr) {
      serve_watcher(*current, waits[i].revents, now);
    } else if (waits[i].revents != 0) {
      serve(*current, waits[i].revents, now);
    }
    const bool done = current->closing() && !current->has_output();
    if (done || is_overdue(*current, now)) connections_.erase(current);
  }
  for (size_t w = 0; w < watched_.size(); ++w) {
    if (waits[2 + w].revents != 0) watched_[w].second();
  }
  if (waits[1].revents != 0) accept_waiting(now);
}

void Server::accept_waiting(Clock::time_point now) {
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    UniqueFd fd(accept4(listening_->fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (fd.valid()) {
      admit(std::move(fd), now);
      continue;
    }
    if (errno == ECONNABORTED || errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return;
    // Out of descriptors or memory: the caller stays in the queue, and poll() would report it at
    // once for ever.
    counters_.add(ServerEvent::accept_failed);
    accept_after_ = now + kAcceptPause;
    return;
  }
}

void Server::admit(UniqueFd fd, Clock::time_point now) {
  std::optional<PeerCredentials> peer = options_.peers->peer_of(fd.get());
  const Role role = peer.has_value() ? options_.access.role_of(*peer) : Role::nobody;
  if (role == Role::nobody) {
    counters_.add(ServerEvent::refused_role);
    refuse(fd.get(), ErrorCode::not_permitted,
           "user " + (peer ? std::to_string(peer->uid) : std::string("unknown")) +
               " may not talk to this daemon; join the group of run.readers_group or "
               "run.operators_group");
    return;
  }
  if (!make_room()) {
    counters_.add(ServerEvent::refused_busy);
    refuse(fd.get(), ErrorCode::busy,
           "all " + std::to_string(options_.clients_max) + " places are taken; try again");
    return;
  }
  counters_.add(ServerEvent::accepted);
  connections_.emplace_back(std::move(fd), std::move(*peer), role, now);
  append_frame(connections_.back().output(), hello_text({kProtocol, options_.version, getpid()}));
}

// Who connected and never said hello gives way to a new caller; who is at work does not.
bool Server::make_room() {
  if (connections_.size() < options_.clients_max) return true;
  const auto silent = std::find_if(connections_.begin(), connections_.end(),
                                   [](const Connection& c) { return !c.greeted(); });
  if (silent == connections_.end()) return false;
  counters_.add(ServerEvent::dropped_idle);
  connections_.erase(silent);
  return true;
}

void Server::refuse(int fd, ErrorCode code, const std::string& message) {
  std::string frame;
  append_frame(frame, error_text({code, message}));
  // One attempt: a fresh socket has room, and who does not read it has no claim to wait for.
  static_cast<void>(send(fd, frame.data(), frame.size(), MSG_NOSIGNAL | MSG_DONTWAIT) > 0);
}

void Server::serve(Connection& connection, short events, Clock::time_point now) {
  if (connection.has_output()) {
    write_or_close(connection, now);
  } else if ((events & (POLLIN | POLLHUP | POLLERR)) != 0 && !connection.read_some(now)) {
    connection.close_after_output();
    return;
  }
  answer_waiting(connection);
}

void Server::write_or_close(Connection& connection, Clock::time_point now) {
  if (connection.write_some(now)) return;
  connection.output().clear();
  connection.close_after_output();
}

void Server::serve_watcher(Connection& connection, short events, Clock::time_point now) {
  if ((events & (POLLIN | POLLHUP | POLLERR)) != 0) {
    if (connection.read_some(now)) counters_.add(ServerEvent::bad_frames);
    connection.output().clear();
    connection.close_after_output();
    return;
  }
  // Others get their turn, however much there is to see; what is left then shows as room to write.
  constexpr int kRoundsMax = 8;
  for (int round = 0; round < kRoundsMax; ++round) {
    write_or_close(connection, now);
    if (connection.has_output() || connection.closing()) return;
    if (!connection.fetch_rows(now)) return;
  }
}

// One request at a time: the next is looked at when the answer to this one has been fetched.
void Server::answer_waiting(Connection& connection) {
  std::string payload;
  while (!connection.closing() && !connection.has_output()) {
    const FrameReader::Next next = connection.input().next(payload);
    if (next == FrameReader::Next::need_more) return;
    if (next == FrameReader::Next::bad_length) {
      reject(connection,
             {ErrorCode::bad_request, "a frame has 2 to 65536 bytes, an operator's up to 5 MiB"});
    } else {
      answer(connection, payload);
    }
    write_or_close(connection, Clock::now());
    if (connection.subscription() != nullptr) return;
  }
}

void Server::reject(Connection& connection, const CallError& error) {
  counters_.add(ServerEvent::bad_frames);
  append_frame(connection.output(), error_text(error));
  connection.close_after_output();
}

void Server::greet(Connection& connection, std::string_view payload) {
  const OrError<Json> message = parse_request_json(payload);
  const OrError<Hello> hello =
      message.ok() ? parse_hello(message.value()) : OrError<Hello>(Failure{message.error()});
  if (!hello.ok()) return reject(connection, {ErrorCode::bad_request, hello.error().message});
  if (hello.value().protocol != kProtocol) {
    return reject(connection, {ErrorCode::protocol_mismatch,
                               "this daemon (version " + options_.version + ") speaks protocol " +
                                   std::to_string(kProtocol) + ", the caller speaks " +
                                   std::to_string(hello.value().protocol)});
  }
  connection.set_greeted();
}

void Server::answer(Connection& connection, std::string_view payload) {
  if (!connection.greeted()) return greet(connection, payload);
  OrError<RawRequest> request = parse_request(payload);
  if (!request.ok()) return reject(connection, {ErrorCode::bad_request, request.error().message});
  counters_.add(ServerEvent::requests);
  const CommandSpec* const command = find_command(request.value().command);
  if (command == nullptr || !command->needs_daemon()) {
    counters_.add(ServerEvent::requests_failed);
    append_frame(connection.output(),
                 error_text({ErrorCode::unknown_command,
                             "unknown command `" + request.value().command.substr(0, 64) + "`"}));
    return;
  }
  run_command(connection, *command, std::move(request.value().arguments));
}

void Server::run_command(Connection& connection, const CommandSpec& command, Json arguments) {
  Reply reply(command, connection.output(), options_.reply_bytes_max);
  OrError<Request> request = check_request(command, std::move(arguments));
  const auto handler = handlers_.find(command.name);
  if (connection.role() < command.role) {
    reply.fail(ErrorCode::not_permitted, "`" + std::string(command.name) + "` needs the role " +
                                             std::string(name_of(command.role)) + ", yours is " +
                                             std::string(name_of(connection.role())));
  } else if (!request.ok()) {
    reply.fail(ErrorCode::bad_argument, request.error().message);
  } else if (handler == handlers_.end()) {
    reply.fail(ErrorCode::unavailable,
               "this daemon does not answer `" + std::string(command.name) + "`");
  } else {
    request.value().peer = connection.peer();
    request.value().role = connection.role();
    // A handler's mistake must cost one answer, not the daemon.
    try {
      handler->second(request.value(), reply);
    } catch (const std::exception& error) {
      reply.fail(ErrorCode::failed, error.what());
    }
  }
  if (reply.failed()) counters_.add(ServerEvent::requests_failed);
  reply.finish();
  connection.subscribe(reply.subscription());
}

bool Server::is_overdue(const Connection& connection, Clock::time_point now) {
  // Who watches may be silent, and slow: it costs its place and what the subscription holds.
  if (connection.subscription() != nullptr) return false;
  const auto waited = now - connection.last_progress();
  if (!connection.greeted()) {
    if (waited < options_.hello_timeout) return false;
    counters_.add(ServerEvent::dropped_idle);
    return true;
  }
  const bool slow = connection.has_output();
  if (waited < (slow ? options_.slow_timeout : options_.idle_timeout)) return false;
  counters_.add(slow ? ServerEvent::dropped_slow : ServerEvent::dropped_idle);
  return true;
}

}  // namespace control
