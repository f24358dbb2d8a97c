// SPDX-License-Identifier: Apache-2.0
// The memory for a program that is not the daemon.
#pragma once

#include "control/ipc/error_code.hpp"
#include "control/storage/connection.hpp"
#include "control/storage/embedded_cluster.hpp"
#include "flowtable/base/result.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace control {

// Where to look for it.
struct MemoryPlace {
  std::string socket;  // of the daemon; empty: the settings' run.socket
  std::string config;  // file; empty: the usual places
  std::vector<std::string> settings;
};

// Of a running daemon, which is asked where it is; else by the settings. A private server that no
// daemon runs is started for as long as this lives, and holds the state directory meanwhile.
class OpenedMemory {
 public:
  static flowtable::Result<OpenedMemory, CallError> open(const MemoryPlace& place);

  [[nodiscard]] const DatabaseAddress& address() const noexcept { return address_; }
  // A daemon runs, and writes to it.
  [[nodiscard]] bool is_in_use() const noexcept { return in_use_; }
  // The private server was started for us.
  [[nodiscard]] bool is_own_server() const noexcept { return cluster_ != nullptr; }
  [[nodiscard]] std::chrono::seconds keep_sessions() const noexcept { return keep_sessions_; }
  [[nodiscard]] std::chrono::seconds keep_links() const noexcept { return keep_links_; }

 private:
  OpenedMemory() = default;
  flowtable::Result<bool, CallError> ask_daemon(const std::string& socket);
  flowtable::Result<void, CallError> by_settings(const struct Settings& settings);

  DatabaseAddress address_;
  std::unique_ptr<EmbeddedCluster> cluster_;
  bool in_use_ = false;
  std::chrono::seconds keep_sessions_{0};
  std::chrono::seconds keep_links_{0};
};

}  // namespace control
