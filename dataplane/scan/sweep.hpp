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
  [[nodiscard]] bool wants_each() const noexcept override { return plan_->tell_silent; }
  void count(uint64_t number, ProbeState state) noexcept override;
  void count_silent(uint64_t targets) noexcept override {
    parts_.counters.add(ScanCounter::targets_silent, targets);
  }

 private:
  struct Parked {
    ProbeWindows::Probe probe;
    flowtable::Endpoint target;
    bool used = false;
  };
  // The next to be sent: a burst, for what each needs is worked out or fetched for all at once.
  struct Hand {
    static constexpr uint32_t kMost = 32;
    std::array<ProbeWindows::Probe, kMost> probes;
    std::array<flowtable::Endpoint, kMost> targets;
    std::array<ScanCookie::Values, kMost> cookies;
    uint32_t next = 0;
    uint32_t end = 0;
    bool held = false;  // their windows wait for them
    [[nodiscard]] bool empty() const noexcept { return next == end; }
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
  [[nodiscard]] bool fill_hand(uint32_t most, flowtable::Tick now) noexcept;
  [[nodiscard]] uint32_t send_hand(flowtable::Tick now) noexcept;
  void hold_hand() noexcept;
  [[nodiscard]] bool send_next(flowtable::Tick now) noexcept;
  [[nodiscard]] bool place_next(const StartQueue::Decision& decision, flowtable::Tick now) noexcept;
  // What probes of one family have in common.
  struct Family {
    SynTemplate syn;
    flowtable::IpAddress from;
    std::optional<ScanCookie::From> cookies;  // of the plan
  };
  struct Departure {
    const ProbeWindows::Probe& probe;
    const flowtable::Endpoint& target;
    const MacAddress& next_hop;
    const ScanCookie::Values& cookie;
  };
  void send(const Departure& departure, std::span<uint8_t> room, flowtable::Tick now) noexcept;
  [[nodiscard]] ScanCookie::Values cookie_of(const ProbeWindows::Probe& probe,
                                             const flowtable::Endpoint& target) const noexcept {
    const std::optional<Family>& family = family_for(target.address);
    return family ? family->cookies->of(target, probe.attempt) : ScanCookie::Values();
  }
  void lose(const ProbeWindows::Probe& probe) noexcept;
  void drop_parked() noexcept;
  [[nodiscard]] static std::optional<Family> family_of(const ScanSite& site, bool v4);
  [[nodiscard]] const std::optional<Family>& family_for(
      const flowtable::IpAddress& to) const noexcept {
    return lies_in_v4(to) ? v4_ : v6_;
  }

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
  std::optional<Family> v4_;
  std::optional<Family> v6_;
  std::vector<Parked> parked_;
  Hand hand_;
  bool waits_for_gateway_ = false;
  uint64_t probes_sent_ = 0;
  flowtable::Tick now_{};
  flowtable::TickSpan stalled_{};
  std::array<uint8_t, flowtable::ScanEvent::kBytesMax> words_{};
};

}  // namespace dataplane
