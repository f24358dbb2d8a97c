// SPDX-License-Identifier: Apache-2.0
#include "dataplane/packet_path.hpp"

#include "dataplane/hello_search.hpp"
#include "dataplane/segment.hpp"
#include "dataplane/sequence_numbers.hpp"

#include <algorithm>
#include <array>

namespace dataplane {

using flowtable::CaptureEnd;
using flowtable::Flow;
using flowtable::FlowClass;
using flowtable::FlowKey;
using flowtable::FlowLookup;
using flowtable::FlowStage;
using flowtable::FlowTable;
using flowtable::Side;
using flowtable::tcp_event_of;
using flowtable::TcpEvent;
using flowtable::TcpRole;
using flowtable::TcpState;
using flowtable::Tick;

namespace {

constexpr uint8_t kUdp = 17;

// That many connections do not open at one time unless most come to nothing.
constexpr uint32_t kCrowdShare = 16;
constexpr uint32_t kCrowdLeast = 4096;

void count(Flow& flow, const PacketView& packet) noexcept {
  const size_t side = index_of(packet.sender);
  flow.last_seen_ns.set(flowtable::ns_since_epoch(packet.tick));
  flow.count(side, packet.wire_bytes, packet.tcp_flags);
}

FlowClass class_of(const Flow& flow, TcpState state) noexcept {
  const FlowStage stage = flow.stage();
  if (is_ending(state)) return FlowClass::closing;
  if (stage == FlowStage::capturing) return FlowClass::handshaking;
  // A SYN-ACK alone makes no flow worth more: under a SYN flood a busy server sends many. Nor do
  // packets of one side that have shown nothing: anybody can make these up.
  const bool one_sided = flow.packets[0].get() == 0 || flow.packets[1].get() == 0;
  const bool unassured = one_sided && stage == FlowStage::probing;
  if (state < TcpState::established || unassured) return FlowClass::embryonic;
  return stage == FlowStage::finished ? FlowClass::established : FlowClass::handshaking;
}

}  // namespace

PacketPath::PacketPath(const PathOptions& options, FlowTable& table, HandoffRing& ring,
                       CoreCounters& counters)
    : options_(options),
      table_(table),
      ring_(ring),
      counters_(counters),
      handshakes_(options, table, ring, counters),
      datagrams_(options, table, ring, counters),
      syns_(options.syns_max),
      crowd_(std::max(table.flows_max() / kCrowdShare, kCrowdLeast)) {}

void PacketPath::accept(std::span<const PacketView> burst) noexcept {
  while (!burst.empty()) {
    const size_t count = std::min(burst.size(), FlowTable::kBurstMax);
    accept_one_burst(burst.first(count));
    burst = burst.subspan(count);
  }
}

void PacketPath::accept_one_burst(std::span<const PacketView> burst) noexcept {
  ring_.recycle();
  std::array<FlowLookup, FlowTable::kBurstMax> lookups;
  uint64_t wire_bytes = 0;
  for (size_t i = 0; i < burst.size(); ++i) {
    lookups[i] = {&burst[i].key, burst[i].hash, nullptr};
    wire_bytes += burst[i].wire_bytes;
  }
  counters_.path.add(PathCounter::packets, burst.size());
  counters_.path.add(PathCounter::wire_bytes, wire_bytes);
  expect_syns(burst);
  table_.find(std::span(lookups).first(burst.size()));
  expect_rest(burst, lookups);
  inserted_ = false;
  erased_ = false;
  for (size_t i = 0; i < burst.size(); ++i)
    follow(burst[i], lookups[i].flow);
}

void PacketPath::expect_syns(std::span<const PacketView> burst) const noexcept {
  const bool crowded = is_crowded();
  size_t newcomers = 0;
  for (const PacketView& packet : burst) {
    if ((packet.tcp_flags & TcpFlags::kSyn) == 0) continue;
    if (crowded) {
      syns_.prefetch(packet.hash);
    } else {
      handshakes_.expect(packet);
      ++newcomers;
    }
  }
  if (newcomers > 0) table_.prefetch_leavers(newcomers);
}

void PacketPath::expect_rest(std::span<const PacketView> burst,
                             std::span<const FlowLookup> lookups) const noexcept {
  bool any_unfinished = false;
  for (size_t i = 0; i < burst.size(); ++i) {
    const Flow* const flow = lookups[i].flow;
    if (flow == nullptr) {
      // Of those without a flow, most that begin one.
      const bool begins = (burst[i].tcp_flags & TcpFlags::kSyn) != 0;
      if (begins) table_.prefetch_place(burst[i].hash);
      if (syns_.in_use()) syns_.prefetch(burst[i].hash);
    } else if (flow->stage() != FlowStage::finished) {
      any_unfinished = true;
      __builtin_prefetch(&flow->details());
      __builtin_prefetch(&flow->capture());
    }
  }
  if (!any_unfinished) return;
  for (size_t i = 0; i < burst.size(); ++i)
    if (lookups[i].flow != nullptr) handshakes_.expect(*lookups[i].flow, burst[i]);
}

void PacketPath::follow(const PacketView& packet, Flow* flow) noexcept {
  // An earlier packet of the burst may have changed what the lookup found.
  if (flow == nullptr ? inserted_ : erased_) flow = table_.find(packet.key, packet.hash);
  if (packet.key.protocol() == kUdp) return follow_datagram(packet, flow);
  if (flow != nullptr && end_if_expired(*flow, packet)) flow = nullptr;
  // While two connections claim the same ports somewhere, only what fits exactly asks no question.
  const bool no_question =
      flow != nullptr && is_ordinary(*flow, packet) &&
      (num_disputed_ == 0 || packet.seq == flow->next_seq[index_of(packet.sender)]);
  if (no_question) {
    take_in(*flow, packet);
  } else {
    follow_question(packet, flow);
  }
}

void PacketPath::take_in(Flow& flow, const PacketView& packet) noexcept {
  learn_sequence(flow, packet);
  count(flow, packet);
  if (flow.stage() != FlowStage::finished) handshakes_.follow(flow, packet);
  move_on(flow, packet);
  advance_state(flow, packet);
}

bool PacketPath::end_if_expired(Flow& flow, const PacketView& packet) noexcept {
  if (!table_.is_expired(flow, packet.tick)) return false;
  counters_.path.add(PathCounter::flows_expired);
  erase(flow, end_of_silence(flow));
  return true;
}

Flow* PacketPath::begin(const PacketView& packet) noexcept {
  if (syns_.in_use()) {
    Flow* const flow = begin_from_cache(packet);
    if (flow != nullptr) return flow;
  }
  if (is_crowded() && may_wait(packet)) {
    cache_syn(packet);
    return nullptr;
  }
  const TcpEvent event = tcp_event_of(packet.tcp_flags);
  const bool is_start = event == TcpEvent::syn || event == TcpEvent::syn_ack;
  // What is left of connections that are over, and the ACKs of those that never sent a byte here.
  if (!is_start && (packet.payload.empty() || event == TcpEvent::rst)) {
    counters_.path.add(PathCounter::packets_stray);
    return nullptr;
  }
  Flow* const flow = insert(packet, event);
  // Nothing is kept of this flow, so that a hello sent again counts again.
  if (flow == nullptr && begins_with_client_hello(packet.payload)) {
    counters_.path.add(PathCounter::hellos_refused);
  }
  if (flow != nullptr && !is_start) counters_.path.add(PathCounter::flows_midstream);
  return flow;
}

Flow* PacketPath::insert(const PacketView& packet, TcpEvent event) noexcept {
  Flow* const flow =
      make_room(packet) ? table_.insert(packet.key, packet.hash, packet.tick) : nullptr;
  if (flow == nullptr) {
    counters_.drops.add(DropReason::flow_table_full);
    return nullptr;
  }
  inserted_ = true;
  flow->set_originator(event == TcpEvent::syn_ack ? other(packet.sender) : packet.sender);
  for (const Side side : {Side::a, Side::b})
    flow->set_probes_left(index_of(side), options_.probes_max);
  counters_.path.add(PathCounter::flows_created);
  return flow;
}

void PacketPath::follow_datagram(const PacketView& packet, Flow* flow) noexcept {
  if (flow != nullptr && datagram_outlived(*flow, packet)) flow = nullptr;
  if (flow == nullptr) flow = begin_datagrams(packet);
  if (flow == nullptr) return;
  count(*flow, packet);
  datagrams_.follow(*flow, packet);
}

bool PacketPath::datagram_outlived(Flow& flow, const PacketView& packet) noexcept {
  if (table_.is_expired(flow, packet.tick)) {
    counters_.path.add(PathCounter::flows_expired);
    erase(flow, CaptureEnd::timed_out);
    return true;
  }
  if (DatagramPath::begins_anew(flow, packet)) {
    counters_.path.add(PathCounter::flows_port_reused);
    erase(flow, CaptureEnd::port_reused);
    return true;
  }
  return false;
}

Flow* PacketPath::begin_datagrams(const PacketView& packet) noexcept {
  if (!datagrams_.begins(packet)) return nullptr;
  Flow* const flow =
      make_room(packet) ? table_.insert(packet.key, packet.hash, packet.tick) : nullptr;
  if (flow == nullptr) {
    counters_.drops.add(DropReason::flow_table_full);
    return nullptr;
  }
  inserted_ = true;
  counters_.path.add(PathCounter::flows_created);
  datagrams_.begin(*flow, packet);
  return flow;
}

bool PacketPath::make_room(const PacketView& packet) noexcept {
  const flowtable::Room room = table_.must_leave(packet.hash, packet.tick);
  if (room.refused) return false;
  if (room.evict != nullptr) {
    counters_.path.add(PathCounter::flows_evicted);
    erase(*room.evict, CaptureEnd::evicted);
  }
  return true;
}

void PacketPath::erase(Flow& flow, CaptureEnd end) noexcept {
  end_capture(flow, end);
  table_.erase(flow);
  erased_ = true;
}

void PacketPath::end_capture(Flow& flow, CaptureEnd end) noexcept {
  if (flow.protocol() == kUdp) return datagrams_.end(flow, end);
  handshakes_.end(flow, end);
  if (flow.is_next_incarnation()) --num_disputed_;
}

void PacketPath::advance_state(Flow& flow, const PacketView& packet) noexcept {
  const TcpState before = tcp_state_of(flow);
  const TcpEvent event = tcp_event_of(packet.tcp_flags);
  // What nearly every packet is.
  const bool goes_on = before == TcpState::established && event == TcpEvent::segment;
  if (goes_on && flow.flow_class() == FlowClass::established) return;
  const TcpRole role =
      packet.sender == flow.originator() ? TcpRole::originator : TcpRole::responder;
  const TcpState state = goes_on ? before : next_tcp_state(before, role, event);
  if (state != before) {
    flow.set_tcp_state(static_cast<uint8_t>(state));
    if (state >= TcpState::closing) handshakes_.forget_opening(flow);
  }
  const FlowClass flow_class = is_ending(state) && handshakes_.waits_for_other_leg(flow)
                                   ? FlowClass::handshaking
                                   : class_of(flow, state);
  if (flow_class != flow.flow_class()) table_.set_class(flow, flow_class);
}

size_t PacketPath::expire(Tick now, size_t budget) noexcept {
  ring_.recycle();
  return table_.expire(now, budget, [this](Flow& flow) {
    counters_.path.add(PathCounter::flows_expired);
    end_capture(flow, end_of_silence(flow));
  });
}

void PacketPath::drain() noexcept {
  table_.erase_all([this](Flow& flow) {
    counters_.path.add(PathCounter::flows_drained);
    end_capture(flow, CaptureEnd::drained);
  });
}

CaptureEnd PacketPath::end_of_silence(const Flow& flow) const noexcept {
  // A side that has said goodbye has ended it, even where the other was never heard.
  return is_ending(tcp_state_of(flow)) ? CaptureEnd::closed : CaptureEnd::timed_out;
}

}  // namespace dataplane
