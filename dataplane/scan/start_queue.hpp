// SPDX-License-Identifier: Apache-2.0
// Whose turn it is to send what begins something: a probe, or a dial's SYN or first datagram.
#pragma once

#include "dataplane/scan/dial_queue.hpp"
#include "dataplane/scan/frame_sink.hpp"
#include "dataplane/scan/neighbours.hpp"
#include "dataplane/scan/own_addresses.hpp"
#include "dataplane/scan/pacer.hpp"
#include "dataplane/scan/rate_table.hpp"
#include "dataplane/scan/scan_counter.hpp"
#include "dataplane/scan/scan_plan.hpp"
#include "dataplane/scan/wake_wheel.hpp"
#include "flowtable/free_numbers.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace dataplane {

// Who waits is a number: those of dials come first, those of probes behind them. A start needs a
// way, a neighbour that is known, and time by every cap; what it lacks it waits for in here, in
// bounded room. Dials go before probes. Allocates in the constructor only; one core.
class StartQueue : public DialQueue {
 public:
  static constexpr uint32_t kProbes = 16384;

  struct Parts {
    const ScanSite& site;
    Neighbours& neighbours;
    FrameSink& sink;
    ScanCounters& counters;
    uint32_t dials = 0;  // how many numbers they have
    uint16_t cores = 1;
  };
  StartQueue(const Parts& parts, flowtable::Tick now);

  // Of this core's probes, per second; 0: no cap but those of the site.
  void set_probe_rate(double per_second) noexcept;
  // Of all that this core begins, where that is less than its share of the site's; 0: that share.
  void set_ceiling(double per_second) noexcept;

  enum class Turn : uint8_t {
    go,         // it counts as sent
    pace,       // not yet, by the rate of all: nothing else can go either
    cap,        // not yet, by the rate of its subnet or host
    neighbour,  // its neighbour is being asked for
    gateway,    // so is the gateway, or it does not answer
    room,       // there is no room to ask for a neighbour
    absent,     // its neighbour does not answer
    no_way
  };
  struct Decision {
    Turn turn = Turn::pace;
    uint32_t neighbour = Neighbours::kNone;  // of the turns neighbour and gateway
    LinkHeader link;                         // of go
  };
  // For a burst of probes that do not wait in here: how many of `wanted` may go by the rates of
  // all. These are theirs up to end_probes(); nothing else is asked in between.
  [[nodiscard]] uint32_t begin_probes(uint32_t wanted, flowtable::Tick now) noexcept;
  void end_probes() noexcept;
  // Before some are asked for, so that they wait for memory together.
  [[gnu::always_inline]] void prefetch(const flowtable::IpAddress& to) const noexcept {
    subnets_.prefetch(to);
    hosts_.prefetch(to);
  }
  // How a probe goes that may go now; null: ask_for_probe() says why not, or that it may after all.
  // Most of a burst go by one gateway, which is found once.
  [[nodiscard]] const LinkHeader* way_for_probe(const flowtable::IpAddress& to,
                                                flowtable::Tick now) noexcept {
    const Via& via = lies_in_v4(to) ? via_v4_ : via_v6_;
    if (paced_ == 0 || !via.found || on_link_.contains(to)) return nullptr;
    if (!subnets_.may_go_unclaimed(to, now) || !hosts_.may_go_unclaimed(to, now)) return nullptr;
    --paced_;
    subnets_.went(to, now);
    hosts_.went(to, now);
    return &via.link;
  }
  // `pace` once there were as many as begin_probes() said.
  [[nodiscard]] Decision ask_for_probe(const flowtable::IpAddress& to,
                                       flowtable::Tick now) noexcept;

  // Lets a probe wait that was told cap, neighbour or room: its number, or nothing where all are
  // taken.
  [[nodiscard]] std::optional<uint32_t> park(const flowtable::IpAddress& to,
                                             const Decision& decision,
                                             flowtable::Tick now) noexcept;
  void ask(uint32_t slot, const flowtable::IpAddress& to, flowtable::Tick now) noexcept override;
  // The number of a probe is free again then.
  void withdraw(uint32_t number) noexcept override;

  class Starter {
   public:
    virtual ~Starter() = default;
    // Waits no longer. The sink has room.
    virtual void start(uint32_t number, const LinkHeader& link, flowtable::Tick now) noexcept = 0;
    // Waits no longer either: absent or no_way.
    virtual void cannot_start(uint32_t number, Turn why, flowtable::Tick now) noexcept = 0;
  };
  // Starts those whose turn it is. True where there were any.
  bool run(Starter& starter, flowtable::Tick now) noexcept;

  [[nodiscard]] bool is_dial(uint32_t number) const noexcept { return number < dials_; }
  [[nodiscard]] uint32_t num_probes() const noexcept { return kProbes - free_.size(); }

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  static constexpr uint32_t kDialsReady = Neighbours::kPlaces;  // numbers of lists
  static constexpr uint32_t kProbesReady = kDialsReady + 1;

  struct Entry {
    flowtable::IpAddress to;
    uint32_t list = kNone;
    uint32_t before = kNone;
    uint32_t after = kNone;
    bool claimed = false;  // it has a time of the rate tables
  };
  struct List {
    uint32_t first = kNone;
    uint32_t last = kNone;
  };

  enum class Claim : uint8_t { none, held };
  // A gateway, found once for a burst.
  struct Via {
    bool found = false;
    LinkHeader link;
  };
  void look_up_gateway(const flowtable::IpAddress& to, flowtable::Tick now) noexcept;
  // By which rates it is paced; `before`: begin_probes() did that.
  enum class Paced : uint8_t { as_dial, as_probe, before };
  [[nodiscard]] Decision decide(const flowtable::IpAddress& to, Claim claim, Paced paced,
                                flowtable::Tick now) noexcept;
  void wait(uint32_t number, const Decision& decision, flowtable::Tick now) noexcept;
  void append(uint32_t number, uint32_t list) noexcept;
  void make_ready(uint32_t number) noexcept;
  void take_out(uint32_t number) noexcept;
  static void set_pacer(std::optional<Pacer>& pacer, double per_second) noexcept;
  [[nodiscard]] bool may_pace(Paced paced, flowtable::Tick now) noexcept;
  void pace(Paced paced, flowtable::Tick now) noexcept;
  [[nodiscard]] bool run_list(uint32_t list, Starter& starter, flowtable::Tick now) noexcept;

  const ScanSite& site_;
  Neighbours& neighbours_;
  FrameSink& sink_;
  ScanCounters& counters_;
  const uint32_t dials_;
  std::vector<Entry> entries_;
  std::vector<List> lists_;  // one for each neighbour, then those who are ready
  flowtable::FreeNumbers free_;
  WakeWheel wheel_;
  RateTable subnets_;
  RateTable hosts_;
  std::optional<Pacer> all_;
  std::optional<Pacer> probes_;
  double probe_rate_ = 0;
  double ceiling_ = 0;
  double site_share_ = 0;  // of the site's ceiling; 0: it has none
  OnLink on_link_;
  Via via_v4_;  // of the burst under way, like the next
  Via via_v6_;
  uint32_t paced_ = 0;  // left of what begin_probes() said
};

}  // namespace dataplane
