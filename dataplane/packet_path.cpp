// SPDX-License-Identifier: Apache-2.0
#include "dataplane/packet_path.hpp"

#include "dataplane/hello_search.hpp"
#include "dataplane/segment.hpp"

#include <algorithm>
#include <array>

namespace dataplane {

using flowtable::CaptureEnd;
using flowtable::Flow;
using flowtable::FlowClass;
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

bool has_moved_data(const Flow& flow, Side side) noexcept {
  return is_known(flow, side) && flow.next_seq[index_of(side)] != flow.isn[index_of(side)] + 1;
}

// A SYN that cannot be the flow's own: the ports are used again (RFC 9293 section 3.4.3).
bool begins_anew(const Flow& flow, const PacketView& packet) noexcept {
  if ((packet.tcp_flags & TcpFlags::kSyn) == 0) return false;
  const Side sender = packet.sender;
  // The flow's own SYN again. One that comes as the first packet of its side is late, not new.
  if (is_known(flow, sender) && flow.isn[index_of(sender)] == packet.seq) return false;
  if (is_ending(tcp_state_of(flow))) return true;
  if (!is_known(flow, sender)) return false;
  if (tcp_event_of(packet.tcp_flags) == TcpEvent::syn_ack) {
    // It answers the SYN that this flow began with.
    const bool answers =
        is_start_known(flow, other(sender)) && packet.ack == flow.isn[index_of(other(sender))] + 1;
    if (answers) return false;
  }
  return has_moved_data(flow, Side::a) || has_moved_data(flow, Side::b);
}

// What a packet says of sequence numbers, before it is counted.
void learn_sequence(Flow& flow, const PacketView& packet) noexcept {
  const size_t side = index_of(packet.sender);
  const bool is_syn = (packet.tcp_flags & TcpFlags::kSyn) != 0;
  const uint32_t first_seq = Segment::of(packet).seq;
  const bool another_try = is_syn && flow.isn[side] + 1 != first_seq;
  if (!is_known(flow, packet.sender) || another_try) {
    flow.isn[side] = first_seq - 1;
    flow.next_seq[side] = first_seq;
  }
  if (!is_syn || ((flow.tcp_flags[0] | flow.tcp_flags[1]) & TcpFlags::kSyn)) return;
  // The first SYN of the flow says who asked, also where other packets came earlier.
  const bool is_answer = tcp_event_of(packet.tcp_flags) == TcpEvent::syn_ack;
  const Side asked_by = is_answer ? other(packet.sender) : packet.sender;
  flow.originator.set(asked_by);
  if (is_answer && !is_known(flow, asked_by)) {
    flow.isn[index_of(asked_by)] = packet.ack - 1;
    flow.next_seq[index_of(asked_by)] = packet.ack;
  }
}

void count(Flow& flow, const PacketView& packet) noexcept {
  const size_t side = index_of(packet.sender);
  flow.last_seen_ns.set(flowtable::ns_since_epoch(packet.tick));
  flow.packets[side].add(1);
  flow.bytes[side].add(packet.wire_bytes);
  flow.tcp_flags[side] |= packet.tcp_flags;
}

// Only payload moves a direction on: the numbers of bare ACKs and RSTs may belong to an older
// connection, whose end this one's SYN has run into.
void move_on(Flow& flow, const PacketView& packet) noexcept {
  if (packet.payload.empty()) return;
  uint32_t& next_seq = flow.next_seq[index_of(packet.sender)];
  const uint32_t end_seq = Segment::of(packet).end_seq;
  if (seq_distance(next_seq, end_seq) > 0) next_seq = end_seq;
}

FlowClass class_of(TcpState state, FlowStage stage) noexcept {
  if (is_ending(state)) return FlowClass::closing;
  if (stage == FlowStage::capturing) return FlowClass::handshaking;
  // A SYN-ACK alone makes no flow worth more: under a SYN flood a busy server sends many.
  if (state < TcpState::established) return FlowClass::embryonic;
  return stage == FlowStage::finished ? FlowClass::established : FlowClass::handshaking;
}

}  // namespace

PacketPath::PacketPath(const PathOptions& options, FlowTable& table, HandoffRing& ring,
                       CoreCounters& counters)
    : options_(options),
      table_(table),
      ring_(ring),
      counters_(counters),
      handshakes_(options, ring, counters),
      datagrams_(options, table, ring, counters) {}

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
  table_.find(std::span(lookups).first(burst.size()));
  inserted_ = false;
  erased_ = false;
  for (size_t i = 0; i < burst.size(); ++i)
    follow(burst[i], lookups[i].flow);
}

void PacketPath::follow(const PacketView& packet, Flow* flow) noexcept {
  // An earlier packet of the burst may have changed what the lookup found.
  if (flow == nullptr ? inserted_ : erased_) flow = table_.find(packet.key, packet.hash);
  if (packet.key.protocol() == kUdp) return follow_datagram(packet, flow);
  if (flow != nullptr && outlived(*flow, packet)) flow = nullptr;
  if (flow == nullptr) flow = begin(packet);
  if (flow == nullptr) return;

  learn_sequence(*flow, packet);
  count(*flow, packet);
  if (flow->stage.get() != FlowStage::finished) handshakes_.follow(*flow, packet);
  move_on(*flow, packet);
  advance_state(*flow, packet);
}

bool PacketPath::outlived(Flow& flow, const PacketView& packet) noexcept {
  if (table_.is_expired(flow, packet.tick)) {
    counters_.path.add(PathCounter::flows_expired);
    erase(flow, end_of_silence(flow));
    return true;
  }
  if (begins_anew(flow, packet)) {
    counters_.path.add(PathCounter::flows_port_reused);
    erase(flow, CaptureEnd::port_reused);
    return true;
  }
  return false;
}

Flow* PacketPath::begin(const PacketView& packet) noexcept {
  const TcpEvent event = tcp_event_of(packet.tcp_flags);
  const bool is_start = event == TcpEvent::syn || event == TcpEvent::syn_ack;
  // What is left of connections that are over, and the ACKs of those that never sent a byte here.
  if (!is_start && (packet.payload.empty() || event == TcpEvent::rst)) {
    counters_.path.add(PathCounter::packets_stray);
    return nullptr;
  }
  Flow* const flow =
      make_room(packet) ? table_.insert(packet.key, packet.hash, packet.tick) : nullptr;
  if (flow == nullptr) {
    counters_.drops.add(DropReason::flow_table_full);
    // Nothing is kept of this flow, so that a hello sent again counts again.
    if (begins_with_client_hello(packet.payload)) {
      counters_.path.add(PathCounter::hellos_refused);
    }
    return nullptr;
  }
  inserted_ = true;
  flow->originator.set(event == TcpEvent::syn_ack ? other(packet.sender) : packet.sender);
  flow->probes_left = {options_.probes_max, options_.probes_max};
  counters_.path.add(PathCounter::flows_created);
  if (!is_start) counters_.path.add(PathCounter::flows_midstream);
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
  const flowtable::Room room = table_.must_leave(packet.hash);
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
  if (flow.load_key().protocol() == kUdp) return datagrams_.end(flow, end);
  handshakes_.end(flow, end);
}

void PacketPath::advance_state(Flow& flow, const PacketView& packet) noexcept {
  const TcpState before = tcp_state_of(flow);
  const TcpRole role =
      packet.sender == flow.originator.get() ? TcpRole::originator : TcpRole::responder;
  const TcpState state = next_tcp_state(before, role, tcp_event_of(packet.tcp_flags));
  if (state != before) flow.tcp_state.set(static_cast<uint8_t>(state));
  const FlowClass flow_class = class_of(state, flow.stage.get());
  if (flow_class != flow.flow_class.get()) table_.set_class(flow, flow_class);
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
