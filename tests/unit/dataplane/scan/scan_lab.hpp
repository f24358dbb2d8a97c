// SPDX-License-Identifier: Apache-2.0
// Scanning cores on a network in memory, of which every frame is seen and each host's answers are
// decided before it is asked.
#pragma once

#include "dataplane/scan/last_line.hpp"
#include "dataplane/scan/scan_core.hpp"
#include "dataplane/scan/scan_frame.hpp"
#include "tests/support/tls_bytes.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <random>
#include <set>
#include <vector>

namespace dataplane {

using flowtable::Endpoint;
using flowtable::IpAddress;
using flowtable::ScanDial;
using flowtable::ScanEvent;
using flowtable::ScanEventKind;
using flowtable::ScanOrder;
using flowtable::ScanReply;
using flowtable::TargetOutcome;
using flowtable::Tick;
using flowtable::TickSpan;
using tests::ByteString;

inline constexpr auto kMs = std::chrono::milliseconds(1);
inline constexpr auto kSecond = std::chrono::seconds(1);

[[nodiscard]] IpAddress ip4(uint8_t a, uint8_t b, uint8_t c, uint8_t d);
[[nodiscard]] IpAddress ip6(uint16_t subnet, uint32_t host);  // 2001:db8:SUBNET::HOST

struct LabOptions {
  uint16_t cores = 1;
  std::optional<uint16_t> vlan = {};
  RateCaps caps = {};
  double loss = 0;            // of each SYN
  TickSpan delay = 20 * kMs;  // at most, of each answer
  TickSpan step = kMs;        // from one round to the next
  uint32_t connections_max = 256;
  size_t replies = 16384;
  size_t events = 4096;
  bool allow_all = true;  // 10/8 and 2001:db8::/32; else 10.1.0.0/24 only
};

class ScanLab {
 public:
  enum class Host : uint8_t { open, closed, unreachable, silent, nobody };

  explicit ScanLab(const LabOptions& options = {});

  // What a target is: by chance, unless it was set. `nobody`: on the link, and has no address.
  [[nodiscard]] Host truth(const Endpoint& target) const;
  void set(const Endpoint& target, Host host) { set_[target] = host; }
  [[nodiscard]] TargetOutcome outcome_of(const Endpoint& target) const;

  // The same plan for all cores, each its shard.
  struct Asked {
    std::vector<AddressRange> ranges = {};
    std::vector<uint16_t> ports = {443};
    uint8_t attempts = 2;
    uint32_t in_flight_max = 4096;
    uint32_t job = 7;
    std::vector<uint64_t> from_steps = {};  // by core
  };
  void begin(const Asked& asked);
  void pass(TickSpan time);
  // False where it is not over after `most`.
  [[nodiscard]] bool finish(TickSpan most = std::chrono::seconds(60));
  void round();  // one step of time

  [[nodiscard]] uint64_t sum(flowtable::Relaxed<uint64_t> ScanProgress::*field) const;
  [[nodiscard]] uint64_t count(ScanCounter counter) const;
  // Each target of the plan: told once, and as it is.
  void expect_truth() const;

  void dial(uint16_t core, const Endpoint& server, bool udp = false, uint32_t job = 7);
  void order(uint16_t core, const ScanOrder& order);
  // To whoever it is for, now.
  void deliver(const ByteString& frame);
  [[nodiscard]] std::vector<ScanEvent> events_of(ScanEventKind kind) const;

  struct Sent {
    Tick at;
    uint16_t core;
    ScanFrame frame;
    uint8_t tcp_flags = 0;
    PacketView packet;  // of TCP and UDP
    std::shared_ptr<ByteString> bytes;
  };
  // Frames of TCP with just SYN.
  [[nodiscard]] std::vector<Sent> syns() const;

  ScanSite site;
  Tick now = flowtable::tick_from_ns(1'700'000'000'000'000'000);
  std::vector<Sent> sent;
  std::vector<ScanEvent> events;
  std::map<Endpoint, std::vector<ScanReply>> replies;
  std::map<Endpoint, int> asked;
  bool gateway_is_there = true;
  bool workers_listen = true;
  bool wire_is_full = false;
  // A server's answer to a segment that is no SYN; none: RST.
  std::function<void(const Sent&)> server;
  // The same of a datagram; none: silence.
  std::function<void(const Sent&)> udp_server;

  struct Core : FrameSink {
    Core(ScanLab& its_lab, uint16_t number, const LabOptions& options);
    std::span<uint8_t> room() noexcept override;
    void send(size_t length) noexcept override;

    ScanLab& lab;
    uint16_t index;
    flowtable::ScanExchange exchange;
    ScanControl control;
    ScanProgress progress;
    std::array<uint8_t, 2048> frame{};
    std::unique_ptr<ScanCore> core;
    std::unique_ptr<ScanPlan> plan;
  };
  std::vector<std::unique_ptr<Core>> cores;
  std::unique_ptr<TargetSpace> space;

  // What a host sends, later.
  void say(const OwnSegment& segment, TickSpan delay);
  void answer_later(ByteString frame, TickSpan delay);
  // The gateway's word on a frame of ours.
  void unreachable(const Sent& frame);
  [[nodiscard]] LinkHeader to_us(const IpAddress& from) const;
  [[nodiscard]] MacAddress mac_of(const IpAddress& address) const;

 private:
  struct Flying {
    Tick at;
    uint64_t order;
    ByteString frame;
    bool operator<(const Flying& than) const {
      return at != than.at ? at > than.at : order > than.order;
    }
  };
  void note(Core& from, size_t length);
  void answer_neighbour(const Sent& frame);
  void answer_tcp(const Sent& frame);
  void answer_syn(const Sent& frame);
  [[nodiscard]] TickSpan some_delay();

  LabOptions options_;
  std::mt19937 random_{11};
  std::map<Endpoint, Host> set_;
  std::priority_queue<Flying> flying_;
  uint64_t num_flying_ = 0;
};

}  // namespace dataplane
