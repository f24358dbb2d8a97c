// SPDX-License-Identifier: Apache-2.0
// What our connections send, and when. (What they receive: tcp_client.cpp.)
#include "dataplane/scan/tcp_client.hpp"
#include "dataplane/segment.hpp"

#include <algorithm>

namespace dataplane {

using flowtable::Bytes;
using flowtable::ScanEventKind;
using flowtable::Tick;
using flowtable::TickSpan;

namespace {

constexpr TickSpan kTimeoutFirst = std::chrono::seconds(1);  // RFC 6298 section 2.1
constexpr TickSpan kTimeoutLeast = std::chrono::milliseconds(200);
constexpr TickSpan kTimeoutMost = std::chrono::seconds(4);
constexpr uint8_t kResendsMax = 4;
// How long a peer may take to say its last words after ours.
constexpr TickSpan kClosing = std::chrono::seconds(1);

}  // namespace

TickSpan TcpClient::first_timeout(const TcpOptions& options, Tick now) noexcept {
  if (!options.timestamps) return kTimeoutFirst;
  // The SYN-ACK echoes when our SYN left: three round trips, and what a lazy peer adds.
  const uint32_t round_trip = timestamp_of(now) - options.timestamps->echo;
  return std::clamp<TickSpan>(std::chrono::milliseconds(3 * uint64_t{round_trip}), kTimeoutLeast,
                              kTimeoutFirst);
}

void TcpClient::acknowledge(uint32_t slot) noexcept {
  Connection& at = connections_[slot];
  at.ack_due = true;
  if (at.ack_listed) return;
  at.ack_listed = true;
  acks_[num_acks_++] = slot;
}

// Everything of the words that was not sent and that the peer has room for.
void TcpClient::send_words(Connection& at, Tick now) noexcept {
  const uint32_t room = std::min<uint32_t>(at.num_words, at.peer_window);
  // Timestamps take 12 bytes of every segment; IPv6 takes 20 more of a frame than IPv4.
  const size_t most = at.mss - (at.timestamps ? 12u : 0u) - (at.ours.address.is_v4() ? 0u : 20u);
  for (auto sent = static_cast<uint32_t>(seq_distance(at.sent_seq, at.next_seq)); sent < room;) {
    const Bytes part = Bytes(at.words).subspan(sent, std::min<size_t>(room - sent, most));
    const bool last = sent + part.size() == at.num_words;
    if (sent == 0) at.resend_at = now + at.timeout;
    const uint8_t flags = TcpFlags::kAck | (last ? TcpFlags::kPsh : 0);
    send_segment(at, {flags, at.next_seq, part}, now);
    sent += static_cast<uint32_t>(part.size());
    at.next_seq += static_cast<uint32_t>(part.size());
  }
  if (at.state == State::closing && !at.fin_sent &&
      seq_distance(at.sent_seq, at.next_seq) == at.num_words) {
    send_segment(at, {TcpFlags::kAck | TcpFlags::kFin, at.next_seq++, {}}, now);
    at.fin_sent = true;
    at.resend_at = now + at.timeout;
  }
}

void TcpClient::send_segment(Connection& at, const Part& part, Tick now) noexcept {
  at.ack_due = false;
  const std::span<uint8_t> room = sink_.room();
  if (room.empty()) return counters_.add(ScanCounter::segments_unsent);
  OwnSegment segment;
  segment.from = at.ours;
  segment.to = at.server;
  segment.seq = part.seq;
  segment.ack = receive_next(at) + (has_all(at) ? 1 : 0);
  segment.flags = part.flags;
  segment.window = static_cast<uint16_t>(kReceiveBytes - at.delivered);
  segment.payload = part.payload;
  if (at.timestamps) {
    const OptionBytes option = timestamp_option({timestamp_of(now), at.peer_timestamp});
    segment.options = option.bytes;
    segment.options_size = option.size;
  }
  const size_t length = write_segment(at.link, segment, room);
  if (length == 0) return counters_.add(ScanCounter::segments_unsent);
  sink_.send(length);
  counters_.add(ScanCounter::segments_sent);
}

void TcpClient::close(uint32_t slot, Tick now) noexcept {
  Connection& at = connections_[slot];
  at.state = State::closing;
  at.over_at = now + kClosing;
  send_words(at, now);
}

void TcpClient::reset(Connection& at, Tick now) noexcept {
  send_segment(at, {TcpFlags::kRst | TcpFlags::kAck, at.next_seq, {}}, now);
}

void TcpClient::finish_burst(Tick now) noexcept {
  for (const uint32_t slot : std::span(acks_).first(num_acks_)) {
    Connection& at = connections_[slot];
    // Another segment may have carried it, and the slot may be another's by now.
    if (at.ack_due && at.state != State::free)
      send_segment(at, {TcpFlags::kAck, at.next_seq, {}}, now);
    at.ack_due = false;
    at.ack_listed = false;
  }
  num_acks_ = 0;
  wheel_.wake(now, [this, now](uint32_t slot) { look_at(slot, now); });
}

void TcpClient::look_at(uint32_t slot, Tick now) noexcept {
  Connection& at = connections_[slot];
  if (at.state == State::over) {
    if (tell_end(slot, now)) return free_slot(slot);
  } else if (at.state == State::connecting) {
    look_at_dial(slot, now);
  } else if (now >= at.over_at || (at.state == State::open && now >= at.silent_at)) {
    if (at.state == State::open) counters_.add(ScanCounter::connections_timed_out);
    if (!has_all(at)) reset(at, now);
    end(slot, ScanEventKind::timed_out, now);
  } else {
    if (seq_distance(at.sent_seq, at.next_seq) > 0 && now >= at.resend_at) resend(slot, now);
    // What waited for room in the workers' ring.
    if (at.state == State::open) deliver(slot, now);
  }
  if (at.state != State::free) schedule(slot);
}

// RFC 6298 section 5: the first that was not acknowledged, and twice the time.
void TcpClient::resend(uint32_t slot, Tick now) noexcept {
  Connection& at = connections_[slot];
  if (at.resends == kResendsMax) {
    counters_.add(ScanCounter::connections_timed_out);
    reset(at, now);
    return end(slot, ScanEventKind::timed_out, now);
  }
  ++at.resends;
  at.timeout = std::min(at.timeout * 2, kTimeoutMost);
  at.resend_at = now + at.timeout;
  counters_.add(ScanCounter::segments_resent);
  at.next_seq = at.sent_seq;
  at.fin_sent = false;
  send_words(at, now);
}

void TcpClient::schedule(uint32_t slot) noexcept {
  const Connection& at = connections_[slot];
  if (at.state == State::connecting)
    return wheel_.schedule(slot, at.queued ? at.over_at : at.resend_at);
  Tick next = at.over_at;
  if (at.state == State::open) next = std::min(next, at.silent_at);
  if (at.state != State::over && seq_distance(at.sent_seq, at.next_seq) > 0)
    next = std::min(next, at.resend_at);
  // Of these the workers have to be told something: as soon as there is room.
  if (at.state == State::over || at.delivered < at.in.prefix().size() ||
      (at.state == State::open && has_all(at)))
    next = Tick();
  wheel_.schedule(slot, next);
}

}  // namespace dataplane
