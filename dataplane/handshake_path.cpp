// SPDX-License-Identifier: Apache-2.0
#include "dataplane/handshake_path.hpp"

#include "dataplane/flow_summary_of.hpp"

#include <algorithm>
#include <optional>

namespace dataplane {

using flowtable::CaptureEnd;
using flowtable::Flow;
using flowtable::FlowStage;
using flowtable::HandshakeCapture;
using flowtable::ScanVerdict;
using flowtable::SegmentFate;
using flowtable::Side;
using flowtable::StreamAssembler;
using flowtable::Tick;

namespace {

// Ticks of a file may hold anything; a step back is no silence.
bool is_later_by(Tick now, Tick then, flowtable::TickSpan span) noexcept {
  const auto passed = static_cast<uint64_t>(flowtable::ns_since_epoch(now)) -
                      static_cast<uint64_t>(flowtable::ns_since_epoch(then));
  return now > then && passed > static_cast<uint64_t>(span.count());
}

uint32_t bytes_before(const Flow& flow, Side side, uint32_t seq) noexcept {
  if (!is_known(flow, side)) return 0;
  return static_cast<uint32_t>(std::max(0, seq_distance(flow.isn[index_of(side)] + 1, seq)));
}

// No sender runs so far ahead of acknowledgements (a megabyte is more than most windows): where one
// direction has, and nothing has come of the other, the other passes somewhere else.
constexpr uint32_t kUnansweredBytesMax = 1 << 20;

// Where the other side's TLS must start, when `packet` has shown that this side's has. A client's
// hello acknowledges all that the server said before TLS, and nothing of TLS: right even where the
// server's packets take a longer way to us. A server's hello acknowledges the client's, so that one
// lies between what has come of it and the acknowledged byte, if it has not been seen by now.
std::optional<uint32_t> start_of_peer(const Flow& flow, const PacketView& packet,
                                      bool peer_is_client) noexcept {
  const Side peer = other(packet.sender);
  const uint32_t next_seq = flow.next_seq[index_of(peer)];
  const bool has_ack = (packet.tcp_flags & TcpFlags::kAck) != 0;
  if (!peer_is_client) {
    if (has_ack) return packet.ack;
    return is_known(flow, peer) ? std::optional(next_seq) : std::nullopt;
  }
  if (!has_ack || !is_known(flow, peer)) return std::nullopt;
  const int32_t unseen = seq_distance(next_seq, packet.ack);
  return unseen > 0 && unseen <= kAheadMax ? std::optional(next_seq) : std::nullopt;
}

bool is_heard_from_both(const Flow& flow) noexcept {
  return flow.packets[0].get() > 0 && flow.packets[1].get() > 0;
}

}  // namespace

HandshakePath::HandshakePath(const PathOptions& options, HandoffRing& ring, CoreCounters& counters)
    : options_(options), ring_(ring), counters_(counters), notes_(ring.pool().num_free()) {}

void HandshakePath::follow(Flow& flow, const PacketView& packet) noexcept {
  if (flow.stage.get() == FlowStage::probing) probe(flow, packet);
  if (flow.stage.get() == FlowStage::capturing) capture_packet(flow, packet);
}

void HandshakePath::probe(Flow& flow, const PacketView& packet) noexcept {
  const std::optional<StreamStart> start = look_for_start(flow, Segment::of(packet));
  if (start.has_value()) {
    begin_capture(flow, packet, *start);
  } else if (is_spent(flow, packet)) {
    give_up(flow);
  }
}

std::optional<StreamStart> HandshakePath::look_for_start(Flow& flow,
                                                         const Segment& segment) noexcept {
  uint8_t& probes_left = flow.probes_left[index_of(segment.sender)];
  if (segment.payload.empty()) return std::nullopt;
  const std::optional<Segment> part = new_part(flow, segment);
  if (!part.has_value()) return std::nullopt;
  // A side that has talked much, while the other has not, is only asked for its first bytes.
  if (probes_left == 0) {
    const bool begins = part->payload.size() >= kHelloBytesMin &&
                        flowtable::RecordScan::could_start_tls(part->payload);
    return begins ? find_stream_start(flow, *part) : std::nullopt;
  }
  --probes_left;
  counters_.path.add(PathCounter::payloads_probed);
  counters_.path.add(PathCounter::payload_bytes_probed, part->payload.size());
  return find_stream_start(flow, *part);
}

bool HandshakePath::is_spent(const Flow& flow, const PacketView& packet) const noexcept {
  if (flow.probes_left[0] == 0 && flow.probes_left[1] == 0) return true;
  if (packet.payload.empty()) return false;
  const uint32_t end_seq = Segment::of(packet).end_seq;
  return bytes_before(flow, packet.sender, end_seq) > options_.probe_bytes_max;
}

void HandshakePath::begin_capture(Flow& flow, const PacketView& packet,
                                  const StreamStart& start) noexcept {
  HandshakeCapture* const capture = ring_.acquire();
  if (capture == nullptr) {
    flow.stage.set(FlowStage::finished);
    return;
  }
  counters_.path.add(PathCounter::captures_started);
  flow.capture = capture->pool_slot;
  flow.stage.set(FlowStage::capturing);
  Notes& notes = notes_[capture->pool_slot];
  notes = Notes{};
  notes.last_progress = packet.tick;
  notes.is_disputed = flowtable::FlowKey::is_next_incarnation(packet.key.words.back());
  for (size_t side = 0; side < notes.directions.size(); ++side) {
    notes.directions[side].fin_seen = (flow.tcp_flags[side] & TcpFlags::kFin) != 0;
    notes.directions[side].fin_seq = flow.next_seq[side];
  }
  start_stream({flow, *capture, notes}, packet.sender, start);
}

void HandshakePath::start_stream(const Following& at, Side side,
                                 const StreamStart& start) noexcept {
  ring_.pool().start_stream(at.capture, side, start.client, start.seq);
  at.capture.plaintext_before[index_of(side)] = bytes_before(at.flow, side, start.seq);
  Direction& direction = at.notes.directions[index_of(side)];
  direction.scan = {};
  direction.progress = Progress::following;
}

void HandshakePath::capture_packet(Flow& flow, const PacketView& packet) noexcept {
  const Following at{flow, *ring_.pool().at(flow.capture), notes_[flow.capture]};
  if (is_later_by(packet.tick, at.notes.last_progress, options_.handshake_timeout)) {
    end(flow, CaptureEnd::timed_out);
    return;
  }
  const Segment segment = Segment::of(packet);
  if (packet.tcp_flags & TcpFlags::kFin) {
    Direction& direction = at.notes.directions[index_of(packet.sender)];
    direction.fin_seen = true;
    direction.fin_seq = segment.end_seq;
  }
  if (!segment.payload.empty()) {
    if (add(at, segment, packet) == Outcome::not_tls) {
      if (!search_again(at, packet.sender)) return;
      // The last words of the dialogue may share this segment with a hello.
      if (add(at, segment, packet) == Outcome::not_tls) (void)search_again(at, packet.sender);
    }
  }
  settle(at, packet);
}

HandshakePath::Outcome HandshakePath::add(const Following& at, const Segment& segment,
                                          const PacketView& packet) noexcept {
  Direction& direction = at.notes.directions[index_of(segment.sender)];
  if (direction.progress == Progress::searching) {
    const std::optional<StreamStart> start = look_for_start(at.flow, segment);
    if (start.has_value()) start_stream(at, segment.sender, *start);
  }
  if (direction.progress != Progress::following) return Outcome::goes_on;
  restart_at_hello(at, segment);
  make_room(at, segment);

  StreamAssembler& stream = at.capture.streams[index_of(segment.sender)];
  const SegmentFate fate = stream.insert(segment.seq, segment.payload);
  if (fate == SegmentFate::holes_full) counters_.drops.add(DropReason::segment_holes_full);
  if (fate == SegmentFate::appended) {
    at.notes.last_progress = packet.tick;
    direction.scan.advance(stream.prefix());
    if (direction.scan.saw_hello() && !at.notes.is_tls) prove_tls(at, packet);
  }
  if (direction.scan.verdict() == ScanVerdict::not_tls) return Outcome::not_tls;
  const bool is_cut = stream.truncated() && stream.prefix().size() == stream.capacity();
  if (direction.scan.verdict() == ScanVerdict::finished || is_cut) {
    direction.progress = Progress::complete;
    direction.final_ack = packet.ack;
    if (is_cut) counters_.path.add(PathCounter::captures_cut);
  }
  // A hole that is not filled while the rest goes on is not waited for, unless this is TLS.
  const bool beyond_end =
      fate == SegmentFate::holes_full || stream.truncated() ||
      seq_distance(stream.base_seq() + static_cast<uint32_t>(stream.capacity()), segment.seq) >= 0;
  return beyond_end && !at.notes.is_tls ? Outcome::not_tls : Outcome::goes_on;
}

void HandshakePath::restart_at_hello(const Following& at, const Segment& segment) noexcept {
  // Nothing has come in order since the start that was assumed: a whole hello elsewhere says where
  // it really is.
  const StreamAssembler& stream = at.capture.streams[index_of(segment.sender)];
  if (!stream.prefix().empty() || segment.seq == stream.base_seq()) return;
  if (segment.payload.size() < kHelloBytesMin) return;
  if (!flowtable::RecordScan::could_start_tls(segment.payload)) return;
  flowtable::RecordScan scan;
  scan.advance(segment.payload);
  start_stream(at, segment.sender, {segment.seq, scan.saw_client_hello()});
}

void HandshakePath::make_room(const Following& at, const Segment& segment) noexcept {
  const StreamAssembler& stream = at.capture.streams[index_of(segment.sender)];
  if (stream.covers(segment.seq, segment.payload.size())) return;
  // Large buffers are few: they are for what is TLS, and comes in some order. A first segment
  // longer than the small buffer (jumbo frames, or a host that joins segments) proves it by its
  // first bytes.
  const bool begins_like_tls =
      segment.seq == stream.base_seq() && flowtable::RecordScan::could_start_tls(segment.payload);
  if (!at.notes.is_tls && !begins_like_tls) return;
  const uint32_t end = stream.base_seq() + static_cast<uint32_t>(stream.capacity());
  if (seq_distance(end, segment.seq) > kAheadMax) return;
  const bool large_left = ring_.pool().num_large_free() > 0;
  if (ring_.pool().grow(at.capture)) {
    counters_.path.add(PathCounter::captures_grown);
  } else if (!large_left && !stream.truncated()) {
    // Once per direction: the segment is cut now.
    counters_.drops.add(DropReason::large_pool_empty);
  }
}

void HandshakePath::prove_tls(const Following& at, const PacketView& packet) noexcept {
  at.notes.is_tls = true;
  counters_.path.add(PathCounter::flows_tls);
  const Side peer = other(packet.sender);
  const bool peer_is_client = at.notes.directions[index_of(packet.sender)].scan.saw_server_hello();
  const StreamAssembler& stream = at.capture.streams[index_of(peer)];
  // A stream under way is only put right where nothing of it has come in order, and the new start
  // is certain.
  if (stream.started() && (peer_is_client || !stream.prefix().empty())) return;
  const std::optional<uint32_t> seq = start_of_peer(at.flow, packet, peer_is_client);
  if (!seq.has_value() || (stream.started() && stream.base_seq() == *seq)) return;
  start_stream(at, peer, {*seq, peer_is_client});
}

bool HandshakePath::search_again(const Following& at, Side side) noexcept {
  Direction& direction = at.notes.directions[index_of(side)];
  if (at.notes.is_tls) {
    // The other side speaks TLS, this one not yet: its first words were late, or it never will.
    at.capture.streams[index_of(side)] = {};
    at.capture.plaintext_before[index_of(side)] = 0;
    direction.scan = {};
    direction.progress = Progress::searching;
    return true;
  }
  counters_.path.add(PathCounter::captures_not_tls);
  ring_.release(at.capture);
  at.flow.capture = Flow::kNone;
  at.flow.stage.set(FlowStage::probing);
  return false;
}

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

bool HandshakePath::has_ended(const Following& at, Side side) noexcept {
  if (is_complete(at, side)) return true;
  const Direction& direction = at.notes.directions[index_of(side)];
  if (!direction.fin_seen) return false;
  return direction.progress != Progress::following || reaches(at, side, direction.fin_seq);
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
  if (at.notes.is_tls && is_complete(at, Side::a) && is_complete(at, Side::b)) {
    end(at.flow, CaptureEnd::handshake_done);
  } else if (has_ended(at, Side::a) && has_ended(at, Side::b)) {
    end(at.flow, CaptureEnd::closed);
  } else if (is_one_sided(at, packet)) {
    end(at.flow, CaptureEnd::timed_out);
  }
}

void HandshakePath::settle_dispute(const Flow& flow) noexcept {
  if (flow.stage.get() == FlowStage::capturing) notes_[flow.capture].is_disputed = false;
}

bool HandshakePath::waits_for_other_leg(const Flow& flow) const noexcept {
  if (flow.stage.get() != FlowStage::capturing) return false;
  return !is_heard_from_both(flow) && notes_[flow.capture].is_tls &&
         ring_.pool().num_free() > notes_.size() / 2;
}

void HandshakePath::end(Flow& flow, CaptureEnd end) noexcept {
  if (flow.stage.get() == FlowStage::probing) give_up(flow);
  if (flow.stage.get() != FlowStage::capturing) return;
  HandshakeCapture& capture = *ring_.pool().at(flow.capture);
  const Notes& notes = notes_[flow.capture];
  if (notes.is_tls && notes.is_disputed && !is_heard_from_both(flow)) {
    counters_.path.add(PathCounter::captures_disputed);
    ring_.release(capture);
  } else if (notes.is_tls) {
    capture.flow = flow_summary_of(flow, options_.core);
    ring_.hand_off(capture, end);
  } else {
    counters_.path.add(PathCounter::captures_not_tls);
    counters_.path.add(PathCounter::flows_not_tls);
    ring_.release(capture);
  }
  flow.capture = Flow::kNone;
  flow.stage.set(FlowStage::finished);
}

void HandshakePath::give_up(Flow& flow) noexcept {
  counters_.path.add(PathCounter::flows_not_tls);
  flow.stage.set(FlowStage::finished);
}

}  // namespace dataplane
