// SPDX-License-Identifier: Apache-2.0
// A server on a thread of its own, and callers who can be anybody.
#pragma once

#include "control/ipc/client.hpp"
#include "control/ipc/server.hpp"
#include "tests/unit/control/temporary_directory.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace control {

using std::chrono::milliseconds;

inline constexpr gid_t kReaders = 5001;
inline constexpr gid_t kOperators = 5002;

class ChosenPeers final : public PeerSource {
 public:
  std::optional<PeerCredentials> peer_of(int) override {
    const std::lock_guard lock(mutex_);
    return peer_;
  }
  void choose(std::optional<PeerCredentials> peer) {
    const std::lock_guard lock(mutex_);
    peer_ = std::move(peer);
  }

 private:
  std::mutex mutex_;
  std::optional<PeerCredentials> peer_ = PeerCredentials{1, 0, 0, {}};
};

class Collected final : public ReplyReceiver {
 public:
  void row(const Json& row) override { rows.push_back(row); }
  void field(const std::string& name, const Json& value) override { fields[name] = value; }
  std::vector<Json> rows;
  Json fields = Json::object();
};

inline CommandHandlers test_handlers() {
  CommandHandlers handlers;
  handlers["flows"] = [](const Request& request, Reply& reply) {
    for (int64_t i = 0; i < *request.number("limit"); ++i) {
      if (!reply.row({{"core", i}, {"class", std::string(200, 'x')}})) return;
    }
  };
  handlers["status"] = [](const Request& request, Reply& reply) {
    reply.field("state", name_of(request.role));
    reply.row({{"name", "uid"}, {"value", request.peer.uid}});
    reply.field("sensor", "after rows");
  };
  handlers["metrics"] = [](const Request&, Reply& reply) {
    reply.field("text", std::string(size_t{9} << 20, 'm'));
  };
  handlers["show"] = [](const Request&, Reply&) { throw std::runtime_error("broken handler"); };
  handlers["down"] = [](const Request&, Reply& reply) { reply.field("draining", true); };
  handlers["certs"] = [](const Request&, Reply& reply) {
    reply.row({{"subject_cn", "first"}});
    reply.fail(ErrorCode::unavailable, "no database");
  };
  return handlers;
}

// A server on a thread of its own, in a directory of its own.
class Served {
 public:
  explicit Served(ServerOptions options = {}, CommandHandlers handlers = test_handlers()) {
    options.socket_path = directory / "control.sock";
    options.version = "0.1.0";
    options.access = AccessRules{4000, kReaders, kOperators};
    options.peers = &peers;
    server = std::make_unique<Server>(std::move(options), std::move(handlers));
    const auto listening = server->listen();
    EXPECT_TRUE(listening.ok()) << listening.error().message;
    thread_ = std::thread([this] { server->run(); });
  }
  ~Served() { stop(); }
  void stop() {
    server->stop();
    if (thread_.joinable()) thread_.join();
  }
  [[nodiscard]] std::string path() const { return directory / "control.sock"; }
  [[nodiscard]] flowtable::Result<Client, CallError> connect() const {
    return Client::connect(path(), {.version = "0.1.0"});
  }
  [[nodiscard]] uint64_t count(ServerEvent event) const { return server->counters().get(event); }
  // Waits until the server has counted that many, at most five seconds.
  [[nodiscard]] bool reaches(ServerEvent event, uint64_t number) const {
    for (int i = 0; i < 500 && count(event) < number; ++i)
      std::this_thread::sleep_for(milliseconds(10));
    return count(event) >= number;
  }

  TemporaryDirectory directory;
  ChosenPeers peers;
  std::unique_ptr<Server> server;

 private:
  std::thread thread_;
};

inline std::string answer_to(const Served& served, std::string_view command,
                             const char* arguments = "{}") {
  auto client = served.connect();
  if (!client.ok()) return std::string(name_of(client.error().code));
  Collected reply;
  const auto called = client.value().call(command, parse_request_json(arguments).value(), reply);
  return called.ok() ? "ok" : std::string(name_of(called.error().code));
}

// A caller without our client.
class RawCaller {
 public:
  explicit RawCaller(const std::string& path) : fd_(connect_to(path)) {}
  [[nodiscard]] bool connected() const { return fd_.valid(); }
  void send(std::string_view bytes) {
    static_cast<void>(::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL));
  }
  // Everything until the server closes, or until nothing came for that long.
  std::string receive(milliseconds patience = milliseconds(3'000)) {
    std::string all;
    char chunk[4096];
    pollfd wait{fd_.get(), POLLIN, 0};
    while (poll(&wait, 1, static_cast<int>(patience.count())) > 0) {
      const ssize_t size = recv(fd_.get(), chunk, sizeof(chunk), 0);
      if (size <= 0) {
        closed = true;
        return all;
      }
      all.append(chunk, static_cast<size_t>(size));
    }
    return all;
  }
  bool closed = false;

 private:
  UniqueFd fd_;
};

}  // namespace control
