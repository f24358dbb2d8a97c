// SPDX-License-Identifier: Apache-2.0
// The daemon's end of the control socket.
#pragma once

#include "control/ipc/command_check.hpp"
#include "control/ipc/connection.hpp"
#include "control/ipc/listening_socket.hpp"
#include "control/ipc/peer.hpp"
#include "control/ipc/reply.hpp"
#include "flowtable/base/counters.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace control {

// What happened at the socket; each is a metric.
enum class ServerEvent : uint8_t {
  accepted,
  refused_role,  // nobody to us
  refused_busy,  // all places taken
  requests,
  requests_failed,  // answered with an error
  bad_frames,       // connections closed for what is no message
  dropped_idle,     // no hello, or no request for too long
  dropped_slow,     // did not fetch its answer
  accept_failed,    // out of descriptors or memory
  count_
};
[[nodiscard]] std::string_view name_of(ServerEvent event) noexcept;
using ServerCounters = flowtable::Counters<ServerEvent>;

using CommandHandler = std::function<void(const Request&, Reply&)>;
// By command name. Commands of the table that have no handler are answered as unavailable.
using CommandHandlers = std::map<std::string, CommandHandler, std::less<>>;

struct ServerOptions {
  std::string socket_path;
  std::string version;  // of the program, for the hello
  AccessRules access;
  PeerSource* peers = nullptr;  // null: the kernel. Borrowed.
  size_t clients_max = 64;
  size_t reply_bytes_max = size_t{16} << 20;
  std::chrono::milliseconds hello_timeout{2'000};  // from connect to hello
  std::chrono::milliseconds idle_timeout{60'000};  // between requests
  std::chrono::milliseconds slow_timeout{10'000};  // without a byte of the answer fetched
  std::chrono::milliseconds flush_timeout{1'000};  // for answers under way when run() ends
  std::function<void()> every_second{};            // called by run(); may be empty
};

// One thread calls run() and everything happens on it, handlers included: they run one at a time,
// see no concurrency of their own making, and hold everybody else up while they work. Descriptors
// of other things that concern the daemon (signals) can be watched by the same loop.
class Server {
 public:
  // `handlers` must name commands of the table.
  Server(ServerOptions options, CommandHandlers handlers);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Takes the socket's path. The socket is open to everybody where groups are configured, for the
  // kernel then says who calls, and to the own user alone where not.
  [[nodiscard]] flowtable::OrError<void> listen();
  // Calls `on_readable` on run()'s thread whenever `fd` can be read. Before run().
  void watch(int fd, std::function<void()> on_readable);
  enum class AtEnd : uint8_t {
    close,  // answers under way are sent, and the path is given free
    stay    // everything is left as it is: run() is called again, by this or another thread
  };
  // Serves until stop(). listen() has succeeded.
  void run(AtEnd at_end = AtEnd::close);
  // From any thread, from a handler or from a signal handler.
  void stop() noexcept;
  // From any thread: a subscription has rows.
  void wake() noexcept;

  // Any thread.
  [[nodiscard]] const ServerCounters& counters() const noexcept { return counters_; }

 private:
  using Clock = Connection::Clock;
  using Place = std::list<Connection>::iterator;

  void close();
  void poll_once(std::chrono::milliseconds timeout, bool accepting);
  void accept_waiting(Clock::time_point now);
  void admit(UniqueFd fd, Clock::time_point now);
  bool make_room();
  void refuse(int fd, ErrorCode code, const std::string& message);
  void serve(Connection& connection, short events, Clock::time_point now);
  void serve_watcher(Connection& connection, short events, Clock::time_point now);
  static void write_or_close(Connection& connection, Clock::time_point now);
  void answer_waiting(Connection& connection);
  void answer(Connection& connection, std::string_view payload);
  void greet(Connection& connection, std::string_view payload);
  void reject(Connection& connection, const CallError& error);
  void run_command(Connection& connection, const CommandSpec& command, Json arguments);
  [[nodiscard]] bool is_overdue(const Connection& connection, Clock::time_point now);

  ServerOptions options_;
  CommandHandlers handlers_;
  KernelPeerSource kernel_peers_;
  UniqueFd wake_;
  std::atomic<bool> stopping_{false};
  std::optional<ListeningSocket> listening_;
  std::vector<std::pair<int, std::function<void()>>> watched_;
  std::list<Connection> connections_;  // oldest first
  Clock::time_point accept_after_{};   // out of descriptors: try again then
  ServerCounters counters_;
};

}  // namespace control
