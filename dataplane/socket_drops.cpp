// SPDX-License-Identifier: Apache-2.0
#include "dataplane/socket_drops.hpp"

#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/socket.h>

#include <charconv>
#include <filesystem>
#include <system_error>

namespace dataplane {
namespace {

bool is_packet_socket(int descriptor, unsigned interface) {
  int domain = 0;
  socklen_t length = sizeof domain;
  if (getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &length) != 0 || domain != AF_PACKET) {
    return false;
  }
  sockaddr_ll address{};
  length = sizeof address;
  void* any = &address;
  return getsockname(descriptor, static_cast<sockaddr*>(any), &length) == 0 &&
         address.sll_ifindex == static_cast<int>(interface);
}

}  // namespace

void SocketDrops::watch(const std::string& interface) {
  sockets_.clear();
  total_ = 0;
  const unsigned index = if_nametoindex(interface.c_str());
  if (index == 0) return;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", none)) {
    const std::string name = entry.path().filename();
    int descriptor = -1;
    std::from_chars(name.data(), name.data() + name.size(), descriptor);
    if (descriptor >= 0 && is_packet_socket(descriptor, index)) sockets_.push_back(descriptor);
  }
}

uint64_t SocketDrops::total() {
  for (const int descriptor : sockets_) {
    tpacket_stats stats{};
    socklen_t length = sizeof stats;
    if (getsockopt(descriptor, SOL_PACKET, PACKET_STATISTICS, &stats, &length) == 0) {
      total_ += stats.tp_drops;
    }
  }
  return total_;
}

}  // namespace dataplane
