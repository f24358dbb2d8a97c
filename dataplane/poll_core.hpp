// SPDX-License-Identifier: Apache-2.0
// All poll cores of a run and what each of them owns.
#pragma once

#include "dataplane/eal.hpp"
#include "dataplane/poll_loop.hpp"
#include "dataplane/port.hpp"
#include "flowtable/capture_exchange.hpp"
#include "flowtable/flow_table.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace dataplane {

struct PollCoresOptions {
  PathOptions path;                          // `core` is filled in here
  flowtable::FlowTable::Options flows;       // of each core
  flowtable::CapturePool::Options captures;  // of each core
  uint64_t hash_seed = 0;  // random in each run, so that nobody can aim at a bucket
  RssPlan rss;             // what plan_rss() said
  uint16_t cores = 0;      // the first so many poll cores of Eal; 0: all
  // Of OpenPorts: with several cores. Outlives them.
  rte_mempool* joined_pool = nullptr;
  ScanPort scan{};
};

// One core's memory. Written by that core; other threads use what is made for them: the exchange's
// worker ends, FlowReader over the table, the counters.
struct PollCore {
  PollCore(const PollCoresOptions& options, const PollLoopOptions& loop_options, PacketMesh& mesh,
           const TscClock& clock, StopSignal& stop);

  CoreCounters counters;
  PollCounters poll_counters;
  PacketIntake intake;
  flowtable::FlowTable table;
  flowtable::CapturePool pool;
  flowtable::CaptureExchange exchange;
  HandoffRing ring;
  PacketPath path;
  std::unique_ptr<ScanLane> scan;  // null: no port scans
  PollLoop loop;
};

// Start-up object of the main thread, which calls all of it. Life: construct, plan() every core,
// launch(), any number of plan(), stop(). Outlives the pipeline that holds captures of its pools;
// ports outlive it. The destructor stops the cores.
class PollCores {
 public:
  // Each core's memory is made by the core itself, so that it lies
  // in that core's NUMA node.
  PollCores(const Eal& eal, const PollCoresOptions& options);
  ~PollCores();
  PollCores(const PollCores&) = delete;
  PollCores& operator=(const PollCores&) = delete;

  // Gives a core another plan. While the cores run this waits (microseconds, or the core's sleep)
  // until the core has let go of the former one.
  void plan(uint16_t core, CorePlan plan);
  // The same for all cores: spreads the queues of `ports`, queue i to core i where hardware steers,
  // all queues in turn where the cores do; `pattern` gives everything else.
  void plan_ports(std::span<const std::unique_ptr<Port>> ports, const CorePlan& pattern);

  // Once. A core that still runs something else is a bug.
  void launch();
  // Returns when every core has taken in what was on its way to it and has let all flows go: what
  // can be handed off then lies in the exchanges.
  void stop();

  [[nodiscard]] uint16_t size() const noexcept { return static_cast<uint16_t>(cores_.size()); }
  [[nodiscard]] PollCore& core(uint16_t index) noexcept { return *cores_[index]; }
  [[nodiscard]] const PollCore& core(uint16_t index) const noexcept { return *cores_[index]; }
  // Keeps the cores' clock with the system's: call about once a second.
  void anchor_clock() noexcept { clock_.anchor_now(); }

 private:
  Steering steering_;
  ScanPort scan_port_;
  TscClock clock_;
  StopSignal stop_;
  PacketMesh mesh_;
  std::vector<std::unique_ptr<PollCore>> cores_;
  std::vector<std::unique_ptr<const CorePlan>> plans_;
  bool running_ = false;
};

}  // namespace dataplane
