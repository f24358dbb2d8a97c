// SPDX-License-Identifier: Apache-2.0
// Where the TLS of a direction starts, when its first bytes come late.
#include "dataplane/handshake_path.hpp"
#include "dataplane/later.hpp"

#include <chrono>

namespace dataplane {

using flowtable::Bytes;
using flowtable::ScanVerdict;
using flowtable::Side;
using flowtable::StreamAssembler;
using flowtable::StreamScan;
using flowtable::Tick;

namespace {

// What networks turn round they do not keep for longer.
constexpr flowtable::TickSpan kLateStart = std::chrono::milliseconds(250);

}  // namespace

void HandshakePath::correct_start(const Following& at, const Segment& segment) noexcept {
  Direction& direction = at.notes.directions[index_of(segment.sender)];
  StreamAssembler& stream = at.capture.streams[index_of(segment.sender)];
  const int32_t ahead = seq_distance(stream.base_seq(), segment.seq);
  if (ahead == 0 || (ahead > 0 && !stream.prefix().empty())) return;
  if (direction.start_is_certain || segment.payload.size() < kHelloBytesMin) return;
  if (!StreamScan::could_start(segment.payload, options_.ssh)) return;
  const bool has_place =
      ahead > 0 && ahead <= kAheadMax && stream.covers(segment.seq, segment.payload.size());
  if (has_place) {
    // Whether it is the first one is not known before the bytes before it come.
    const bool is_first =
        !direction.early_hello.has_value() || seq_distance(*direction.early_hello, segment.seq) < 0;
    if (is_first) direction.early_hello = segment.seq;
    return;
  }
  StreamScan scan(options_.ssh);
  scan.advance(segment.payload);
  if (ahead < 0 && ahead >= -kAheadMax && !direction.moved_back && scan.is_proved()) {
    // The first of two hellos, after the second one.
    direction.moved_back = true;
    at.notes.directions[index_of(other(segment.sender))].start_is_certain = false;
    stream.move_start(segment.seq);
    scan_from(direction, segment.seq);
  } else if (stream.prefix().empty() && direction.progress == Progress::following) {
    start_stream(at, segment.sender, {segment.seq, scan.saw_client_hello()});
  }
}

void HandshakePath::scan_from(Direction& direction, uint32_t seq) const noexcept {
  if (direction.scanned_from == seq) return;
  direction.scanned_from = seq;
  direction.progress = Progress::following;
  // A side that is known to speak SSH may say other lines before.
  if (direction.scan.protocol() != StreamScan::Protocol::ssh) {
    direction.scan = StreamScan(options_.ssh);
  }
}

void HandshakePath::read_on(const Following& at, Side side, const PacketView& packet) noexcept {
  Direction& direction = at.notes.directions[index_of(side)];
  StreamAssembler& stream = at.capture.streams[index_of(side)];
  do {
    const bool has_begun = !stream.prefix().empty();
    const uint32_t from =
        has_begun ? stream.base_seq() : direction.early_hello.value_or(stream.base_seq());
    scan_from(direction, from);
    if (!has_begun && !direction.early_hello.has_value()) return;
    direction.scan.advance(stream.from(from));
    if (!has_begun && direction.scan.verdict() == ScanVerdict::not_tls) {
      direction.early_hello.reset();
      direction.scan = StreamScan(options_.ssh);
    }
  } while (direction.scan.verdict() == ScanVerdict::not_tls && skip_words(at, side));

  const bool is_tds = direction.scan.protocol() == StreamScan::Protocol::tds;
  at.capture.framing[index_of(side)] = is_tds ? flowtable::Framing::tds : flowtable::Framing::none;
  const bool is_cut = stream.truncated() && stream.prefix().size() == stream.capacity();
  if (direction.scan.verdict() == ScanVerdict::finished || is_cut) {
    direction.progress = Progress::complete;
    direction.final_ack = packet.ack;
    if (is_cut) counters_.path.add(PathCounter::captures_cut);
  }
  if (direction.scan.is_proved() && !at.notes.is_proved) prove(at, packet);
}

bool HandshakePath::skip_words(const Following& at, Side side) noexcept {
  StreamAssembler& stream = at.capture.streams[index_of(side)];
  const std::optional<size_t> hello = find_hello_among_words(stream.prefix());
  if (!hello.has_value() && !stream.has_hole()) return false;
  const uint32_t start =
      stream.base_seq() + static_cast<uint32_t>(hello.value_or(stream.prefix().size()));
  if (hello == 0) return false;
  // A flow that is no TLS is not followed for ever because its segments come out of order.
  if (bytes_before(at.flow, side, start) > options_.probe_bytes_max) return false;
  stream.move_start(start);
  Direction& direction = at.notes.directions[index_of(side)];
  if (direction.early_hello && seq_distance(*direction.early_hello, start) >= 0) {
    direction.early_hello.reset();
  }
  return true;
}

bool HandshakePath::is_start_late(const Following& at, Side side) noexcept {
  return at.notes.directions[index_of(side)].early_hello.has_value() &&
         at.capture.streams[index_of(side)].prefix().empty();
}

bool HandshakePath::waits_for_start(const Following& at, Tick now) noexcept {
  Notes& notes = at.notes;
  if (!is_start_late(at, Side::a) && !is_start_late(at, Side::b)) return false;
  if (!notes.done_at.has_value()) notes.done_at = now;
  return !is_later_by(now, *notes.done_at, kLateStart);
}

}  // namespace dataplane
