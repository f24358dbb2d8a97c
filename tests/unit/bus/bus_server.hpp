// SPDX-License-Identifier: Apache-2.0
// A real nats-server for a test.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace control::tests {

// One node with JetStream on a free port of loopback, in `directory`. Ends with the object. Where
// nats-server is not installed the program fails: apt install nats-server.
class BusServer {
 public:
  explicit BusServer(const std::filesystem::path& directory);
  BusServer(const BusServer&) = delete;
  BusServer& operator=(const BusServer&) = delete;
  ~BusServer();
  // Empty where the server did not come up.
  [[nodiscard]] const std::string& url() const { return url_; }

 private:
  std::string url_;
  pid_t pid_ = -1;
};

}  // namespace control::tests
