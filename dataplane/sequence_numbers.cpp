// SPDX-License-Identifier: Apache-2.0
#include "dataplane/sequence_numbers.hpp"

#include "dataplane/hello_search.hpp"
#include "flowtable/stream_scan.hpp"

#include <limits>

namespace dataplane {

using flowtable::Flow;
using flowtable::FlowStage;
using flowtable::Side;
using flowtable::tcp_event_of;
using flowtable::TcpEvent;

namespace {

bool has_flag(const PacketView& packet, uint8_t flag) noexcept {
  return (packet.tcp_flags & flag) != 0;
}

bool has_sent_syn(const Flow& flow, Side side) noexcept {
  return (flow.tcp_flags(index_of(side)) & TcpFlags::kSyn) != 0;
}

// `seq` lies at `start` or a little before it.
bool is_just_before(uint32_t seq, uint32_t start) noexcept {
  return start - seq <= kWindowMax;
}

// `ack` lies among what `side` has sent, from its SYN on.
bool acknowledges(const Flow& flow, Side side, uint32_t ack) noexcept {
  const uint32_t first = flow.details().isn[index_of(side)] + 1;
  return ack - first <= flow.next_seq[index_of(side)] - first;
}

// A direction that was met on its way, or of which only an acknowledgement told (which may count
// bytes of the SYN, RFC 7413): this SYN may be the one before what was seen.
bool is_late_start(const Flow& flow, const PacketView& packet) noexcept {
  return !has_sent_syn(flow, packet.sender) &&
         is_just_before(packet.seq, flow.details().isn[index_of(packet.sender)]);
}

// Nobody has answered, and no byte has moved.
bool is_unanswered(const Flow& flow, Side asked_by) noexcept {
  return !has_sent_syn(flow, other(asked_by)) && !has_moved_data(flow, Side::a) &&
         !has_moved_data(flow, Side::b);
}

SynFit fit_of_answer(const Flow& flow, const PacketView& packet) noexcept {
  const Side sender = packet.sender, peer = other(sender);
  if (is_start_known(flow, peer)) {
    // A responder may have tried several times; not once its bytes count from an earlier try.
    const bool counts_otherwise = has_sent_syn(flow, sender) && has_moved_data(flow, sender);
    return acknowledges(flow, peer, packet.ack) && !counts_otherwise ? SynFit::own
                                                                     : SynFit::foreign;
  }
  if (is_known(flow, sender) && !is_late_start(flow, packet)) return SynFit::foreign;
  const bool continues =
      !is_known(flow, peer) || is_just_before(packet.ack, flow.details().isn[index_of(peer)] + 1);
  return continues ? SynFit::own : SynFit::foreign;
}

}  // namespace

bool has_moved_data(const Flow& flow, Side side) noexcept {
  return is_known(flow, side) &&
         flow.next_seq[index_of(side)] != flow.details().isn[index_of(side)] + 1;
}

SynFit fit_of_syn(const Flow& flow, const PacketView& packet) noexcept {
  const Side sender = packet.sender;
  const bool known = is_known(flow, sender);
  if (known && flow.details().isn[index_of(sender)] == packet.seq) return SynFit::own;
  if (tcp_event_of(packet.tcp_flags) == TcpEvent::syn_ack) return fit_of_answer(flow, packet);
  // The first packet of its side is late, unless the other side has asked already: who is asked
  // answers with SYN-ACK, also where both ask at once (RFC 9293 section 3.5).
  if (!known) return has_sent_syn(flow, other(sender)) ? SynFit::foreign : SynFit::own;
  if (is_late_start(flow, packet)) return SynFit::own;
  return is_unanswered(flow, sender) ? SynFit::another_try : SynFit::foreign;
}

bool is_foreign_hello(const Flow& flow, const PacketView& packet) noexcept {
  if (packet.payload.size() < kHelloBytesMin || !is_known(flow, packet.sender)) return false;
  const uint32_t next_seq = flow.next_seq[index_of(packet.sender)];
  const uint32_t seq = Segment::of(packet).seq;
  // The flow's own hello once more, while it has gone on far.
  const bool is_old = seq - flow.details().isn[index_of(packet.sender)] <= kWindowMax;
  return !is_old && seq_gap(next_seq, seq) > kWindowMax &&
         flowtable::StreamScan::could_start(packet.payload, false);
}

uint32_t distance_from(const Flow& flow, const PacketView& packet) noexcept {
  const Side peer = other(packet.sender);
  if (is_known(flow, packet.sender)) {
    return seq_gap(flow.next_seq[index_of(packet.sender)], packet.seq);
  }
  if (has_flag(packet, TcpFlags::kAck) && is_known(flow, peer)) {
    return seq_gap(flow.next_seq[index_of(peer)], packet.ack);
  }
  return std::numeric_limits<uint32_t>::max();
}

bool is_believable_end(const Flow& flow, const PacketView& packet) noexcept {
  if (has_flag(packet, TcpFlags::kRst)) return distance_from(flow, packet) <= kWindowMax;
  // Whatever follows a handshake may have been seen in part only, and a FIN takes nothing from it.
  if (!has_flag(packet, TcpFlags::kFin) || flow.stage() == FlowStage::finished) return true;
  return !is_known(flow, packet.sender) || distance_from(flow, packet) <= kWindowMax;
}

bool agrees_with_peer(const Flow& flow, const PacketView& packet) noexcept {
  const Side peer = other(packet.sender);
  return has_flag(packet, TcpFlags::kAck) && flow.packets[index_of(peer)].get() > 0 &&
         acknowledges(flow, peer, packet.ack);
}

void learn_start(Flow& flow, const PacketView& packet) noexcept {
  const size_t side = index_of(packet.sender);
  const bool is_syn = has_flag(packet, TcpFlags::kSyn);
  const uint32_t first_seq = Segment::of(packet).seq;
  const bool another_start = is_syn && flow.details().isn[side] + 1 != first_seq;
  if (!is_known(flow, packet.sender) || another_start) {
    const bool is_late = is_known(flow, packet.sender) && is_late_start(flow, packet);
    flow.details().isn[side] = first_seq - 1;
    if (!is_late || flow.packets[side].get() == 0) flow.next_seq[side] = first_seq;
  }
  if (!is_syn) return;
  const bool is_answer = tcp_event_of(packet.tcp_flags) == TcpEvent::syn_ack;
  const Side asked_by = is_answer ? other(packet.sender) : packet.sender;
  const size_t asked = index_of(asked_by);
  if (is_answer && !is_known(flow, asked_by)) {
    flow.details().isn[asked] = packet.ack - 1;
    flow.next_seq[asked] = packet.ack;
  }
  // The first SYN of the flow says who asked, also where other packets came earlier.
  if (((flow.tcp_flags(0) | flow.tcp_flags(1)) & TcpFlags::kSyn) == 0) {
    flow.set_originator(asked_by);
  }
}

}  // namespace dataplane
