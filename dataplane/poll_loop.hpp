// SPDX-License-Identifier: Apache-2.0
// The loop of one poll core: where a packet's way begins.
#pragma once

#include "dataplane/core_plan.hpp"
#include "dataplane/idle.hpp"
#include "dataplane/mbuf_burst.hpp"
#include "dataplane/packet_intake.hpp"
#include "dataplane/packet_path.hpp"
#include "dataplane/packet_view.hpp"
#include "dataplane/poll_counters.hpp"
#include "dataplane/scan_lane.hpp"
#include "dataplane/steered_packet.hpp"
#include "dataplane/tsc_clock.hpp"
#include "flowtable/base/tick.hpp"

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>

namespace dataplane {

// How all cores of a run stop together. First each stops receiving and says so; when all have, no
// more frames can enter the mesh. A packet that is put together of fragments makes another hop, so
// they meet once more for each of these; then all is where it belongs, and flows are let go.
struct StopSignal {
  std::atomic<bool> stop{false};      // control: w, cores: r
  std::atomic<uint32_t> meetings{0};  // cores: rw; how often cores have come to one, all together
};

// Where an mbuf keeps its own time stamp (rte_mbuf_dyn_rx_timestamp_register).
struct MbufTimestamp {
  int offset = -1;
  uint64_t flag = 0;
};

struct PollLoopOptions {
  uint16_t core = 0;  // index, from 0
  uint16_t cores = 1;
  uint64_t hash_seed = 0;  // the run's
  MbufTimestamp timestamp;
};

// What the loop works with; all of it outlives the loop. Counters, rings and lane are this
// core's own.
struct PollLoopParts {
  PacketIntake& intake;
  PacketPath& path;
  flowtable::CaptureExchange& exchange;
  HandoffRing& ring;
  CoreCounters& counters;
  PacketMesh& mesh;
  rte_mempool* joined_pool;  // for packets put together that go on; null with one core
  const TscClock& clock;
  StopSignal& stop;
  PollCounters& poll_counters;
  ScanLane* scan;  // null: no port scans
};

class PollLoop {
 public:
  static constexpr uint16_t kJoinedBufferBytes = 2048;  // of each mbuf in joined_pool
  // Mbufs of joined_pool for so many cores: some hundred packets of two frames for each, or thirty
  // of the longest.
  [[nodiscard]] static constexpr uint32_t joined_pool_mbufs(uint16_t cores) noexcept {
    return std::bit_ceil(1024u * cores) - 1;
  }

  PollLoop(const PollLoopOptions& options, const PollLoopParts& parts);

  // Control thread: the plan to follow from the next loop on. Both stay the caller's; the former
  // one may be freed when plan_in_use() is the new one.
  void set_plan(const CorePlan* plan) noexcept { plan_.store(plan, std::memory_order_release); }
  [[nodiscard]] const CorePlan* plan_in_use() const noexcept {
    return plan_in_use_.load(std::memory_order_acquire);
  }
  // Any thread.
  [[nodiscard]] const PollCounters& counters() const noexcept { return parts_.poll_counters; }

  // The core itself: returns after the stop signal, with all flows drained. A plan has been set.
  void run() noexcept;

 private:
  [[nodiscard]] const CorePlan& take_plan() noexcept;
  [[nodiscard]] size_t poll_queue(const PolledQueue& queue) noexcept;
  // Queues of files, with several cores: their packets keep their order around fragments, which
  // make a detour on which others would overtake them, or they them.
  [[nodiscard]] size_t poll_file(const PolledQueue& queue) noexcept;
  [[nodiscard]] size_t take_waiting() noexcept;
  [[nodiscard]] bool may_go(const SteeredPacket& packet) noexcept;
  // A file is read only as fast as the other cores and the workers follow.
  [[nodiscard]] bool must_wait() const noexcept;
  [[nodiscard]] SteeredPacket received_packet(rte_mbuf& mbuf, const PolledQueue& queue) noexcept;
  [[nodiscard]] size_t poll_mesh() noexcept;
  [[nodiscard]] size_t poll_ring(uint16_t from) noexcept;
  [[nodiscard]] flowtable::Tick tick_of(const rte_mbuf& mbuf,
                                        const PolledQueue& queue) const noexcept;
  void take_packet(const SteeredPacket& packet) noexcept;
  // True where the frame was the scanner's.
  [[nodiscard]] bool take_as_scan(const SteeredPacket& packet) noexcept;
  // Gives the packet, or what was put together of it, to another core; false where its mbuf stays
  // here, to be freed with the burst.
  [[nodiscard]] bool pass_on(uint16_t core, const SteeredPacket& packet,
                             const IntakeFrame& frame) noexcept;
  void finish_burst() noexcept;
  void expire(const CorePlan& plan) noexcept;
  void leave() noexcept;
  void meet(uint32_t meeting) noexcept;
  [[nodiscard]] IntakeFrame frame_of(const SteeredPacket& packet) noexcept;

  const PollLoopOptions options_;
  const PollLoopParts parts_;

  void advance_scan_tick(flowtable::Tick before) noexcept;

  flowtable::Tick loop_tick_{};    // machine time of this loop
  flowtable::Tick scan_tick_{};    // the same, but it never goes back
  flowtable::Tick packet_tick_{};  // of the latest packet
  uint64_t num_loops_ = 0;
  std::array<SteeredPacket, MbufBurst::kMax> waiting_;  // of a file, in their order
  uint16_t waiting_begin_ = 0;
  uint16_t waiting_end_ = 0;
  bool after_fragment_ = false;  // the packet before the first of these was one
  Idle idle_;
  LinearBuffer linear_;
  MbufBurst burst_;
  std::array<PacketView, MbufBurst::kMax> views_;
  uint16_t num_views_ = 0;

  alignas(64) std::atomic<const CorePlan*> plan_{nullptr};  // control: w, core: r
  std::atomic<const CorePlan*> plan_in_use_{nullptr};       // core: w, control: r
};

}  // namespace dataplane
