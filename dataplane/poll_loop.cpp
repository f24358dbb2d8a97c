// SPDX-License-Identifier: Apache-2.0
#include "dataplane/poll_loop.hpp"

#include "dataplane/packet_decode.hpp"
#include "dataplane/steering.hpp"
#include "flowtable/base/check.hpp"

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_mbuf_dyn.h>
#include <rte_prefetch.h>

#include <span>

namespace dataplane {
namespace {

using flowtable::Tick;

// Packets ahead of the one being decoded whose bytes are asked for: a few dozen nanoseconds of
// decoding each, against about a hundred of a cache miss.
constexpr size_t kPrefetchAhead = 4;

}  // namespace

PollLoop::PollLoop(const PollLoopOptions& options, const PollLoopParts& parts)
    : options_(options), parts_(parts) {}

void PollLoop::run() noexcept {
  while (!parts_.stop.stop.load(std::memory_order_relaxed)) {
    const CorePlan& plan = take_plan();
    const uint64_t begin = rte_rdtsc();
    loop_tick_ = parts_.clock.at(begin);

    size_t packets = 0;
    for (const PolledQueue& queue : plan.queues)
      packets += poll_queue(queue);
    if (options_.steer) packets += poll_mesh();
    parts_.ring.recycle();
    if (++num_loops_ % plan.loops_per_expire == 0) expire(plan);

    poll_counters_.add(PollCounter::loops);
    if (packets == 0) {
      poll_counters_.add(PollCounter::loops_empty);
      if (idle_.rest(plan)) poll_counters_.add(PollCounter::sleeps);
    } else {
      idle_.reset();
      poll_counters_.add(PollCounter::busy_cycles, rte_rdtsc() - begin);
    }
  }
  leave();
}

const CorePlan& PollLoop::take_plan() noexcept {
  const CorePlan* plan = plan_.load(std::memory_order_acquire);
  CHECK(plan != nullptr);
  // Nothing of the former plan is in use here, at the top of the loop.
  if (plan != plan_in_use_.load(std::memory_order_relaxed)) {
    plan_in_use_.store(plan, std::memory_order_release);
  }
  return *plan;
}

size_t PollLoop::poll_queue(const PolledQueue& queue) noexcept {
  if (queue.can_wait && must_wait()) return 0;
  std::array<rte_mbuf*, MbufBurst::kMax> received;
  const size_t count = rte_eth_rx_burst(queue.port, queue.queue, received.data(), MbufBurst::kMax);
  for (size_t i = 0; i < count && i < kPrefetchAhead; ++i)
    rte_prefetch0(rte_pktmbuf_mtod(received[i], const void*));
  uint64_t bytes = 0;
  for (size_t i = 0; i < count; ++i) {
    if (i + kPrefetchAhead < count) {
      rte_prefetch0(rte_pktmbuf_mtod(received[i + kPrefetchAhead], const void*));
    }
    bytes += received[i]->pkt_len;
    take_packet({received[i], tick_of(*received[i], queue), queue.link});
  }
  finish_burst();
  poll_counters_.add(PollCounter::rx_packets, count);
  poll_counters_.add(PollCounter::rx_bytes, bytes);
  return count;
}

// Takes a burst from each of the other cores, so that none of them waits for another.
size_t PollLoop::poll_mesh() noexcept {
  std::array<SteeredPacket, MbufBurst::kMax> arrived;
  size_t packets = 0;
  for (uint16_t from = 0; from < options_.cores; ++from) {
    if (from == options_.core) continue;
    const size_t count = parts_.mesh.pop(from, options_.core, arrived);
    for (size_t i = 0; i < count && i < kPrefetchAhead; ++i)
      rte_prefetch0(arrived[i].mbuf);
    for (size_t i = 0; i < count; ++i) {
      if (i + kPrefetchAhead < count) rte_prefetch0(arrived[i + kPrefetchAhead].mbuf);
      take_packet(arrived[i]);
    }
    finish_burst();
    packets += count;
  }
  poll_counters_.add(PollCounter::packets_steered_in, packets);
  return packets;
}

// A file is read only as fast as the other cores and the workers follow: what comes from a wire
// must be taken or lost, what lies in a file need not be lost.
bool PollLoop::must_wait() const noexcept {
  if (options_.steer && !parts_.mesh.has_room(options_.core, MbufBurst::kMax)) return true;
  return parts_.exchange.handed_off.size() > parts_.exchange.handed_off.capacity() / 4;
}

Tick PollLoop::tick_of(const rte_mbuf& mbuf, const PolledQueue& queue) const noexcept {
  if (queue.packet_clock_ns == 0 || (mbuf.ol_flags & options_.timestamp.flag) == 0) {
    return loop_tick_;
  }
  const auto stamp =
      *RTE_MBUF_DYNFIELD(&mbuf, options_.timestamp.offset, const rte_mbuf_timestamp_t*);
  return flowtable::tick_from_ns(static_cast<int64_t>(stamp * queue.packet_clock_ns));
}

// Every packet ends in one of three places: among the views of this burst, with another core, or
// dropped and counted. In the first and the last case its mbuf is freed with the burst.
void PollLoop::take_packet(SteeredPacket packet) noexcept {
  if (burst_.full() || !linear_.has_room()) finish_burst();
  const rte_mbuf& mbuf = *packet.mbuf;
  if (mbuf.nb_segs > 1) poll_counters_.add(PollCounter::packets_joined);
  PacketView& view = views_[num_views_];
  const FrameMeta meta{packet.tick, mbuf.pkt_len, options_.hash_seed};
  DropReason reason = decode_packet(packet.link, linear_.bytes_of(mbuf), meta, view);
  if (reason == DropReason::none) {
    const uint16_t owner = options_.steer ? owner_of(view.hash, options_.cores) : options_.core;
    if (owner == options_.core) {
      ++num_views_;
      packet_tick_ = packet.tick;
    } else if (parts_.mesh.push(options_.core, owner, packet)) {
      poll_counters_.add(PollCounter::packets_steered_out);
      return;  // the mbuf is the owner's now
    } else {
      reason = DropReason::steering_full;
    }
  }
  if (reason != DropReason::none) parts_.counters.drops.add(reason);
  burst_.add(packet.mbuf);
}

// Views borrow from the mbufs and the linear buffer, so all three end together.
void PollLoop::finish_burst() noexcept {
  parts_.path.accept(std::span(views_).first(num_views_));
  num_views_ = 0;
  burst_.free_all();
  linear_.clear();
}

void PollLoop::expire(const CorePlan& plan) noexcept {
  parts_.path.expire(plan.packet_time ? packet_tick_ : loop_tick_, plan.expire_budget);
}

void PollLoop::leave() noexcept {
  auto& no_longer_polling = parts_.stop.no_longer_polling;
  no_longer_polling.fetch_add(1, std::memory_order_acq_rel);
  // Others may still push; once all have come here nobody does, and what was pushed is visible.
  while (no_longer_polling.load(std::memory_order_acquire) < options_.cores) {
    if (poll_mesh() == 0) Idle::yield();
    parts_.ring.recycle();
  }
  while (poll_mesh() != 0)
    parts_.ring.recycle();
  parts_.path.drain();
}

}  // namespace dataplane
