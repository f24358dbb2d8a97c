// SPDX-License-Identifier: Apache-2.0
// What is heard of probes. (What is asked: sweep.cpp.)
#include "dataplane/scan/sweep.hpp"

#include <algorithm>

namespace dataplane {

using flowtable::Bytes;
using flowtable::Endpoint;
using flowtable::ScanEvent;
using flowtable::ScanEventKind;
using flowtable::ScanReply;
using flowtable::TargetOutcome;
using flowtable::Tick;

namespace {

constexpr size_t kFreshBytes = 32;  // the random of a ClientHello

template <typename Ring>
bool is_full(const Ring& ring) noexcept {
  return ring.size() >= ring.capacity();
}

}  // namespace

Sweep::Known Sweep::know(const Endpoint& ours, const Endpoint& target,
                         uint32_t acknowledged) noexcept {
  Known known;
  const std::optional<uint64_t> number =
      windows_ == nullptr ? std::nullopt : plan_->space->number_of(target);
  if (number) {
    known.number = *number;
    known.attempt = cookie_->answered(ours, target, acknowledged, plan_->probes.attempts);
  }
  if (known.attempt == ScanCookie::kForged) {
    parts_.counters.add(ScanCounter::answers_forged);
    return known;
  }
  // A job that was stopped says nothing more, and is told nothing.
  if (stopped_) {
    parts_.counters.add(ScanCounter::answers_late);
    return known;
  }
  known.worth = Known::Worth::first;
  if (windows_->state_of(known.number) == ProbeState::asked) return known;
  known.worth = Known::Worth::again;
  const bool late =
      windows_->answered(known.number, ProbeState::open) == ProbeWindows::Answer::late;
  parts_.counters.add(late ? ScanCounter::answers_late : ScanCounter::answers_repeated);
  return known;
}

void Sweep::take(const PacketView& packet, const LinkHeader& back) noexcept {
  constexpr uint8_t kAsked = TcpFlags::kSyn | TcpFlags::kRst | TcpFlags::kAck;
  const uint8_t flags = packet.tcp_flags & kAsked;
  const bool open = flags == (TcpFlags::kSyn | TcpFlags::kAck);
  // RFC 9293 section 3.10.7.3: a RST for a SYN acknowledges it.
  if (!open && flags != (TcpFlags::kRst | TcpFlags::kAck))
    return parts_.counters.add(ScanCounter::segments_stray);
  const Endpoint target = packet.key.endpoint(packet.sender);
  const Known known = know(packet.key.endpoint(other(packet.sender)), target, packet.ack);
  // A second SYN was answered, or a late one: that connection is not wanted.
  if (open && known.worth == Known::Worth::again) return refuse(packet, back);
  if (known.worth != Known::Worth::first) return;
  if (open) return take_open(packet, back, known);
  ScanReply reply;
  reply.tick = packet.tick;
  reply.server = target;
  reply.outcome = TargetOutcome::closed;
  if (settle(known, reply)) parts_.counters.add(ScanCounter::targets_closed);
}

void Sweep::take_open(const PacketView& packet, const LinkHeader& back,
                      const Known& known) noexcept {
  if (is_full(parts_.exchange.replies)) return could_not_tell();
  const Endpoint target = packet.key.endpoint(packet.sender);
  // The last slots are the dials'.
  const bool has_slot = parts_.tcp.num_free() > parts_.site.tcp.connections_max / 8;
  const bool told = has_slot ? parts_.tcp.open(packet, back, first_words(target.port), plan_->job)
                             : tell_unserved(packet);
  if (!told) return could_not_tell();
  if (!has_slot) refuse(packet, back);
  ScanReply reply;
  reply.tick = packet.tick;
  reply.server = target;
  reply.outcome = TargetOutcome::open;
  if (settle(known, reply)) parts_.counters.add(ScanCounter::targets_open);
}

void Sweep::take_icmp(const IcmpError& error, Tick now) noexcept {
  // It quotes the number that a SYN-ACK would have acknowledged, less one.
  const Known known = know(error.ours, error.target, error.sequence + 1);
  if (known.worth != Known::Worth::first) return;
  ScanReply reply;
  reply.tick = now;
  reply.server = error.target;
  reply.outcome = TargetOutcome::unreachable;
  reply.icmp_type = error.type;
  reply.icmp_code = error.code;
  if (settle(known, reply)) parts_.counters.add(ScanCounter::targets_unreachable);
}

// False where it could not be told: then nothing is known yet.
bool Sweep::settle(const Known& known, const ScanReply& reply) noexcept {
  const bool open = reply.outcome == TargetOutcome::open;
  ScanReply told = reply;
  told.job = plan_->job;
  told.attempt = known.attempt;
  if ((open || plan_->tell_closed) && !parts_.exchange.replies.push(told)) {
    could_not_tell();
    return false;
  }
  const ProbeState state = open                                     ? ProbeState::open
                           : reply.outcome == TargetOutcome::closed ? ProbeState::closed
                                                                    : ProbeState::unreachable;
  (void)windows_->answered(known.number, state, known.attempt);
  return true;
}

void Sweep::could_not_tell() noexcept {
  parts_.counters.add(ScanCounter::answers_put_off);
  windows_->ask_again();
}

bool Sweep::tell_unserved(const PacketView& packet) noexcept {
  ScanEvent event;
  event.connection.slot = UINT32_MAX;
  event.server = packet.key.endpoint(packet.sender);
  event.ours = packet.key.endpoint(other(packet.sender));
  event.tick = packet.tick;
  event.job = plan_->job;
  event.kind = ScanEventKind::unserved;
  event.syn_ack.tick = packet.tick;
  event.syn_ack.seen = true;
  event.syn_ack.ttl = packet.ttl;
  event.syn_ack.window = packet.window;
  const Bytes options = packet.tcp_options.first(
      std::min(packet.tcp_options.size(), flowtable::SynFacts::kOptionsMax));
  std::ranges::copy(options, event.syn_ack.options.begin());
  event.syn_ack.options_size = static_cast<uint8_t>(options.size());
  if (parts_.exchange.events.push(event)) {
    parts_.counters.add(ScanCounter::targets_unserved);
    return true;
  }
  parts_.counters.add(ScanCounter::events_full);
  return false;
}

// Gives the peer its half-open connection back.
void Sweep::refuse(const PacketView& packet, const LinkHeader& back) noexcept {
  OwnSegment segment;
  segment.from = packet.key.endpoint(other(packet.sender));
  segment.to = packet.key.endpoint(packet.sender);
  segment.seq = packet.ack;
  segment.flags = TcpFlags::kRst;
  const size_t length = write_segment(back, segment, parts_.sink.room());
  if (length != 0) parts_.sink.send(length);
}

Bytes Sweep::first_words(uint16_t port) noexcept {
  const auto& listed = plan_->first_words;
  const auto found = std::ranges::lower_bound(listed, port, {}, &FirstWordsOfPort::port);
  const FirstWordsOfPort& words =
      found != listed.end() && found->port == port ? *found : plan_->other_words;
  const size_t size = std::min(words.bytes.size(), words_.size());
  std::copy_n(words.bytes.begin(), size, words_.begin());
  const auto fresh = static_cast<size_t>(std::max(words.fresh_at, 0));
  if (words.fresh_at >= 0 && fresh + kFreshBytes <= size)
    parts_.random.fill(std::span(words_).subspan(fresh, kFreshBytes));
  return Bytes(words_).first(size);
}

bool Sweep::has_room(uint32_t targets) noexcept {
  const auto& replies = parts_.exchange.replies;
  return !plan_->tell_silent || replies.capacity() - replies.size() >= targets;
}

void Sweep::count(uint64_t number, ProbeState state) noexcept {
  const bool lost = state == ProbeState::lost_locally;
  if (state != ProbeState::asked && !lost) return;
  ScanReply reply;
  reply.tick = now_;
  reply.server = plan_->space->at(number);
  reply.job = plan_->job;
  reply.outcome = lost ? TargetOutcome::lost_locally : TargetOutcome::silent;
  reply.attempt = static_cast<uint8_t>(plan_->probes.attempts - 1);
  // has_room() has seen that there is room for all of them.
  (void)parts_.exchange.replies.push(reply);
}

}  // namespace dataplane
