// SPDX-License-Identifier: Apache-2.0
// A proxy before the server that breaks connections at the worst moment.
#pragma once

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace control::tests {

// Listens in a directory of its own, like a server with that socket directory, and passes bytes on
// to the real one.
class CuttingProxy {
 public:
  enum class Cut {
    never,
    before_commit,  // COMMIT does not reach the server
    after_commit,   // it does, and the server's answer does not come back
    silence,        // nothing passes and nothing closes
  };

  CuttingProxy(std::string own_dir, std::string server_dir);
  CuttingProxy(const CuttingProxy&) = delete;
  CuttingProxy& operator=(const CuttingProxy&) = delete;
  ~CuttingProxy();

  void set(Cut cut) { cut_ = cut; }
  [[nodiscard]] int num_cuts() const { return num_cuts_; }

 private:
  void serve();
  void pass_on(int client);
  // False where the connection has to end.
  bool forward_client(int client, int server);

  const std::string server_dir_;
  int listener_ = -1;
  std::atomic<Cut> cut_{Cut::never};
  std::atomic<int> num_cuts_{0};
  std::atomic<bool> stopping_{false};
  std::vector<std::thread> connections_;  // the serving thread's
  std::thread server_;
};

}  // namespace control::tests
