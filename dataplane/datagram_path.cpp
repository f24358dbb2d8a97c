// SPDX-License-Identifier: Apache-2.0
#include "dataplane/datagram_path.hpp"

#include "dataplane/conversation_ids.hpp"
#include "dataplane/flow_summary_of.hpp"
#include "dataplane/later.hpp"
#include "flowtable/datagram_log.hpp"
#include "flowtable/dtls_datagram.hpp"
#include "flowtable/quic_datagram.hpp"

#include <algorithm>

namespace dataplane {

using flowtable::Bytes;
using flowtable::CaptureEnd;
using flowtable::CaptureKind;
using flowtable::DatagramKind;
using flowtable::Flow;
using flowtable::FlowClass;
using flowtable::FlowStage;
using flowtable::HandshakeCapture;
using flowtable::Side;
using flowtable::StreamAssembler;
using flowtable::Tick;

namespace {

size_t wire_bytes_of(const PacketView& packet) noexcept {
  return packet.payload.size() + packet.missing_bytes;
}

DatagramKind kind_of(const PacketView& packet) noexcept {
  return flowtable::datagram_kind_of(packet.payload, wire_bytes_of(packet));
}

// Captures that only one side has been heard of may take this part of the pool: whoever forges
// first packets cannot keep the buffers from handshakes that are answered.
constexpr uint32_t waiting_max(uint32_t captures_max) noexcept {
  return std::max(1u, captures_max / 4);
}

}  // namespace

DatagramPath::DatagramPath(const PathOptions& options, flowtable::FlowTable& table,
                           HandoffRing& ring, CoreCounters& counters)
    : options_(options),
      table_(table),
      ring_(ring),
      counters_(counters),
      notes_(ring.pool().num_free()),
      waiting_(ring.pool().num_free()),
      captures_max_(ring.pool().num_free()) {}

bool DatagramPath::begins(const PacketView& packet) noexcept {
  switch (kind_of(packet)) {
    case DatagramKind::dtls:
    case DatagramKind::quic:
      return true;
    case DatagramKind::quic_unfollowed:
      counters_.path.add(PathCounter::quic_unfollowed);
      return false;
    case DatagramKind::other:
      break;
  }
  counters_.path.add(PathCounter::datagrams_other);
  return false;
}

bool DatagramPath::begins_anew(const Flow& flow, const PacketView& packet) noexcept {
  switch (kind_of(packet)) {
    case DatagramKind::dtls: {
      // A client's first hello that is sent again has the same random. The one that returns a
      // cookie has it by RFC 6347 section 4.2.1 only: old clients make up another.
      const Bytes random =
          flowtable::look_at_dtls(flowtable::without_capwap(packet.payload)).client_random;
      return !random.empty() && knows_any(flow) && !knows(flow, random);
    }
    case DatagramKind::quic: {
      // While a handshake is under way a client may well change ids: RFC 9000 section 7.2.
      if (flow.stage() != FlowStage::finished || !knows_any(flow)) return false;
      const flowtable::QuicSight sight =
          flowtable::look_at_quic(packet.payload, wire_bytes_of(packet));
      return !knows(flow, sight.destination_id) && !knows(flow, sight.source_id);
    }
    default:
      return false;
  }
}

void DatagramPath::begin(Flow& flow, const PacketView& packet) noexcept {
  const bool is_dtls = kind_of(packet) == DatagramKind::dtls;
  const bool from_server =
      is_dtls ? flowtable::look_at_dtls(flowtable::without_capwap(packet.payload)).server_hello
              : flowtable::look_at_quic(packet.payload, wire_bytes_of(packet)).retry;
  flow.set_originator(from_server ? other(packet.sender) : packet.sender);
  counters_.path.add(is_dtls ? PathCounter::flows_dtls : PathCounter::flows_quic);
  begin_capture(flow, packet, is_dtls ? CaptureKind::dtls : CaptureKind::quic);
}

void DatagramPath::begin_capture(Flow& flow, const PacketView& packet, CaptureKind kind) noexcept {
  make_room();
  HandshakeCapture* const capture = ring_.acquire();
  if (capture == nullptr) {
    flow.set_stage(FlowStage::finished);
    table_.set_class(flow, FlowClass::closing);
    return;
  }
  counters_.path.add(PathCounter::captures_started);
  counters_.path.add(PathCounter::flows_tls);
  capture->kind = kind;
  flow.capture() = capture->pool_slot;
  flow.set_stage(FlowStage::capturing);
  table_.set_class(flow, FlowClass::handshaking);
  Notes& notes = notes_[capture->pool_slot];
  notes = Notes{};
  notes.flow = &flow;
  notes.last_progress = packet.tick;
  waiting_.push(capture->pool_slot);
}

void DatagramPath::make_room() noexcept {
  if (waiting_.size() < waiting_max(captures_max_)) return;
  counters_.path.add(PathCounter::captures_displaced);
  let_go(*notes_[waiting_.oldest()].flow, CaptureEnd::evicted);
}

void DatagramPath::follow(Flow& flow, const PacketView& packet) noexcept {
  if (flow.stage() != FlowStage::capturing) return;
  const Following at{flow, *ring_.pool().at(flow.capture()), notes_[flow.capture()]};
  if (is_later_by(packet.tick, at.notes.last_progress, options_.handshake_timeout)) {
    let_go(flow, CaptureEnd::timed_out);
    return;
  }
  if (flow.packets[0].get() > 0 && flow.packets[1].get() > 0) waiting_.remove(flow.capture());
  if (at.capture.kind == CaptureKind::dtls) {
    capture_dtls(at, packet);
  } else {
    capture_quic(at, packet);
  }
  settle(at, packet);
}

void DatagramPath::capture_dtls(const Following& at, const PacketView& packet) noexcept {
  const Bytes records = flowtable::without_capwap(packet.payload);
  const flowtable::DtlsSight sight = flowtable::look_at_dtls(records);
  if (!sight.client_random.empty()) remember(at.flow, sight.client_random);
  if (sight.clear) keep(at, packet, records.first(sight.clear_bytes));
  Direction& direction = at.notes.directions[index_of(packet.sender)];
  direction.encrypted = direction.encrypted || sight.encrypted;
}

void DatagramPath::capture_quic(const Following& at, const PacketView& packet) noexcept {
  const flowtable::QuicSight sight = flowtable::look_at_quic(packet.payload, wire_bytes_of(packet));
  if (sight.long_header) {
    remember(at.flow, sight.destination_id);
    remember(at.flow, sight.source_id);
  }
  if (sight.kept_bytes > 0) keep(at, packet, packet.payload.first(sight.kept_bytes));
  Direction& direction = at.notes.directions[index_of(packet.sender)];
  direction.encrypted = direction.encrypted || sight.beyond;
}

void DatagramPath::keep(const Following& at, const PacketView& packet, Bytes datagram) noexcept {
  Direction& direction = at.notes.directions[index_of(packet.sender)];
  StreamAssembler& log = at.capture.streams[index_of(packet.sender)];
  if (!log.started()) {
    const bool is_client = packet.sender == at.flow.originator();
    ring_.pool().start_stream(at.capture, packet.sender, is_client, 0);
  }
  // Mirror ports show packets twice; what a sender repeats has another number.
  constexpr size_t kLengthBytes = 2;
  const Bytes last = log.prefix().subspan(direction.last_at);
  if (!last.empty() && std::ranges::equal(last.subspan(kLengthBytes), datagram)) {
    counters_.path.add(PathCounter::datagrams_repeated);
    return;
  }
  const auto begin = static_cast<uint32_t>(log.prefix().size());
  if (direction.num_kept == kDatagramsMax || !append(at, packet.sender, datagram)) {
    if (!direction.cut) counters_.path.add(PathCounter::captures_cut);
    direction.cut = true;
    log.mark_truncated();
    return;
  }
  counters_.path.add(PathCounter::datagrams_kept);
  direction.last_at = begin;
  ++direction.num_kept;
  at.notes.last_progress = packet.tick;
}

bool DatagramPath::append(const Following& at, Side sender, Bytes datagram) noexcept {
  StreamAssembler& log = at.capture.streams[index_of(sender)];
  if (append_datagram(log, datagram)) return true;
  const bool large_left = ring_.pool().num_large_free() > 0;
  if (!ring_.pool().grow(at.capture)) {
    if (!large_left && !log.truncated()) counters_.drops.add(DropReason::large_pool_empty);
    return false;
  }
  counters_.path.add(PathCounter::captures_grown);
  return append_datagram(log, datagram);
}

void DatagramPath::settle(const Following& at, const PacketView& packet) noexcept {
  Notes& notes = at.notes;
  const Direction& sender = notes.directions[index_of(packet.sender)];
  const Direction& peer = notes.directions[index_of(other(packet.sender))];
  if (sender.encrypted && peer.encrypted) {
    if (!notes.done) notes.done_at = packet.tick;
    notes.done = true;
    if (--notes.grace_left == 0 || is_later_by(packet.tick, notes.done_at, kGrace)) {
      let_go(at.flow, CaptureEnd::handshake_done);
    }
    return;
  }
  const bool is_unanswered =
      sender.encrypted && at.flow.packets[index_of(other(packet.sender))].get() == 0;
  if (!is_unanswered) return;
  if (notes.unanswered_left == kUnansweredMax) notes.unanswered_since = packet.tick;
  if (notes.unanswered_left > 0) --notes.unanswered_left;
  if (notes.unanswered_left == 0 && is_later_by(packet.tick, notes.unanswered_since, kUnanswered)) {
    let_go(at.flow, CaptureEnd::timed_out);
  }
}

void DatagramPath::end(Flow& flow, CaptureEnd end) noexcept {
  if (flow.stage() != FlowStage::capturing) return;
  const uint32_t slot = flow.capture();
  HandshakeCapture& capture = *ring_.pool().at(slot);
  const Notes& notes = notes_[slot];
  // A buffer that made room goes to the workers only while they leave enough of them: a flood of
  // first packets must not come back as a flood of sessions.
  const bool is_displaced = end == CaptureEnd::evicted && waiting_.contains(slot);
  waiting_.remove(slot);
  if (is_displaced && ring_.pool().num_free() < captures_max_ / 2) {
    counters_.drops.add(DropReason::unanswered_displaced);
    ring_.release(capture);
  } else {
    capture.flow = flow_summary_of(flow, options_.core);
    ring_.hand_off(capture, notes.done ? CaptureEnd::handshake_done : end);
  }
  flow.capture() = Flow::kNone;
  flow.set_stage(FlowStage::finished);
}

void DatagramPath::let_go(Flow& flow, CaptureEnd end_of_it) noexcept {
  end(flow, end_of_it);
  // Kept for a while, so that late first packets begin nothing; gone early where place is needed.
  table_.set_class(flow, FlowClass::closing);
}

}  // namespace dataplane
