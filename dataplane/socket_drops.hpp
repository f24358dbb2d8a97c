// SPDX-License-Identifier: Apache-2.0
// Losses of packet sockets, which the kernel counts and DPDK 22.11 does not ask for.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace dataplane {

// net_af_packet reads from AF_PACKET sockets whose overflow shows in no statistic of the port.
// This finds the sockets of an interface among the process's own descriptors and asks them
// (packet(7), PACKET_STATISTICS). Asking resets the kernel's count: a newer driver that asks too
// leaves the rest to us, so the sum of both is right in either case. One thread.
class SocketDrops {
 public:
  // Remembers the sockets that are bound to `interface` now: call when the port is open.
  void watch(const std::string& interface);
  // Packets dropped since watch().
  [[nodiscard]] uint64_t total();

 private:
  std::vector<int> sockets_;  // borrowed from the driver, for as long as the port is open
  uint64_t total_ = 0;
};

}  // namespace dataplane
