// SPDX-License-Identifier: Apache-2.0
// The loop of one poll core: where a packet's way begins.
#pragma once

#include "dataplane/core_plan.hpp"
#include "dataplane/idle.hpp"
#include "dataplane/mbuf_burst.hpp"
#include "dataplane/packet_path.hpp"
#include "dataplane/packet_view.hpp"
#include "dataplane/poll_counters.hpp"
#include "dataplane/steering_mesh.hpp"
#include "dataplane/tsc_clock.hpp"
#include "flowtable/base/tick.hpp"

#include <array>
#include <atomic>
#include <cstdint>

namespace dataplane {

// A packet on its way to another core, with what its bytes do not say. The owner decodes it again:
// a PacketView is twice as long as the headers it was made from, which both cores must fetch
// anyway, and bytes that the receiving core had to join are not the owner's to read.
struct SteeredPacket {
  rte_mbuf* mbuf;
  flowtable::Tick tick;
  LinkType link;
};
using PacketMesh = SteeringMesh<SteeredPacket>;

// How all cores of a run stop together. First each stops receiving and says so; when all have, no
// more packets can enter the mesh, and each empties its rings and lets its flows go.
struct StopSignal {
  std::atomic<bool> stop{false};               // control: w, cores: r
  std::atomic<uint32_t> no_longer_polling{0};  // cores: rw
};

// Where an mbuf keeps its own time stamp (rte_mbuf_dyn_rx_timestamp_register).
struct MbufTimestamp {
  int offset = -1;
  uint64_t flag = 0;
};

struct PollLoopOptions {
  uint16_t core = 0;  // index, from 0
  uint16_t cores = 1;
  bool steer = false;      // packets may have to go to another core
  uint64_t hash_seed = 0;  // the run's
  MbufTimestamp timestamp;
};

// What the loop works with; all of it outlives the loop. The first four are this core's own.
struct PollLoopParts {
  PacketPath& path;
  flowtable::CaptureExchange& exchange;
  HandoffRing& ring;
  CoreCounters& counters;
  PacketMesh& mesh;
  const TscClock& clock;
  StopSignal& stop;
};

class PollLoop {
 public:
  PollLoop(const PollLoopOptions& options, const PollLoopParts& parts);

  // Control thread: the plan to follow from the next loop on. Both stay the caller's; the former
  // one may be freed when plan_in_use() is the new one.
  void set_plan(const CorePlan* plan) noexcept { plan_.store(plan, std::memory_order_release); }
  [[nodiscard]] const CorePlan* plan_in_use() const noexcept {
    return plan_in_use_.load(std::memory_order_acquire);
  }
  // Any thread.
  [[nodiscard]] const PollCounters& counters() const noexcept { return poll_counters_; }

  // The core itself: returns after the stop signal, with all flows drained. A plan has been set.
  void run() noexcept;

 private:
  [[nodiscard]] const CorePlan& take_plan() noexcept;
  [[nodiscard]] size_t poll_queue(const PolledQueue& queue) noexcept;
  [[nodiscard]] size_t poll_mesh() noexcept;
  [[nodiscard]] bool must_wait() const noexcept;
  [[nodiscard]] flowtable::Tick tick_of(const rte_mbuf& mbuf,
                                        const PolledQueue& queue) const noexcept;
  void take_packet(SteeredPacket packet) noexcept;
  void finish_burst() noexcept;
  void expire(const CorePlan& plan) noexcept;
  void leave() noexcept;

  const PollLoopOptions options_;
  const PollLoopParts parts_;
  PollCounters poll_counters_;

  flowtable::Tick loop_tick_{};    // machine time of this loop
  flowtable::Tick packet_tick_{};  // of the latest packet
  uint64_t num_loops_ = 0;
  Idle idle_;
  LinearBuffer linear_;
  MbufBurst burst_;
  std::array<PacketView, MbufBurst::kMax> views_;
  uint16_t num_views_ = 0;

  alignas(64) std::atomic<const CorePlan*> plan_{nullptr};  // control: w, core: r
  std::atomic<const CorePlan*> plan_in_use_{nullptr};       // core: w, control: r
};

}  // namespace dataplane
