// SPDX-License-Identifier: Apache-2.0
// What the daemon answers to each command.
#pragma once

#include "control/daemon/engine.hpp"
#include "control/daemon/rates.hpp"
#include "control/ipc/server.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace control {

// Handlers of all commands that need the daemon. Everything happens on the server's thread, which
// is the engine's owner; while the engine drains its owner is busy and another thread serves. Then
// handlers read counters and flow tables only: the database may be gone.
class Commands {
 public:
  // Both are borrowed. `request_stop` is called when somebody said `down`.
  Commands(Engine& engine, const ServerCounters& server, std::function<void()> request_stop);

  // Handlers that ask whatever `commands` (borrowed) holds when they are called: a server can be
  // made before there is an engine, and must not serve before there is.
  [[nodiscard]] static CommandHandlers handlers(std::unique_ptr<Commands>& commands);
  void every_second();
  // Before the drain, and before another thread serves.
  void drain_begins() noexcept { draining_ = true; }

 private:
  struct PortRates {
    Rate packets;
  };

  void down(const Request& request, Reply& reply);
  void status(const Request& request, Reply& reply);
  void ports(const Request& request, Reply& reply);
  void flows(const Request& request, Reply& reply);
  void watch(const Request& request, Reply& reply);
  void list(const Request& request, Reply& reply);
  void show(const Request& request, Reply& reply);
  void tag(const Request& request, Reply& reply);
  void untag(const Request& request, Reply& reply);
  void tags(const Request& request, Reply& reply);
  void owner(const Request& request, Reply& reply);
  void owners(const Request& request, Reply& reply);
  void scan(const Request& request, Reply& reply);
  void scans(const Request& request, Reply& reply);
  void pause(const Request& request, Reply& reply);
  void resume(const Request& request, Reply& reply);
  void stop(const Request& request, Reply& reply);
  void store(const Request& request, Reply& reply);
  void db(const Request& request, Reply& reply);
  void config(const Request& request, Reply& reply);
  void metrics(const Request& request, Reply& reply);
  void add_fleet(size_t most, Reply& reply);
  [[nodiscard]] bool set_fleet_state(const Request& request, FleetState state, Reply& reply);
  // Null where there is no memory to ask; the reply then says why.
  [[nodiscard]] Queries* queries_for(Reply& reply);
  [[nodiscard]] Labels* labels_for(Reply& reply);
  [[nodiscard]] uint64_t num_flows() const;

  Engine& engine_;
  const ServerCounters& server_;
  std::function<void()> request_stop_;
  std::chrono::system_clock::time_point since_ = std::chrono::system_clock::now();
  Rate packet_rate_;
  Rate byte_rate_;
  Rate session_rate_;
  std::map<std::string, PortRates> port_rates_;  // by port name
  bool draining_ = false;
};

}  // namespace control
