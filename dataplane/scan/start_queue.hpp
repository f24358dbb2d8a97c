// SPDX-License-Identifier: Apache-2.0
// Whose turn it is to send what begins something: a probe, or a dial's SYN or first datagram.
#pragma once

#include "dataplane/scan/dial_queue.hpp"
#include "dataplane/scan/frame_sink.hpp"
#include "dataplane/scan/neighbours.hpp"
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
  // For a probe that does not wait in here.
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
  [[nodiscard]] Decision decide(const flowtable::IpAddress& to, Claim claim, bool is_probe,
                                flowtable::Tick now) noexcept;
  void wait(uint32_t number, const Decision& decision, flowtable::Tick now) noexcept;
  void append(uint32_t number, uint32_t list) noexcept;
  void make_ready(uint32_t number) noexcept;
  void take_out(uint32_t number) noexcept;
  [[nodiscard]] bool may_pace(bool is_probe, flowtable::Tick now) noexcept;
  void pace(bool is_probe, flowtable::Tick now) noexcept;
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
};

}  // namespace dataplane
