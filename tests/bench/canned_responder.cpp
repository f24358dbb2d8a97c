// SPDX-License-Identifier: Apache-2.0
// Canned servers at every address behind an interface:
//
//   canned_responder INTERFACE
//
// for an interface whose kernel has no such address, and answers ARP for the gateway. Prints a line
// {"chains": [[SHA-256, ...], ...]}: an address shows the one that its last octet numbers. At
// SIGTERM or SIGINT a second line: {"hosts", "connections"} that heard the first words of TLS.
#include "tests/bench/canned_servers.hpp"
#include "tls/digest/digest.hpp"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <nlohmann/json.hpp>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace bench {
namespace {

using dataplane::PacketView;
using flowtable::Bytes;
using tests::ByteVector;

constexpr size_t kChains = 256;
constexpr int kSocketBytes = 64 << 20;

std::atomic<bool> is_over = false;  // set by a signal
static_assert(std::atomic<bool>::is_always_lock_free);

// The certificates of everybody, and who asked for them how often.
class Chains {
 public:
  Chains() {
    for (size_t i = 0; i < kChains; ++i) {
      const std::vector<ByteVector> chain = canned_chain(static_cast<uint8_t>(i));
      flights_.push_back(canned_tls12_flight(chain));
      nlohmann::json digests;
      for (const ByteVector& der : chain)
        digests.push_back(tls::to_hex(tls::sha256(der)));
      told_.push_back(digests);
    }
  }
  [[nodiscard]] const nlohmann::json& told() const { return told_; }

  [[nodiscard]] ByteVector flight(const PacketView& heard) {
    const flowtable::Endpoint server = heard.key.endpoint(other(heard.sender));
    // Said again, it is the same connection still.
    const Words words{heard.key.endpoint(heard.sender).port, heard.seq};
    const auto [last, is_new] = heard_.try_emplace(server.address, words);
    if (is_new || last->second != words) ++connections_;
    last->second = words;
    return flights_[server.address.bytes.back()];
  }
  [[nodiscard]] nlohmann::json counted() const {
    return {{"hosts", heard_.size()}, {"connections", connections_}};
  }

 private:
  using Words = std::pair<uint16_t, uint32_t>;  // from which port, at which sequence number
  std::vector<ByteVector> flights_;
  nlohmann::json told_;
  std::map<flowtable::IpAddress, Words> heard_;
  uint64_t connections_ = 0;
};

// Of IPv4 frames; -1 where there is no such interface, or no right to it.
int open_socket(const char* interface) {
  const int out = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_IP));
  sockaddr_ll where{};
  where.sll_family = AF_PACKET;
  where.sll_protocol = htons(ETH_P_IP);
  where.sll_ifindex = static_cast<int>(if_nametoindex(interface));
  if (out < 0 || where.sll_ifindex == 0 ||
      bind(out, reinterpret_cast<const sockaddr*>(&where), sizeof(where)) != 0)
    return -1;
  const timeval patience{.tv_sec = 0, .tv_usec = 200'000};
  setsockopt(out, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  setsockopt(out, SOL_SOCKET, SO_RCVBUFFORCE, &kSocketBytes, sizeof(kSocketBytes));
  setsockopt(out, SOL_SOCKET, SO_SNDBUFFORCE, &kSocketBytes, sizeof(kSocketBytes));
  return out;
}

// Frames by the burst: what answers has to be faster than who asks.
class Wire {
 public:
  explicit Wire(int socket) : socket_(socket) {
    for (size_t i = 0; i < kBurst; ++i) {
      parts_[i] = {rooms_[i].data(), rooms_[i].size()};
      heard_[i].msg_hdr.msg_iov = &parts_[i];
      heard_[i].msg_hdr.msg_iovlen = 1;
    }
  }
  // Waits for some, a while. False where there can be none any more.
  bool answer(const CannedServers& servers) {
    const int count = recvmmsg(socket_, heard_.data(), kBurst, MSG_WAITFORONE, nullptr);
    if (count < 0) return errno == EINTR || errno == EAGAIN;
    for (int i = 0; i < count; ++i) {
      const size_t at = static_cast<size_t>(i);
      servers.hear(Bytes(rooms_[at]).first(heard_[at].msg_len),
                   [this](Bytes frame) { said_.emplace_back(frame.begin(), frame.end()); });
    }
    send_said();
    return true;
  }

 private:
  static constexpr size_t kBurst = 128;

  void send_said() {
    std::vector<iovec> parts;
    parts.reserve(said_.size());
    std::vector<mmsghdr> out(said_.size());
    for (size_t i = 0; i < said_.size(); ++i) {
      parts.push_back({said_[i].data(), said_[i].size()});
      out[i].msg_hdr.msg_iov = &parts[i];
      out[i].msg_hdr.msg_iovlen = 1;
    }
    for (size_t done = 0; done < out.size();) {
      const int sent = sendmmsg(socket_, &out[done], static_cast<unsigned>(out.size() - done), 0);
      if (sent <= 0) break;  // lost, as on any wire
      done += static_cast<size_t>(sent);
    }
    said_.clear();
  }

  int socket_;
  std::array<std::array<uint8_t, 2048>, kBurst> rooms_;
  std::array<iovec, kBurst> parts_{};
  std::array<mmsghdr, kBurst> heard_{};
  std::vector<ByteVector> said_;
};

void print_line(const nlohmann::json& row) {
  std::printf("%s\n", row.dump().c_str());
  std::fflush(stdout);
}

int respond(const char* interface) {
  struct sigaction action = {};
  action.sa_handler = [](int) { is_over.store(true, std::memory_order_relaxed); };
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
  const int socket = open_socket(interface);
  if (socket < 0) {
    std::perror(interface);
    return 1;
  }
  Chains chains;
  const CannedServers servers([&chains](const PacketView& heard) { return chains.flight(heard); });
  const auto wire = std::make_unique<Wire>(socket);
  print_line({{"chains", chains.told()}});
  while (!is_over.load(std::memory_order_relaxed) && wire->answer(servers)) {
  }
  print_line(chains.counted());
  close(socket);
  return 0;
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  if (argc == 2) return bench::respond(argv[1]);
  std::fprintf(stderr, "usage: canned_responder INTERFACE\n");
  return 2;
}
