// SPDX-License-Identifier: Apache-2.0
#include "dataplane/poll_core.hpp"

#include "flowtable/base/check.hpp"

#include <rte_cycles.h>
#include <rte_launch.h>
#include <rte_mbuf_dyn.h>

#include <chrono>
#include <thread>
#include <utility>

namespace dataplane {
namespace {

uint16_t num_cores(const Eal& eal, const PollCoresOptions& options) {
  CHECK(options.cores <= eal.num_poll_cores());
  return static_cast<uint16_t>(options.cores == 0 ? eal.num_poll_cores() : options.cores);
}

PathOptions path_of(const PollCoresOptions& options, uint16_t core) {
  PathOptions path = options.path;
  path.core = core;
  return path;
}

PacketIntake::Options intake_of(const PollCoresOptions& options, const PollLoopOptions& loop) {
  return {.core = loop.core, .owners = owners_of(options.rss, loop.cores)};
}

std::unique_ptr<ScanLane> make_lane(const PollCoresOptions& options, const ScanLane::Parts& parts,
                                    const TscClock& clock) {
  if (options.scan.site == nullptr) return nullptr;
  return std::make_unique<ScanLane>(parts, clock.at(rte_rdtsc()));
}

MbufTimestamp register_timestamp() {
  MbufTimestamp timestamp;
  if (rte_mbuf_dyn_rx_timestamp_register(&timestamp.offset, &timestamp.flag) != 0) return {};
  return timestamp;
}

// What a new core is made from, on its own CPU.
struct Construction {
  const PollCoresOptions& options;
  PollLoopOptions loop;
  PacketMesh& mesh;
  const TscClock& clock;
  StopSignal& stop;
  std::unique_ptr<PollCore>& out;
};

int construct(void* argument) {
  auto& made = *static_cast<Construction*>(argument);
  made.out = std::make_unique<PollCore>(made.options, made.loop, made.mesh, made.clock, made.stop);
  return 0;
}

int run(void* argument) {
  static_cast<PollCore*>(argument)->loop.run();
  return 0;
}

}  // namespace

// The ring to the workers holds every capture of the pool, so that it is never full.
PollCore::PollCore(const PollCoresOptions& options, const PollLoopOptions& loop_options,
                   PacketMesh& mesh, const TscClock& clock, StopSignal& stop)
    : intake(intake_of(options, loop_options), counters),
      table(options.flows),
      pool(options.captures),
      exchange(options.captures.captures_max, options.captures.captures_max),
      ring(pool, exchange, counters),
      path(path_of(options, loop_options.core), table, ring, counters),
      scan(make_lane(options,
                     {.port = options.scan,
                      .core = loop_options.core,
                      .cores = loop_options.cores,
                      .mesh = mesh,
                      .copies = options.joined_pool,
                      .drops = counters.drops,
                      .counters = poll_counters},
                     clock)),
      loop(loop_options, {.intake = intake,
                          .path = path,
                          .exchange = exchange,
                          .ring = ring,
                          .counters = counters,
                          .mesh = mesh,
                          .joined_pool = options.joined_pool,
                          .clock = clock,
                          .stop = stop,
                          .poll_counters = poll_counters,
                          .scan = scan.get()}) {}

PollCores::PollCores(const Eal& eal, const PollCoresOptions& options)
    : steering_(options.rss.steering),
      scan_port_(options.scan),
      clock_(rte_get_tsc_hz()),
      mesh_(num_cores(eal, options), mesh_capacity(num_cores(eal, options))),
      cores_(num_cores(eal, options)),
      plans_(num_cores(eal, options)) {
  CHECK(size() == 1 || options.joined_pool != nullptr);
  const MbufTimestamp timestamp = register_timestamp();
  for (uint16_t i = 0; i < size(); ++i) {
    const PollLoopOptions loop{
        .core = i, .cores = size(), .hash_seed = options.hash_seed, .timestamp = timestamp};
    Construction made{options, loop, mesh_, clock_, stop_, cores_[i]};
    const unsigned lcore = Eal::lcore_of(i);
    CHECK(rte_eal_remote_launch(construct, &made, lcore) == 0);
    rte_eal_wait_lcore(lcore);
  }
}

PollCores::~PollCores() {
  stop();
}

void PollCores::plan(uint16_t core, CorePlan plan) {
  PollLoop& loop = cores_[core]->loop;
  auto next = std::make_unique<const CorePlan>(std::move(plan));
  loop.set_plan(next.get());
  while (running_ && loop.plan_in_use() != next.get())
    std::this_thread::sleep_for(std::chrono::microseconds(20));
  plans_[core] = std::move(next);
}

void PollCores::plan_ports(std::span<const std::unique_ptr<Port>> ports, const CorePlan& pattern) {
  std::vector<CorePlan> plans(size(), pattern);
  size_t turn = 0;
  for (const auto& port : ports) {
    const bool from_file = port->packet_clock_ns() != 0;
    const bool scans = scan_port_.site != nullptr && scan_port_.port == port->id();
    for (uint16_t queue = 0; queue < port->num_rx_queues(); ++queue) {
      const size_t core = steering_ == Steering::hardware ? queue : turn++ % size();
      plans[core].queues.push_back({.port = port->id(),
                                    .queue = queue,
                                    .link = port->link_of(queue),
                                    .packet_clock_ns = port->packet_clock_ns(),
                                    .can_wait = from_file,
                                    .scan = scans && !from_file});
    }
    for (CorePlan& each : plans)
      each.packet_time |= from_file;
  }
  for (uint16_t core = 0; core < size(); ++core)
    plan(core, std::move(plans[core]));
}

void PollCores::launch() {
  for (uint16_t i = 0; i < size(); ++i) {
    CHECK(plans_[i] != nullptr);
    CHECK(rte_eal_remote_launch(run, cores_[i].get(), Eal::lcore_of(i)) == 0);
  }
  running_ = true;
}

void PollCores::stop() {
  if (!running_) return;
  stop_.stop.store(true, std::memory_order_relaxed);
  for (uint16_t i = 0; i < size(); ++i)
    rte_eal_wait_lcore(Eal::lcore_of(i));
  running_ = false;
}

}  // namespace dataplane
