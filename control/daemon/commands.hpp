// SPDX-License-Identifier: Apache-2.0
// What the daemon answers to each command.
#pragma once

#include "control/daemon/engine.hpp"
#include "control/daemon/rates.hpp"
#include "control/ipc/server.hpp"

#include <functional>
#include <map>
#include <string>

namespace control {

// Handlers of all commands that need the daemon. Everything happens on the server's thread, which
// is the engine's owner.
class Commands {
 public:
  // Both are borrowed. `request_stop` is called when somebody said `down`.
  Commands(Engine& engine, std::function<void()> request_stop);

  [[nodiscard]] CommandHandlers handlers();
  // The server counts its own events and is made after this object.
  void watch(const ServerCounters& server) noexcept { server_ = &server; }
  void every_second();

 private:
  struct PortRates {
    Rate packets;
  };

  void down(const Request& request, Reply& reply);
  void status(const Request& request, Reply& reply);
  void ports(const Request& request, Reply& reply);
  void flows(const Request& request, Reply& reply);
  void certs(const Request& request, Reply& reply);
  void show(const Request& request, Reply& reply);
  void config(const Request& request, Reply& reply);
  void metrics(const Request& request, Reply& reply);
  [[nodiscard]] uint64_t num_flows() const;

  Engine& engine_;
  std::function<void()> request_stop_;
  const ServerCounters* server_ = nullptr;
  std::chrono::system_clock::time_point since_ = std::chrono::system_clock::now();
  Rate packet_rate_;
  Rate byte_rate_;
  Rate session_rate_;
  std::map<std::string, PortRates> port_rates_;  // by port name
  bool draining_ = false;
};

}  // namespace control
