// SPDX-License-Identifier: Apache-2.0
#include "dataplane/poll_loop.hpp"

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
constexpr size_t kPrefetchAhead = 8;

// From the queue to the core of its fragments, and on as often as it can be put together.
constexpr uint32_t kHopsMax = 1 + PacketIntake::kJoinsMax;

}  // namespace

PollLoop::PollLoop(const PollLoopOptions& options, const PollLoopParts& parts)
    : options_(options), parts_(parts) {}

void PollLoop::run() noexcept {
  while (!parts_.stop.stop.load(std::memory_order_relaxed)) {
    const CorePlan& plan = take_plan();
    const uint64_t begin = rte_rdtsc();
    const Tick before = loop_tick_;
    loop_tick_ = parts_.clock.at(begin);
    advance_scan_tick(before);

    size_t packets = 0;
    for (const PolledQueue& queue : plan.queues)
      packets += poll_queue(queue);
    if (options_.cores > 1) packets += take_waiting() + poll_mesh();
    if (parts_.scan != nullptr && parts_.scan->work(scan_tick_)) ++packets;
    parts_.ring.recycle();
    if (++num_loops_ % plan.loops_per_expire == 0) expire(plan);

    parts_.poll_counters.add(PollCounter::loops);
    if (packets == 0) {
      parts_.poll_counters.add(PollCounter::loops_empty);
      if (idle_.rest(plan)) parts_.poll_counters.add(PollCounter::sleeps);
    } else {
      idle_.reset();
      parts_.poll_counters.add(PollCounter::busy_cycles, rte_rdtsc() - begin);
    }
  }
  leave();
}

// Timers of our own connections must neither run twice nor stand still when somebody sets the clock
// back: the scanner's time then goes on from where it was.
void PollLoop::advance_scan_tick(Tick before) noexcept {
  if (before == Tick()) {
    scan_tick_ = loop_tick_;
  } else if (loop_tick_ > before) {
    scan_tick_ += loop_tick_ - before;
  }
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
  if (queue.can_wait) {
    if (options_.cores > 1) return poll_file(queue);
    if (must_wait()) return 0;
  }
  std::array<rte_mbuf*, MbufBurst::kMax> received;
  const size_t count = rte_eth_rx_burst(queue.port, queue.queue, received.data(), MbufBurst::kMax);
  // Where another core has filled them, not even the buffers' own lines are here yet.
  for (size_t i = 0; i < count; ++i)
    rte_prefetch0(received[i]);
  for (size_t i = 0; i < count && i < kPrefetchAhead; ++i)
    rte_prefetch0(rte_pktmbuf_mtod(received[i], const void*));
  for (size_t i = 0; i < count; ++i) {
    if (i + kPrefetchAhead < count) {
      rte_prefetch0(rte_pktmbuf_mtod(received[i + kPrefetchAhead], const void*));
    }
    take_packet(received_packet(*received[i], queue));
  }
  finish_burst();
  parts_.poll_counters.add(PollCounter::rx_packets, count);
  return count;
}

size_t PollLoop::poll_file(const PolledQueue& queue) noexcept {
  if (waiting_begin_ != waiting_end_ || must_wait()) return 0;
  std::array<rte_mbuf*, MbufBurst::kMax> received;
  const size_t count = rte_eth_rx_burst(queue.port, queue.queue, received.data(), MbufBurst::kMax);
  waiting_begin_ = 0;
  waiting_end_ = static_cast<uint16_t>(count);
  for (size_t i = 0; i < count; ++i) {
    waiting_[i] = received_packet(*received[i], queue);
    waiting_[i].awaited = true;
  }
  parts_.poll_counters.add(PollCounter::rx_packets, count);
  return take_waiting();
}

size_t PollLoop::take_waiting() noexcept {
  size_t taken = 0;
  while (waiting_begin_ != waiting_end_ && may_go(waiting_[waiting_begin_])) {
    take_packet(waiting_[waiting_begin_++]);
    ++taken;
  }
  if (taken > 0) finish_burst();
  return taken;
}

// Not a fragment before all that was sent out earlier has been followed, and nothing after it
// before it has, or what it completed.
bool PollLoop::may_go(const SteeredPacket& packet) noexcept {
  if (!linear_.has_room()) finish_burst();
  const bool is_fragment = PacketIntake::is_fragment(frame_of(packet));
  const bool must_be_alone = is_fragment || after_fragment_;
  if (must_be_alone && parts_.mesh.awaited.load(std::memory_order_acquire) > 0) return false;
  after_fragment_ = is_fragment;
  return true;
}

// What comes from a wire must be taken or lost, what lies in a file need not be lost. Each other
// core may have sent a fragment that goes on from here.
bool PollLoop::must_wait() const noexcept {
  const size_t most = MbufBurst::kMax + size_t{options_.cores};
  if (options_.cores > 1 && !parts_.mesh.has_room(options_.core, most)) return true;
  return parts_.exchange.handed_off.size() > parts_.exchange.handed_off.capacity() / 4;
}

// Takes a burst from each of the other cores, so that none of them waits for another.
size_t PollLoop::poll_mesh() noexcept {
  size_t packets = 0;
  for (uint16_t from = 0; from < options_.cores; ++from) {
    if (from != options_.core) packets += poll_ring(from);
  }
  parts_.poll_counters.add(PollCounter::packets_steered_in, packets);
  return packets;
}

size_t PollLoop::poll_ring(uint16_t from) noexcept {
  std::array<SteeredPacket, MbufBurst::kMax> arrived;
  const size_t count = parts_.mesh.pop(from, options_.core, arrived);
  if (count == 0) return 0;
  for (size_t i = 0; i < count && i < kPrefetchAhead; ++i)
    rte_prefetch0(arrived[i].mbuf);
  uint32_t awaited = 0;
  for (size_t i = 0; i < count; ++i) {
    if (i + kPrefetchAhead < count) rte_prefetch0(arrived[i + kPrefetchAhead].mbuf);
    awaited += arrived[i].awaited ? 1 : 0;
    take_packet(arrived[i]);
  }
  finish_burst();
  if (awaited > 0) parts_.mesh.awaited.fetch_sub(awaited, std::memory_order_acq_rel);
  return count;
}

SteeredPacket PollLoop::received_packet(rte_mbuf& mbuf, const PolledQueue& queue) noexcept {
  parts_.poll_counters.add(PollCounter::rx_bytes, mbuf.pkt_len);
  if (mbuf.nb_segs > 1) parts_.poll_counters.add(PollCounter::packets_joined);
  return {.mbuf = &mbuf,
          .tick = tick_of(mbuf, queue),
          .link = queue.link,
          .use = queue.scan ? PacketUse::scan_received : PacketUse::tap};
}

Tick PollLoop::tick_of(const rte_mbuf& mbuf, const PolledQueue& queue) const noexcept {
  if (queue.packet_clock_ns == 0 || (mbuf.ol_flags & options_.timestamp.flag) == 0) {
    return loop_tick_;
  }
  const auto stamp =
      *RTE_MBUF_DYNFIELD(&mbuf, options_.timestamp.offset, const rte_mbuf_timestamp_t*);
  return flowtable::tick_from_ns(static_cast<int64_t>(stamp * queue.packet_clock_ns));
}

// Every packet ends among the views of this burst, among fragments that wait, with another core, or
// dropped and counted. All but those of other cores have their mbufs freed with the burst.
void PollLoop::take_packet(const SteeredPacket& packet) noexcept {
  if (burst_.full() || !linear_.has_room() || !parts_.intake.has_room()) finish_burst();
  if (packet.use != PacketUse::tap && take_as_scan(packet)) return;
  IntakeFrame frame = frame_of(packet);
  const PacketIntake::Result result = parts_.intake.take(frame, views_[num_views_]);
  if (result.fate == PacketIntake::Fate::elsewhere) {
    if (pass_on(result.core, packet, frame)) return;
  } else if (result.fate == PacketIntake::Fate::view) {
    ++num_views_;
    packet_tick_ = packet.tick;
  } else if (result.fate == PacketIntake::Fate::kept) {
    packet_tick_ = packet.tick;
  }
  burst_.add(packet.mbuf);
}

bool PollLoop::take_as_scan(const SteeredPacket& packet) noexcept {
  const flowtable::Bytes bytes = bytes_of(*packet.mbuf, linear_);
  if (packet.use == PacketUse::scan_received) {
    const ScanLane::Fate fate = parts_.scan->receive(packet, bytes, scan_tick_);
    if (fate == ScanLane::Fate::not_ours) return false;
    if (fate == ScanLane::Fate::passed_on) return true;
  } else {
    parts_.scan->take_steered(packet, bytes, scan_tick_);
  }
  burst_.add(packet.mbuf);
  return true;
}

IntakeFrame PollLoop::frame_of(const SteeredPacket& packet) noexcept {
  return {.link = packet.link,
          .bytes = bytes_of(*packet.mbuf, linear_),
          .meta = {packet.tick, packet.mbuf->pkt_len, options_.hash_seed},
          .joined_wire_bytes = packet.joined_wire_bytes,
          .joins = packet.joins};
}

bool PollLoop::pass_on(uint16_t core, const SteeredPacket& packet,
                       const IntakeFrame& frame) noexcept {
  SteeredPacket steered = packet;
  steered.use = PacketUse::tap;
  const bool is_new = frame.joins > packet.joins;
  if (is_new) {
    steered.mbuf = make_packet(*parts_.joined_pool, frame.bytes);
    steered.link = frame.link;
    steered.joins = frame.joins;
    steered.joined_wire_bytes = frame.joined_wire_bytes;
    if (steered.mbuf == nullptr) {
      parts_.counters.drops.add(DropReason::steering_pool_empty);
      return false;
    }
  }
  if (packet.awaited) parts_.mesh.awaited.fetch_add(1, std::memory_order_acq_rel);
  if (parts_.mesh.push(options_.core, core, steered)) {
    parts_.poll_counters.add(PollCounter::packets_steered_out);
    return !is_new;
  }
  if (packet.awaited) parts_.mesh.awaited.fetch_sub(1, std::memory_order_acq_rel);
  parts_.counters.drops.add(DropReason::steering_full);
  if (is_new) rte_pktmbuf_free_bulk(&steered.mbuf, 1);
  return false;
}

// Views borrow from the mbufs and from what was put together, so all of these end together.
void PollLoop::finish_burst() noexcept {
  parts_.path.accept(std::span(views_).first(num_views_));
  num_views_ = 0;
  burst_.free_all();
  linear_.clear();
  parts_.intake.end_burst();
}

void PollLoop::expire(const CorePlan& plan) noexcept {
  const Tick now = plan.packet_time ? packet_tick_ : loop_tick_;
  parts_.path.expire(now, plan.expire_budget);
  parts_.intake.expire(now, plan.expire_budget);
}

void PollLoop::leave() noexcept {
  while (waiting_begin_ != waiting_end_) {
    if (take_waiting() + poll_mesh() == 0) Idle::yield();
    parts_.ring.recycle();
  }
  if (options_.cores > 1) {
    for (uint32_t meeting = 1; meeting <= kHopsMax; ++meeting)
      meet(meeting);
  }
  parts_.intake.drain();
  parts_.path.drain();
}

// Waits for the others, and takes what they send meanwhile. When all are here nobody sends a packet
// for its `meeting`-th hop any more, and those that were sent are visible.
void PollLoop::meet(uint32_t meeting) noexcept {
  auto& meetings = parts_.stop.meetings;
  meetings.fetch_add(1, std::memory_order_acq_rel);
  while (meetings.load(std::memory_order_acquire) < meeting * options_.cores) {
    if (poll_mesh() == 0) Idle::yield();
    parts_.ring.recycle();
  }
  while (poll_mesh() != 0)
    parts_.ring.recycle();
}

}  // namespace dataplane
