// SPDX-License-Identifier: Apache-2.0
// The probes of one core for one plan, and what answers to them mean.
#pragma once

#include "dataplane/scan/last_line.hpp"
#include "dataplane/scan/neighbours.hpp"
#include "dataplane/scan/probe_windows.hpp"
#include "dataplane/scan/scan_frame.hpp"
#include "dataplane/scan/scan_plan.hpp"
#include "dataplane/scan/scan_random.hpp"
#include "dataplane/scan/start_queue.hpp"
#include "dataplane/scan/syn_template.hpp"
#include "flowtable/scan_exchange.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace dataplane {

// Borrows all. Allocates where it is made and where it takes a plan.
class Sweep : public TargetLedger {
 public:
  struct Parts {
    const ScanSite& site;
    flowtable::ScanExchange& exchange;
    StartQueue& queue;
    LastLine& sink;
    TcpClient& tcp;
    ScanCounters& counters;
    ScanRandom& random;
    PortRange ports;            // of this core
    uint32_t first_parked = 0;  // the queue's first number of a probe
  };
  explicit Sweep(const Parts& parts);

  // Null: none. What was under way of another one is dropped, and not counted.
  void take_plan(const ScanPlan* plan, flowtable::Tick now);
  [[nodiscard]] const ScanPlan* plan() const noexcept { return plan_; }
  // Sends no more for this plan.
  void stop() noexcept;

  // Each time a core comes round. While nothing may be sent, the time that targets have to answer
  // stands still.
  enum class Sending : uint8_t { no, yes };
  bool work(Sending sending, flowtable::Tick now) noexcept;

  // Parked probes, by the queue.
  void start(uint32_t number, const LinkHeader& link, flowtable::Tick now) noexcept;
  void cannot_start(uint32_t number, StartQueue::Turn why, flowtable::Tick now) noexcept;

  // A segment to one of our ports that belongs to no connection; `back` leads to its sender.
  void take(const PacketView& packet, const LinkHeader& back) noexcept;
  void take_icmp(const IcmpError& error, flowtable::Tick now) noexcept;

  void report(ScanProgress& progress) const noexcept;

  [[nodiscard]] bool has_room(uint32_t targets) noexcept override;
  void count(uint64_t number, ProbeState state) noexcept override;

 private:
  struct Parked {
    ProbeWindows::Probe probe;
    flowtable::Endpoint target;
    bool used = false;
  };
  // What an answer is known to be.
  struct Known {
    enum class Worth : uint8_t {
      none,   // forged, or of a job that was stopped
      again,  // of a target that has its outcome
      first
    };
    uint64_t number = 0;
    uint8_t attempt = ScanCookie::kForged;
    Worth worth = Worth::none;
  };

  [[nodiscard]] flowtable::Tick clock(flowtable::Tick now) const noexcept { return now - stalled_; }
  [[nodiscard]] bool may_walk() const noexcept;
  [[nodiscard]] bool send_hand(flowtable::Tick now) noexcept;
  [[nodiscard]] bool place_hand(const StartQueue::Decision& decision, flowtable::Tick now) noexcept;
  struct Departure {
    ProbeWindows::Probe probe;
    flowtable::Endpoint target;
    LinkHeader link;
  };
  void send(const Departure& departure, flowtable::Tick now) noexcept;
  void lose(const ProbeWindows::Probe& probe) noexcept;
  void drop_parked() noexcept;
  [[nodiscard]] const SynTemplate* template_for(const flowtable::IpAddress& to) const noexcept;

  [[nodiscard]] Known know(const flowtable::Endpoint& ours, const flowtable::Endpoint& target,
                           uint32_t acknowledged) noexcept;
  void take_open(const PacketView& packet, const LinkHeader& back, const Known& known) noexcept;
  [[nodiscard]] bool tell_unserved(const PacketView& packet) noexcept;
  void refuse(const PacketView& packet, const LinkHeader& back) noexcept;
  [[nodiscard]] flowtable::Bytes first_words(uint16_t port) noexcept;
  [[nodiscard]] bool settle(const Known& known, const flowtable::ScanReply& reply) noexcept;
  void could_not_tell() noexcept;

  const Parts parts_;
  const ScanPlan* plan_ = nullptr;
  bool stopped_ = false;
  std::unique_ptr<ProbeWindows> windows_;
  std::optional<ScanCookie> cookie_;
  std::optional<SynTemplate> syn_v4_;
  std::optional<SynTemplate> syn_v6_;
  std::vector<Parked> parked_;
  std::optional<ProbeWindows::Probe> hand_;  // the next to be sent
  flowtable::Endpoint hand_target_;
  bool waits_for_gateway_ = false;
  uint64_t probes_sent_ = 0;
  flowtable::Tick now_{};
  flowtable::TickSpan stalled_{};
  std::array<uint8_t, flowtable::ScanEvent::kBytesMax> words_{};
};

}  // namespace dataplane
