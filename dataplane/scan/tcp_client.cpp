// SPDX-License-Identifier: Apache-2.0
// What our connections make of segments. (What they send: tcp_client_send.cpp.)
#include "dataplane/scan/tcp_client.hpp"

#include "dataplane/sequence_numbers.hpp"
#include "flowtable/base/check.hpp"

#include <algorithm>
#include <bit>

namespace dataplane {

using flowtable::Bytes;
using flowtable::Endpoint;
using flowtable::ScanConnection;
using flowtable::ScanEvent;
using flowtable::ScanEventKind;
using flowtable::ScanOrder;
using flowtable::Side;
using flowtable::Tick;

TcpClient::TcpClient(const TcpClientLimits& limits, const Parts& parts, Tick now)
    : limits_(limits),
      syn_mss_(parts.mss),
      dial_attempts_(parts.dial_attempts),
      hash_seed_(parts.hash_seed),
      events_(parts.events),
      sink_(parts.sink),
      queue_(parts.queue),
      counters_(parts.counters),
      connections_(limits.connections_max),
      free_(limits.connections_max),
      heads_(std::bit_ceil(size_t{limits.connections_max} * 2), kNone),
      acks_(limits.connections_max),
      buffers_(size_t{limits.connections_max} * kReceiveBytes),
      wheel_(limits.connections_max, now) {}

uint32_t TcpClient::find(const flowtable::FlowKey& key, uint64_t hash) const noexcept {
  uint32_t slot = heads_[hash & (heads_.size() - 1)];
  while (slot != kNone && connections_[slot].key != key)
    slot = connections_[slot].chain_next;
  return slot;
}

uint32_t TcpClient::take_slot() noexcept {
  const uint32_t slot = free_.take();
  const uint32_t generation = connections_[slot].generation;
  const bool ack_listed = connections_[slot].ack_listed;
  connections_[slot] = Connection();
  connections_[slot].generation = generation;
  connections_[slot].ack_listed = ack_listed;
  return slot;
}

void TcpClient::link_in(uint32_t slot) noexcept {
  uint32_t& head = heads_[connections_[slot].hash & (heads_.size() - 1)];
  connections_[slot].chain_next = head;
  head = slot;
}

void TcpClient::free_slot(uint32_t slot) noexcept {
  Connection& at = connections_[slot];
  uint32_t* link = &heads_[at.hash & (heads_.size() - 1)];
  while (*link != slot)
    link = &connections_[*link].chain_next;
  *link = at.chain_next;
  wheel_.cancel(slot);
  withdraw(at);
  at.state = State::free;
  ++at.generation;
  free_.give_back(slot);
}

bool TcpClient::open(const PacketView& syn_ack, const LinkHeader& link, Bytes first_words,
                     uint32_t job) noexcept {
  DCHECK(first_words.size() <= ScanEvent::kBytesMax && first_words.size() <= kWordsMax);
  if (free_.empty()) {
    counters_.add(ScanCounter::connections_full);
    return false;
  }
  const uint32_t slot = take_slot();
  Connection& at = connections_[slot];
  at.key = syn_ack.key;
  at.hash = syn_ack.hash;
  at.server = syn_ack.key.endpoint(syn_ack.sender);
  at.ours = syn_ack.key.endpoint(other(syn_ack.sender));
  at.link = link;
  at.job = job;
  std::ranges::copy(first_words, at.words.begin());
  at.num_words = static_cast<uint16_t>(first_words.size());
  link_in(slot);
  if (begin(slot, syn_ack)) return true;
  free_slot(slot);
  return false;
}

// The peer has answered our SYN. False where the workers cannot be told: nobody could say another
// word to it, so the peer is not answered.
bool TcpClient::begin(uint32_t slot, const PacketView& syn_ack) noexcept {
  Connection& at = connections_[slot];
  at.syn_ack.tick = syn_ack.tick;
  at.syn_ack.seen = true;
  at.syn_ack.ttl = syn_ack.ttl;
  at.syn_ack.window = syn_ack.window;
  const Bytes raw = syn_ack.tcp_options.first(
      std::min(syn_ack.tcp_options.size(), flowtable::SynFacts::kOptionsMax));
  std::ranges::copy(raw, at.syn_ack.options.begin());
  at.syn_ack.options_size = static_cast<uint8_t>(raw.size());
  if (!tell(slot, ScanEventKind::established, Bytes(at.words).first(at.num_words), syn_ack.tick))
    return false;
  at.state = State::open;
  at.sent_seq = at.next_seq = syn_ack.ack;
  at.in.start(buffer(slot), syn_ack.seq + 1);
  const TcpOptions options = read_tcp_options(syn_ack.tcp_options);
  at.mss = std::clamp<uint16_t>(options.mss.value_or(536), 64, kMss);
  at.peer_window = syn_ack.window;  // never scaled in a SYN
  at.window_shift = options.window_shift.value_or(0);
  at.timestamps = options.timestamps.has_value();
  at.peer_timestamp = options.timestamps.value_or(TcpOptions::Timestamps()).value;
  at.timeout = at.base_timeout = first_timeout(options, syn_ack.tick);
  at.silent_at = syn_ack.tick + limits_.silence_max;
  at.over_at = syn_ack.tick + limits_.duration_max;
  counters_.add(ScanCounter::connections_opened);
  if (at.num_words == 0) acknowledge(slot);
  send_words(at, syn_ack.tick);
  schedule(slot);
  return true;
}

bool TcpClient::accept(const PacketView& packet) noexcept {
  const uint32_t slot = find(packet.key, packet.hash);
  if (slot == kNone) return false;
  Connection& at = connections_[slot];
  // Our own segments, where a port shows them to us.
  if (packet.key.endpoint(packet.sender) != at.server || at.state == State::over) return true;
  if (at.state == State::connecting) {
    take_answer(slot, packet);
  } else if ((packet.tcp_flags & TcpFlags::kRst) != 0) {
    take_reset(slot, packet);
  } else if ((packet.tcp_flags & TcpFlags::kSyn) != 0) {
    // Our ACK of its SYN-ACK was lost, or somebody wants to know whether we are there.
    counters_.add(ScanCounter::challenges_answered);
    acknowledge(slot);
  } else if ((packet.tcp_flags & TcpFlags::kAck) != 0 && take_ack(at, packet)) {
    take_payload(slot, packet);
  }
  if (at.state != State::free) schedule(slot);
  return true;
}

// RFC 5961 section 3.2: only the very next number resets; another one in the window is asked about.
void TcpClient::take_reset(uint32_t slot, const PacketView& packet) noexcept {
  const int32_t ahead = seq_distance(receive_next(connections_[slot]), packet.seq);
  if (ahead == 0) {
    counters_.add(ScanCounter::peers_reset);
    end(slot, ScanEventKind::peer_reset, packet.tick);
  } else if (ahead > 0 && ahead < static_cast<int32_t>(kReceiveBytes)) {
    counters_.add(ScanCounter::challenges_answered);
    acknowledge(slot);
  } else {
    counters_.add(ScanCounter::segments_outside);
  }
}

bool TcpClient::take_ack(Connection& at, const PacketView& packet) noexcept {
  const int32_t acknowledged = seq_distance(at.sent_seq, packet.ack);
  const int32_t outstanding = seq_distance(at.sent_seq, at.next_seq);
  // RFC 9293 section 3.10.7.4: what was never sent cannot be acknowledged; an old number can come
  // late, but not from further back than a window (RFC 5961 section 5.2).
  if (acknowledged > outstanding || acknowledged < -int32_t{kWordsMax}) {
    counters_.add(ScanCounter::segments_outside);
    return false;
  }
  at.peer_window = uint32_t{packet.window} << at.window_shift;
  if (at.timestamps && seq_distance(receive_next(at), packet.seq) <= 0) {
    const TcpOptions options = read_tcp_options(packet.tcp_options);
    if (options.timestamps) at.peer_timestamp = options.timestamps->value;
  }
  if (acknowledged > 0) {
    const auto words = std::min<uint16_t>(static_cast<uint16_t>(acknowledged), at.num_words);
    std::copy(at.words.begin() + words, at.words.begin() + at.num_words, at.words.begin());
    at.num_words = static_cast<uint16_t>(at.num_words - words);
    at.sent_seq = packet.ack;
    at.resends = 0;
    at.timeout = at.base_timeout;
    at.resend_at = packet.tick + at.timeout;
    at.silent_at = packet.tick + limits_.silence_max;
  }
  send_words(at, packet.tick);
  return true;
}

void TcpClient::take_payload(uint32_t slot, const PacketView& packet) noexcept {
  Connection& at = connections_[slot];
  const bool fin = (packet.tcp_flags & TcpFlags::kFin) != 0 && packet.missing_bytes == 0;
  if (fin && !at.has_fin) {
    at.fin_seq = packet.seq + static_cast<uint32_t>(packet.payload.size());
    at.has_fin = true;
  }
  if (!packet.payload.empty()) {
    const size_t before = at.in.prefix().size();
    if (at.in.insert(packet.seq, packet.payload) == flowtable::SegmentFate::outside &&
        seq_distance(receive_next(at), packet.seq) > 0)
      counters_.add(ScanCounter::segments_outside);
    if (at.in.prefix().size() > before) at.silent_at = packet.tick + limits_.silence_max;
  }
  if (!packet.payload.empty() || fin) acknowledge(slot);
  deliver(slot, packet.tick);
}

void TcpClient::deliver(uint32_t slot, Tick now) noexcept {
  Connection& at = connections_[slot];
  for (Bytes rest = at.in.prefix().subspan(at.delivered); !rest.empty();) {
    const Bytes part = rest.first(std::min(rest.size(), ScanEvent::kBytesMax));
    if (at.state == State::open && !tell(slot, ScanEventKind::heard, part, now)) return;
    at.delivered += static_cast<uint32_t>(part.size());
    rest = rest.subspan(part.size());
  }
  if (at.bytes_before + at.delivered > limits_.bytes_max) {
    counters_.add(ScanCounter::connections_too_much);
    reset(at, now);
    return end(slot, ScanEventKind::too_much, now);
  }
  if (has_all(at)) return take_fin(slot, now);
  if (at.in.has_hole() || at.delivered < kReceiveBytes / 2) return;
  start_over(slot);
}

// The peer has nothing more to say: neither have we. The slot stays until it has heard that.
void TcpClient::take_fin(uint32_t slot, Tick now) noexcept {
  Connection& at = connections_[slot];
  if (at.state == State::open) {
    if (!tell(slot, ScanEventKind::peer_closed, {}, now)) return;
    counters_.add(ScanCounter::peers_closed);
    close(slot, now);
  }
  if (at.fin_sent && at.sent_seq == at.next_seq) {
    if (at.ack_due) send_segment(at, {TcpFlags::kAck, at.next_seq, {}}, now);
    free_slot(slot);
  }
}

// All that is there has been handed over: the buffer begins anew with what comes next.
void TcpClient::start_over(uint32_t slot) noexcept {
  Connection& at = connections_[slot];
  const uint32_t next = receive_next(at);
  at.bytes_before += at.delivered;
  at.delivered = 0;
  at.in.start(buffer(slot), next);
}

void TcpClient::end(uint32_t slot, ScanEventKind kind, Tick now) noexcept {
  Connection& at = connections_[slot];
  const bool told_already = at.state == State::closing;
  withdraw(at);
  at.state = State::over;
  at.how_over = kind;
  if (told_already || tell_end(slot, now)) free_slot(slot);
}

bool TcpClient::tell_end(uint32_t slot, Tick now) noexcept {
  const Connection& at = connections_[slot];
  const bool icmp = at.how_over == ScanEventKind::dial_unreachable;
  return tell(slot, at.how_over, icmp ? Bytes(at.icmp) : Bytes(), now);
}

bool TcpClient::tell(uint32_t slot, ScanEventKind kind, Bytes bytes, Tick now) noexcept {
  const Connection& at = connections_[slot];
  ScanEvent event;
  event.connection = {slot, at.generation};
  event.server = at.server;
  event.ours = at.ours;
  event.tick = now;
  event.token = at.token;
  event.job = at.job;
  event.kind = kind;
  if (kind == ScanEventKind::established) {
    event.syn_ack = at.syn_ack;
    event.syn_sent = at.syn_sent;
  }
  event.size = static_cast<uint16_t>(bytes.size());
  std::ranges::copy(bytes, event.bytes.begin());
  const bool told = events_.push(event);
  if (!told) counters_.add(ScanCounter::events_full);
  return told;
}

void TcpClient::obey(const ScanOrder& order, Tick now) noexcept {
  const auto [slot, generation] = order.connection;
  if (slot >= connections_.size() || connections_[slot].generation != generation ||
      connections_[slot].state != State::open)
    return counters_.add(ScanCounter::orders_stale);
  Connection& at = connections_[slot];
  if (order.kind == ScanOrder::Kind::close) {
    close(slot, now);
  } else if (size_t{at.num_words} + order.size > kWordsMax) {
    counters_.add(ScanCounter::orders_too_long);
    reset(at, now);
    end(slot, ScanEventKind::too_much, now);
  } else {
    std::copy_n(order.bytes.begin(), order.size, at.words.begin() + at.num_words);
    at.num_words = static_cast<uint16_t>(at.num_words + order.size);
    at.silent_at = now + limits_.silence_max;
    send_words(at, now);
  }
  if (at.state != State::free) schedule(slot);
}

}  // namespace dataplane
