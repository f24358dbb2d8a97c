// SPDX-License-Identifier: Apache-2.0
// When a capture has all that it will get, and what becomes of it then.
#include "dataplane/flow_summary_of.hpp"
#include "dataplane/handshake_path.hpp"

namespace dataplane {

using flowtable::CaptureEnd;
using flowtable::Flow;
using flowtable::FlowStage;
using flowtable::HandshakeCapture;
using flowtable::Side;
using flowtable::StreamAssembler;

namespace {

// No sender runs so far ahead of acknowledgements (a megabyte is more than most windows): where one
// direction has, and nothing has come of the other, the other passes somewhere else.
constexpr uint32_t kUnansweredBytesMax = 1 << 20;

bool is_heard_from_both(const Flow& flow) noexcept {
  return flow.packets[0].get() > 0 && flow.packets[1].get() > 0;
}

}  // namespace

bool HandshakePath::is_complete(const Following& at, Side side) noexcept {
  const Direction& direction = at.notes.directions[index_of(side)];
  if (direction.progress == Progress::complete) return true;
  if (!direction.scan.in_early_data()) return false;
  // Whether a second hello follows early data was settled when the server went on to encrypt; it
  // had then acknowledged the second hello, if there is one.
  const Direction& peer = at.notes.directions[index_of(other(side))];
  return peer.progress == Progress::complete && reaches(at, side, peer.final_ack);
}

bool HandshakePath::reaches(const Following& at, Side side, uint32_t seq) noexcept {
  const StreamAssembler& stream = at.capture.streams[index_of(side)];
  const uint32_t end = stream.base_seq() + static_cast<uint32_t>(stream.prefix().size());
  return seq_distance(seq, end) >= 0;
}

bool HandshakePath::has_ended(const Following& at, Side side, const PacketView& packet) noexcept {
  if (is_complete(at, side)) return true;
  const Direction& direction = at.notes.directions[index_of(side)];
  if (!direction.fin_seen) return false;
  if (direction.progress == Progress::following) return reaches(at, side, direction.fin_seq);
  // No TLS yet, and there will be none once all before the FIN has come: it may have overtaken
  // that.
  const uint32_t next_seq = at.flow.next_seq[index_of(side)];
  if (seq_distance(direction.fin_seq, next_seq) >= 0) return true;
  const Segment segment = Segment::of(packet);
  return packet.sender == side && segment.end_seq == direction.fin_seq &&
         seq_distance(next_seq, segment.seq) <= 0;
}

bool HandshakePath::is_one_sided(const Following& at, const PacketView& packet) noexcept {
  if (!is_complete(at, packet.sender)) return false;
  if (at.flow.packets[index_of(other(packet.sender))].get() > 0) return false;
  const StreamAssembler& stream = at.capture.streams[index_of(packet.sender)];
  return seq_distance(stream.base_seq() + kUnansweredBytesMax, packet.seq) > 0;
}

void HandshakePath::settle(const Following& at, const PacketView& packet) noexcept {
  // A reset ends nothing here: what the other side had sent by then is still under way. Such a flow
  // is closing, and its capture ends with that class's silence.
  const bool is_done = at.notes.is_proved && is_complete(at, Side::a) && is_complete(at, Side::b);
  if (is_done && waits_for_start(at, packet.tick)) return;
  if (is_done) {
    end(at.flow, CaptureEnd::handshake_done);
  } else if (has_ended(at, Side::a, packet) && has_ended(at, Side::b, packet)) {
    end(at.flow, CaptureEnd::closed);
  } else if (is_one_sided(at, packet)) {
    end(at.flow, CaptureEnd::timed_out);
  }
}

void HandshakePath::settle_dispute(const Flow& flow) noexcept {
  if (flow.stage() == FlowStage::capturing) notes_[flow.capture()].is_disputed = false;
}

bool HandshakePath::waits_for_other_leg(const Flow& flow) const noexcept {
  if (flow.stage() != FlowStage::capturing) return false;
  return !is_heard_from_both(flow) && notes_[flow.capture()].is_proved &&
         ring_.pool().num_free() > notes_.size() / 2;
}

void HandshakePath::end(Flow& flow, CaptureEnd end) noexcept {
  if (flow.stage() == FlowStage::probing) give_up(flow);
  if (flow.stage() != FlowStage::capturing) return;
  HandshakeCapture& capture = *ring_.pool().at(flow.capture());
  Notes& notes = notes_[flow.capture()];
  const bool is_unassured = queue_.is_unassured(flow.capture());
  queue_.remove(flow.capture());
  if (notes.is_proved && notes.is_disputed && !is_heard_from_both(flow)) {
    counters_.path.add(PathCounter::captures_disputed);
    ring_.release(capture);
  } else if (notes.is_proved && is_unassured && end == CaptureEnd::evicted &&
             ring_.pool().num_free() < notes_.size() / 4) {
    // A flood of forged hellos must not come back as a flood of sessions.
    counters_.drops.add(DropReason::unanswered_displaced);
    ring_.release(capture);
  } else if (notes.is_proved) {
    capture.flow = flow_summary_of(flow, options_.core);
    capture.opening = openings_.read(notes.opening, flow);
    for (const Side side : {Side::a, Side::b})
      close_stream({flow, capture, notes}, side);
    if (capture.stream(Side::a).empty() && capture.stream(Side::b).empty()) {
      // A hello stood behind a hole, and what filled the hole says that it was none.
      counters_.path.add(PathCounter::captures_disputed);
      ring_.release(capture);
    } else {
      ring_.hand_off(capture, end);
    }
  } else {
    counters_.path.add(PathCounter::captures_not_tls);
    counters_.path.add(PathCounter::flows_not_tls);
    ring_.release(capture);
  }
  flow.capture() = notes.opening;
  finish(flow);
}

void HandshakePath::close_stream(const Following& at, Side side) const noexcept {
  StreamAssembler& stream = at.capture.streams[index_of(side)];
  if (!stream.started()) return;
  // What was lost may have been another hello, or other words: a hello behind it is worth more than
  // nothing.
  if (is_start_late(at, side)) {
    stream.move_start(*at.notes.directions[index_of(side)].early_hello);
  } else if (flowtable::RecordScan::could_start_tls(stream.behind_hole())) {
    stream.skip_hole();
  }
  // Where a direction began may have been learned long after its TLS was found.
  at.capture.plaintext_before[index_of(side)] = bytes_before(at.flow, side, stream.base_seq());
}

void HandshakePath::give_up(Flow& flow) noexcept {
  counters_.path.add(PathCounter::flows_not_tls);
  finish(flow);
}

void HandshakePath::finish(Flow& flow) noexcept {
  openings_.release(flow.capture(), flow);
  flow.capture() = Flow::kNone;
  flow.set_stage(FlowStage::finished);
}

}  // namespace dataplane
