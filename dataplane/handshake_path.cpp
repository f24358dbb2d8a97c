// SPDX-License-Identifier: Apache-2.0
#include "dataplane/handshake_path.hpp"

#include "dataplane/later.hpp"

#include <algorithm>
#include <optional>

namespace dataplane {

using flowtable::CaptureEnd;
using flowtable::CaptureKind;
using flowtable::Flow;
using flowtable::FlowStage;
using flowtable::HandshakeCapture;
using flowtable::ScanVerdict;
using flowtable::SegmentFate;
using flowtable::Side;
using flowtable::StreamAssembler;
using flowtable::StreamScan;
using flowtable::Tick;

namespace {

// Where the other side's TLS must start, when `packet` has shown that this side's has. A client's
// hello acknowledges all that the server said before TLS, and nothing of TLS: right even where the
// server's packets take a longer way to us. A server's hello acknowledges the client's, so that one
// lies between what has come of it and the acknowledged byte, if it has not been seen by now. So
// does the server's, where `packet` is not surely the one with the client's first hello.
std::optional<uint32_t> start_of_peer(const Flow& flow, const PacketView& packet,
                                      bool peer_is_client, bool is_sure) noexcept {
  const Side peer = other(packet.sender);
  const uint32_t next_seq = flow.next_seq[index_of(peer)];
  const bool has_ack = (packet.tcp_flags & TcpFlags::kAck) != 0;
  const int32_t unseen = seq_distance(next_seq, packet.ack);
  const bool is_between = has_ack && is_known(flow, peer) && unseen > 0 && unseen <= kAheadMax;
  if (peer_is_client) return is_between ? std::optional(next_seq) : std::nullopt;
  if (!is_sure && is_known(flow, peer) && (is_between || unseen <= 0)) return next_seq;
  if (has_ack) return packet.ack;
  return is_known(flow, peer) ? std::optional(next_seq) : std::nullopt;
}

// What is known of the peer was told by the peer, and the packet acknowledges exactly that: the
// sender has seen what it said.
bool acknowledges_peer(const Flow& flow, const PacketView& packet) noexcept {
  const size_t peer = index_of(other(packet.sender));
  return flow.packets[peer].get() > 0 && (packet.tcp_flags & TcpFlags::kAck) != 0 &&
         packet.ack == flow.next_seq[peer];
}

}  // namespace

HandshakePath::HandshakePath(const PathOptions& options, flowtable::FlowTable& table,
                             HandoffRing& ring, CoreCounters& counters)
    : options_(options),
      table_(table),
      ring_(ring),
      counters_(counters),
      openings_(options.openings_max, counters),
      notes_(ring.pool().num_free()),
      queue_(ring.pool().num_free(), ring.pool().num_large_free()) {}

void HandshakePath::follow(Flow& flow, const PacketView& packet) noexcept {
  const bool capturing = flow.stage() == FlowStage::capturing;
  openings_.note(flow, packet, capturing ? notes_[flow.capture()].opening : flow.capture());
  if (flow.stage() == FlowStage::probing) probe(flow, packet);
  if (flow.stage() == FlowStage::capturing) capture_packet(flow, packet);
}

void HandshakePath::probe(Flow& flow, const PacketView& packet) noexcept {
  if (packet.payload.empty()) return;
  StreamStart start;
  Segment segment = Segment::of(packet);
  if (look_for_start(flow, segment, start)) {
    begin_capture(flow, packet, start);
  } else if (is_spent(flow, packet)) {
    give_up(flow);
  }
}

bool HandshakePath::look_for_start(Flow& flow, Segment& segment, StreamStart& out) noexcept {
  if (!cut_to_new_part(flow, segment)) return false;
  const size_t side = index_of(segment.sender);
  const uint8_t probes_left = flow.probes_left(side);
  // A side that has talked much, while the other has not, is only asked for its first bytes.
  if (probes_left == 0) {
    const bool begins = segment.payload.size() >= kHelloBytesMin &&
                        flowtable::RecordScan::could_start_tls(segment.payload);
    return begins && find_stream_start(flow, segment, options_.ssh, out);
  }
  flow.set_probes_left(side, static_cast<uint8_t>(probes_left - 1));
  counters_.path.add(PathCounter::payloads_probed);
  counters_.path.add(PathCounter::payload_bytes_probed, segment.payload.size());
  return find_stream_start(flow, segment, options_.ssh, out);
}

bool HandshakePath::is_spent(const Flow& flow, const PacketView& packet) const noexcept {
  if (flow.probes_left(0) == 0 && flow.probes_left(1) == 0) return true;
  const uint32_t end_seq = Segment::of(packet).end_seq;
  return bytes_before(flow, packet.sender, end_seq) > options_.probe_bytes_max;
}

void HandshakePath::begin_capture(Flow& flow, const PacketView& packet,
                                  const StreamStart& start) noexcept {
  make_place(packet.tick);
  HandshakeCapture* const capture = ring_.acquire();
  if (capture == nullptr) {
    finish(flow);
    return;
  }
  counters_.path.add(PathCounter::captures_started);
  Notes& notes = notes_[capture->pool_slot];
  notes = Notes{};
  notes.opening = flow.capture();
  flow.capture() = capture->pool_slot;
  flow.set_stage(FlowStage::capturing);
  notes.flow = &flow;
  notes.last_progress = packet.tick;
  queue_.add(capture->pool_slot, acknowledges_peer(flow, packet)
                                     ? CaptureQueue::Standing::assured
                                     : CaptureQueue::Standing::unassured);
  notes.is_disputed = packet.key.is_next_incarnation();
  start_stream({flow, *capture, notes}, packet.sender, start);
}

void HandshakePath::start_stream(const Following& at, Side side,
                                 const StreamStart& start) noexcept {
  ring_.pool().start_stream(at.capture, side, start.client, start.seq);
  Direction& direction = at.notes.directions[index_of(side)];
  const bool is_ssh = at.notes.is_proved && at.capture.kind == CaptureKind::ssh;
  direction.scan = is_ssh ? StreamScan::of_ssh() : StreamScan(options_.ssh);
  direction.progress = Progress::following;
  direction.start_is_certain = false;
  direction.moved_back = false;
  direction.early_hello.reset();
  direction.scanned_from = start.seq;
}

void HandshakePath::capture_packet(Flow& flow, const PacketView& packet) noexcept {
  const Following at{flow, *ring_.pool().at(flow.capture()), notes_[flow.capture()]};
  if (is_later_by(packet.tick, at.notes.last_progress, options_.handshake_timeout)) {
    end(flow, CaptureEnd::timed_out);
    return;
  }
  if (queue_.is_unassured(flow.capture()) && answers(at, packet)) queue_.assure(flow.capture());
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
    StreamStart start;
    Segment fresh = segment;
    if (look_for_start(at.flow, fresh, start)) start_stream(at, segment.sender, start);
  }
  if (direction.progress == Progress::searching) return Outcome::goes_on;
  correct_start(at, segment);
  StreamAssembler& stream = at.capture.streams[index_of(segment.sender)];
  if (direction.progress == Progress::complete && !is_start_late(at, segment.sender)) {
    stream.compare_again(segment.seq, segment.payload);
    return Outcome::goes_on;
  }
  make_room(at, segment, packet.tick);

  const SegmentFate fate = stream.insert(segment.seq, segment.payload);
  if (fate == SegmentFate::holes_full) counters_.drops.add(DropReason::segment_holes_full);
  if (fate == SegmentFate::appended) {
    at.notes.last_progress = packet.tick;
    queue_.note_progress(at.flow.capture());
  }
  if (fate != SegmentFate::duplicate) read_on(at, segment.sender, packet);
  if (direction.scan.verdict() == ScanVerdict::not_tls) return Outcome::not_tls;
  // A hole that is not filled while the rest goes on is not waited for, unless this is TLS.
  const bool beyond_end = fate == SegmentFate::holes_full ||
                          seq_distance(stream.base_seq(), segment.end_seq) > kAheadMax;
  return beyond_end && !at.notes.is_proved ? Outcome::not_tls : Outcome::goes_on;
}

void HandshakePath::make_room(const Following& at, const Segment& segment, Tick now) noexcept {
  const StreamAssembler& stream = at.capture.streams[index_of(segment.sender)];
  if (stream.covers(segment.seq, segment.payload.size())) return;
  // Large buffers are few: they are for what is TLS, and comes in some order. A first segment
  // longer than the small buffer (jumbo frames, or a host that joins segments) proves it by its
  // first bytes.
  const bool begins_like_tls =
      stream.prefix().empty() && StreamScan::could_start(segment.payload, options_.ssh);
  if (!at.notes.is_proved && !begins_like_tls) return;
  const uint32_t end = stream.base_seq() + static_cast<uint32_t>(stream.capacity());
  if (seq_distance(end, segment.seq) > kAheadMax) return;
  make_large_place(at, now);
  const bool large_left = queue_.may_grow(at.flow.capture(), ring_.pool().num_large_free());
  if (large_left && ring_.pool().grow(at.capture)) {
    queue_.note_large(at.flow.capture());
    counters_.path.add(PathCounter::captures_grown);
  } else if (!large_left && !stream.truncated()) {
    // Once per direction: the segment is cut now.
    counters_.drops.add(DropReason::large_pool_empty);
  }
}

void HandshakePath::prove(const Following& at, const PacketView& packet) noexcept {
  const StreamScan& scan = at.notes.directions[index_of(packet.sender)].scan;
  const bool is_ssh = scan.protocol() == StreamScan::Protocol::ssh;
  at.notes.is_proved = true;
  at.capture.kind = is_ssh ? CaptureKind::ssh : CaptureKind::tls;
  counters_.path.add(is_ssh ? PathCounter::flows_ssh : PathCounter::flows_tls);
  const Side peer = other(packet.sender);
  if (is_ssh) {
    start_ssh_peer(at, peer);
    return;
  }
  const bool peer_is_client = scan.saw_server_hello();
  // Behind a hole this may be the second hello, and what fills a hole comes before it: what these
  // acknowledge is no measure.
  const Direction& direction = at.notes.directions[index_of(packet.sender)];
  const bool is_sure = !at.capture.streams[index_of(packet.sender)].prefix().empty() &&
                       seq_distance(direction.scanned_from, Segment::of(packet).end_seq) > 0;
  const StreamAssembler& stream = at.capture.streams[index_of(peer)];
  // A stream under way is only put right where nothing of it has come in order, and the new start
  // is certain.
  if (stream.started() && (peer_is_client || !is_sure || !stream.prefix().empty())) return;
  const std::optional<uint32_t> seq = start_of_peer(at.flow, packet, peer_is_client, is_sure);
  if (!seq.has_value()) return;
  at.capture.streams[index_of(peer)].move_start(*seq);
  if (!stream.started() || stream.base_seq() != *seq) {
    start_stream(at, peer, {*seq, peer_is_client});
  }
  // A client's hello acknowledges exactly what is no TLS.
  at.notes.directions[index_of(peer)].start_is_certain = !peer_is_client && is_sure;
  read_on(at, peer, packet);
}

void HandshakePath::start_ssh_peer(const Following& at, Side peer) noexcept {
  // Both sides may speak first: what has come of this one is kept, unless it was taken for TLS.
  Direction& direction = at.notes.directions[index_of(peer)];
  if (direction.scan.protocol() == StreamScan::Protocol::ssh || !is_known(at.flow, peer)) return;
  if (direction.scan.protocol() == StreamScan::Protocol::undecided &&
      at.capture.streams[index_of(peer)].started()) {
    direction.scan = StreamScan::of_ssh();
    return;
  }
  start_stream(at, peer, {at.flow.next_seq[index_of(peer)], peer == at.flow.originator()});
}

bool HandshakePath::search_again(const Following& at, Side side) noexcept {
  Direction& direction = at.notes.directions[index_of(side)];
  // The other side has proved itself, or waits for its first bytes; this one has not yet: its first
  // words were late, or it never will.
  if (at.notes.is_proved || at.capture.streams[index_of(other(side))].has_hole()) {
    at.capture.streams[index_of(side)] = {};
    at.capture.framing[index_of(side)] = flowtable::Framing::none;
    direction = Direction{};
    direction.scan = StreamScan(options_.ssh);
    return true;
  }
  counters_.path.add(PathCounter::captures_not_tls);
  queue_.remove(at.flow.capture());
  ring_.release(at.capture);
  at.flow.capture() = at.notes.opening;
  at.flow.set_stage(FlowStage::probing);
  return false;
}

}  // namespace dataplane
