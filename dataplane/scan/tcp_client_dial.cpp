// SPDX-License-Identifier: Apache-2.0
// Connections that workers ask for, up to their SYN-ACK, and how jobs end.
#include "dataplane/scan/tcp_client.hpp"

#include <algorithm>

namespace dataplane {

using flowtable::Bytes;
using flowtable::Endpoint;
using flowtable::FlowKey;
using flowtable::ScanDial;
using flowtable::ScanEventKind;
using flowtable::Tick;
using flowtable::TickSpan;

namespace {

constexpr TickSpan kFirstWait = std::chrono::seconds(1);  // RFC 6298 section 2.1; then twice that

}  // namespace

bool TcpClient::is_using(const Endpoint& ours, const Endpoint& server) const noexcept {
  const FlowKey key = FlowKey::of(ours, server, IpProtocol::kTcp).key;
  return find(key, hash_flow_key(key, hash_seed_)) != kNone;
}

bool TcpClient::dial(const ScanDial& dial, const DialFrom& from, Tick now) noexcept {
  if (free_.empty()) {
    counters_.add(ScanCounter::connections_full);
    return false;
  }
  const uint32_t slot = take_slot();
  Connection& at = connections_[slot];
  at.key = FlowKey::of(from.ours, dial.server, IpProtocol::kTcp).key;
  at.hash = hash_flow_key(at.key, hash_seed_);
  at.server = dial.server;
  at.ours = from.ours;
  at.token = dial.token;
  at.job = dial.job;
  at.state = State::connecting;
  at.sent_seq = from.sequence;
  at.next_seq = from.sequence + 1;
  at.num_words = std::min<uint16_t>(dial.size, ScanDial::kBytesMax);
  std::copy_n(dial.bytes.begin(), at.num_words, at.words.begin());
  at.timeout = kFirstWait;
  at.over_at = now + limits_.duration_max;
  link_in(slot);
  counters_.add(ScanCounter::dials_begun);
  ask_to_start(slot, now);
  return true;
}

void TcpClient::ask_to_start(uint32_t slot, Tick now) noexcept {
  Connection& at = connections_[slot];
  at.queued = true;
  queue_.ask(slot, at.server.address, now);
  schedule(slot);
}

void TcpClient::withdraw(Connection& at) noexcept {
  if (at.queued) queue_.withdraw(static_cast<uint32_t>(&at - connections_.data()));
  at.queued = false;
}

void TcpClient::start(uint32_t slot, const LinkHeader& link, Tick now) noexcept {
  Connection& at = connections_[slot];
  at.queued = false;
  at.link = link;
  OwnSegment segment;
  segment.from = at.ours;
  segment.to = at.server;
  segment.seq = at.sent_seq;
  segment.flags = TcpFlags::kSyn;
  segment.window = kSynWindow;
  const OptionBytes options =
      syn_options(mss_for(syn_mss_, at.ours.address), kWindowShift, timestamp_of(now));
  segment.options = options.bytes;
  segment.options_size = options.size;
  const size_t length = write_segment(link, segment, sink_.room());
  if (length != 0) {
    sink_.send(length);
    counters_.add(ScanCounter::dial_syns_sent);
  }
  ++at.syns_sent;
  at.syn_sent = now;
  at.resend_at = now + at.timeout;
  at.timeout *= 2;
  schedule(slot);
}

void TcpClient::cannot_start(uint32_t slot, Tick now) noexcept {
  connections_[slot].queued = false;
  give_up_dial(slot, now);
}

void TcpClient::give_up_dial(uint32_t slot, Tick now) noexcept {
  counters_.add(ScanCounter::dials_not_sent);
  end(slot, ScanEventKind::dial_not_sent, now);
  if (connections_[slot].state != State::free) schedule(slot);
}

void TcpClient::look_at_dial(uint32_t slot, Tick now) noexcept {
  Connection& at = connections_[slot];
  if (at.queued && !sending_) {
    at.over_at = std::max(at.over_at, now + kFirstWait);
  } else if (at.queued && now >= at.over_at) {
    if (at.syns_sent == 0) return give_up_dial(slot, now);
    counters_.add(ScanCounter::dials_silent);
    end(slot, ScanEventKind::dial_silent, now);
  } else if (!at.queued && now >= at.resend_at) {
    if (at.syns_sent < dial_attempts_) return ask_to_start(slot, now);
    counters_.add(ScanCounter::dials_silent);
    end(slot, ScanEventKind::dial_silent, now);
  }
}

// RFC 9293 section 3.10.7.3: in SYN-SENT only what acknowledges our SYN counts.
void TcpClient::take_answer(uint32_t slot, const PacketView& packet) noexcept {
  Connection& at = connections_[slot];
  constexpr uint8_t kAsked = TcpFlags::kSyn | TcpFlags::kRst | TcpFlags::kAck;
  const uint8_t flags = packet.tcp_flags & kAsked;
  const bool reset = flags == (TcpFlags::kRst | TcpFlags::kAck);
  if ((!reset && flags != (TcpFlags::kSyn | TcpFlags::kAck)) || at.syns_sent == 0 ||
      packet.ack != at.next_seq)
    return counters_.add(ScanCounter::segments_outside);
  if (!reset) {
    // Where the workers have no room the peer will say it again.
    if (!begin(slot, packet)) return;
    return withdraw(at);
  }
  counters_.add(ScanCounter::dials_closed);
  end(slot, ScanEventKind::dial_closed, packet.tick);
}

// Of what is connected ICMP says nothing that its own segments do not (RFC 5927 section 6).
bool TcpClient::take_icmp(const IcmpError& error, Tick now) noexcept {
  const FlowKey key = FlowKey::of(error.ours, error.target, IpProtocol::kTcp).key;
  const uint32_t slot = find(key, hash_flow_key(key, hash_seed_));
  if (slot == kNone) return false;
  Connection& at = connections_[slot];
  if (at.state != State::connecting || at.syns_sent == 0 || error.sequence != at.sent_seq) {
    counters_.add(ScanCounter::icmp_ignored);
    return true;
  }
  counters_.add(ScanCounter::dials_unreachable);
  at.icmp = {error.type, error.code};
  end(slot, ScanEventKind::dial_unreachable, now);
  if (at.state != State::free) schedule(slot);
  return true;
}

void TcpClient::end_jobs_before(uint32_t job, Tick now) noexcept {
  for (uint32_t slot = 0; slot < connections_.size(); ++slot) {
    Connection& at = connections_[slot];
    if (at.state == State::free || at.state == State::over || at.job == 0 || at.job >= job)
      continue;
    if (at.state == State::connecting) {
      give_up_dial(slot, now);
      continue;
    }
    counters_.add(ScanCounter::connections_stopped);
    reset(at, now);
    end(slot, ScanEventKind::peer_reset, now);
    if (at.state != State::free) schedule(slot);
  }
}

}  // namespace dataplane
