// SPDX-License-Identifier: Apache-2.0
#include "dataplane/scan/udp_client.hpp"

#include "dataplane/scan/segment_writer.hpp"

#include <algorithm>
#include <bit>

namespace dataplane {

using flowtable::Bytes;
using flowtable::Endpoint;
using flowtable::FlowKey;
using flowtable::ScanDial;
using flowtable::ScanEvent;
using flowtable::ScanEventKind;
using flowtable::ScanOrder;
using flowtable::Tick;
using flowtable::TickSpan;

namespace {

constexpr TickSpan kFirstProbeTimeout =
    std::chrono::seconds(1);  // then twice that: RFC 9002 section 6.2

}  // namespace

UdpClient::UdpClient(const Limits& limits, const Parts& parts, Tick now)
    : limits_(limits),
      events_(parts.events),
      sink_(parts.sink),
      queue_(parts.queue),
      counters_(parts.counters),
      conversations_(limits.conversations_max),
      free_(limits.conversations_max),
      heads_(std::bit_ceil(size_t{limits.conversations_max} * 2), kNone),
      wheel_(limits.conversations_max, now) {}

uint32_t UdpClient::find(const FlowKey& key, uint64_t hash) const noexcept {
  uint32_t place = heads_[hash & (heads_.size() - 1)];
  while (place != kNone && conversations_[place].key != key)
    place = conversations_[place].chain_next;
  return place;
}

bool UdpClient::is_using(const Endpoint& ours, const Endpoint& server) const noexcept {
  const FlowKey key = FlowKey::of(ours, server, IpProtocol::kUdp).key;
  return find(key, hash_flow_key(key, limits_.hash_seed)) != kNone;
}

bool UdpClient::dial(const ScanDial& dial, const Endpoint& ours, Tick now) noexcept {
  if (free_.empty()) {
    counters_.add(ScanCounter::conversations_full);
    return false;
  }
  const uint32_t place = free_.take();
  Conversation& at = conversations_[place];
  const uint32_t generation = at.generation;
  at = Conversation();
  at.generation = generation;
  at.key = FlowKey::of(ours, dial.server, IpProtocol::kUdp).key;
  at.hash = hash_flow_key(at.key, limits_.hash_seed);
  at.server = dial.server;
  at.ours = ours;
  at.token = dial.token;
  at.job = dial.job;
  at.state = State::asking;
  at.num_words = std::min<uint16_t>(dial.size, ScanDial::kBytesMax);
  std::copy_n(dial.bytes.begin(), at.num_words, at.words.begin());
  at.timeout = kFirstProbeTimeout;
  at.over_at = now + limits_.duration_max;
  uint32_t& head = heads_[at.hash & (heads_.size() - 1)];
  at.chain_next = head;
  head = place;
  counters_.add(ScanCounter::dials_begun);
  ask_to_start(place, now);
  return true;
}

void UdpClient::free_place(uint32_t place) noexcept {
  Conversation& at = conversations_[place];
  uint32_t* link = &heads_[at.hash & (heads_.size() - 1)];
  while (*link != place)
    link = &conversations_[*link].chain_next;
  *link = at.chain_next;
  wheel_.cancel(place);
  at.state = State::free;
  ++at.generation;
  free_.give_back(place);
}

void UdpClient::withdraw(uint32_t place) noexcept {
  if (conversations_[place].queued) queue_.withdraw(limits_.first_slot + place);
  conversations_[place].queued = false;
}

void UdpClient::ask_to_start(uint32_t place, Tick now) noexcept {
  Conversation& at = conversations_[place];
  at.queued = true;
  queue_.ask(limits_.first_slot + place, at.server.address, now);
  schedule(place);
}

void UdpClient::start(uint32_t slot, const LinkHeader& link, Tick now) noexcept {
  const uint32_t place = slot - limits_.first_slot;
  Conversation& at = conversations_[place];
  at.queued = false;
  at.link = link;
  send(at, Bytes(at.words).first(at.num_words));
  ++at.times_sent;
  at.sent_at = now;
  at.resend_at = now + at.timeout;
  at.timeout *= 2;
  schedule(place);
}

void UdpClient::cannot_start(uint32_t slot, Tick now) noexcept {
  conversations_[slot - limits_.first_slot].queued = false;
  give_up(slot - limits_.first_slot, now);
}

void UdpClient::give_up(uint32_t place, Tick now) noexcept {
  counters_.add(ScanCounter::dials_not_sent);
  end(place, ScanEventKind::dial_not_sent, now);
}

void UdpClient::send(Conversation& at, Bytes words) noexcept {
  const std::span<uint8_t> room = sink_.room();
  const size_t length = write_datagram(at.link, {at.ours, at.server, words}, room);
  if (length == 0) return counters_.add(ScanCounter::datagrams_unsent);
  sink_.send(length);
  counters_.add(ScanCounter::datagrams_sent);
}

bool UdpClient::accept(const PacketView& packet) noexcept {
  const uint32_t place = find(packet.key, packet.hash);
  if (place == kNone) return false;
  Conversation& at = conversations_[place];
  if (packet.key.endpoint(packet.sender) != at.server || at.state == State::over) return true;
  if (at.state == State::asking) {
    if (at.times_sent == 0) return true;  // nobody can know of it yet
    const Bytes words = Bytes(at.words).first(at.num_words);
    // Where the workers have no room it is as if the network had lost it.
    if (!tell(place, ScanEventKind::established, words, packet.tick)) return true;
    withdraw(place);
    at.state = State::open;
    at.over_at = packet.tick + limits_.duration_max;
    counters_.add(ScanCounter::conversations_opened);
  }
  const Bytes heard = packet.payload.first(std::min(packet.payload.size(), ScanEvent::kBytesMax));
  at.silent_at = packet.tick + limits_.silence_max;
  at.bytes_heard += static_cast<uint32_t>(heard.size());
  if (at.bytes_heard > limits_.bytes_max) {
    counters_.add(ScanCounter::connections_too_much);
    end(place, ScanEventKind::too_much, packet.tick);
    return true;
  }
  if (tell(place, ScanEventKind::heard, heard, packet.tick))
    counters_.add(ScanCounter::datagrams_heard);
  schedule(place);
  return true;
}

// A datagram has no secret to be known by but its port: ICMP is believed for it.
bool UdpClient::take_icmp(const IcmpError& error, Tick now) noexcept {
  const FlowKey key = FlowKey::of(error.ours, error.target, IpProtocol::kUdp).key;
  const uint32_t place = find(key, hash_flow_key(key, limits_.hash_seed));
  if (place == kNone) return false;
  Conversation& at = conversations_[place];
  if (at.state == State::over || at.times_sent == 0) return true;
  at.icmp = {error.type, error.code};
  counters_.add(ScanCounter::dials_unreachable);
  end(place, at.state == State::open ? ScanEventKind::peer_reset : ScanEventKind::dial_unreachable,
      now);
  return true;
}

void UdpClient::obey(const ScanOrder& order, Tick now) noexcept {
  const uint32_t place = order.connection.slot - limits_.first_slot;
  if (place >= conversations_.size() ||
      conversations_[place].generation != order.connection.generation ||
      conversations_[place].state != State::open)
    return counters_.add(ScanCounter::orders_stale);
  Conversation& at = conversations_[place];
  if (order.kind == ScanOrder::Kind::close) return free_place(place);
  at.silent_at = now + limits_.silence_max;
  send(at, Bytes(order.bytes).first(std::min<size_t>(order.size, order.bytes.size())));
  schedule(place);
}

void UdpClient::end(uint32_t place, ScanEventKind kind, Tick now) noexcept {
  withdraw(place);
  conversations_[place].state = State::over;
  conversations_[place].how_over = kind;
  if (tell_end(place, now)) return free_place(place);
  schedule(place);
}

bool UdpClient::tell_end(uint32_t place, Tick now) noexcept {
  const Conversation& at = conversations_[place];
  const bool icmp = at.how_over == ScanEventKind::dial_unreachable;
  return tell(place, at.how_over, icmp ? Bytes(at.icmp) : Bytes(), now);
}

bool UdpClient::tell(uint32_t place, ScanEventKind kind, Bytes bytes, Tick now) noexcept {
  const Conversation& at = conversations_[place];
  ScanEvent event;
  event.connection = {limits_.first_slot + place, at.generation};
  event.server = at.server;
  event.ours = at.ours;
  event.tick = now;
  event.token = at.token;
  event.job = at.job;
  event.kind = kind;
  if (kind == ScanEventKind::established) event.syn_sent = at.sent_at;
  event.size = static_cast<uint16_t>(bytes.size());
  std::ranges::copy(bytes, event.bytes.begin());
  const bool told = events_.push(event);
  if (!told) counters_.add(ScanCounter::events_full);
  return told;
}

void UdpClient::work(Tick now) noexcept {
  wheel_.wake(now, [this, now](uint32_t place) { look_at(place, now); });
}

void UdpClient::look_at(uint32_t place, Tick now) noexcept {
  const Conversation& at = conversations_[place];
  if (at.state == State::asking) return look_at_asking(place, now);
  if (at.state == State::over) {
    if (tell_end(place, now)) return free_place(place);
  } else if (at.state == State::open && (now >= at.over_at || now >= at.silent_at)) {
    counters_.add(ScanCounter::connections_timed_out);
    return end(place, ScanEventKind::timed_out, now);
  }
  if (at.state != State::free) schedule(place);
}

void UdpClient::look_at_asking(uint32_t place, Tick now) noexcept {
  Conversation& at = conversations_[place];
  if (at.queued && !sending_) {
    at.over_at = std::max(at.over_at, now + kFirstProbeTimeout);
  } else if (at.queued && now >= at.over_at && at.times_sent == 0) {
    return give_up(place, now);
  } else if (!at.queued && now >= at.resend_at && at.times_sent < limits_.dial_attempts) {
    return ask_to_start(place, now);
  } else if (now >= (at.queued ? at.over_at : at.resend_at)) {
    counters_.add(ScanCounter::dials_silent);
    return end(place, ScanEventKind::dial_silent, now);
  }
  schedule(place);
}

void UdpClient::schedule(uint32_t place) noexcept {
  const Conversation& at = conversations_[place];
  Tick next{};  // `over`: as soon as the workers have room
  if (at.state == State::asking) next = at.queued ? at.over_at : at.resend_at;
  if (at.state == State::open) next = std::min(at.over_at, at.silent_at);
  wheel_.schedule(place, next);
}

void UdpClient::end_jobs_before(uint32_t job, Tick now) noexcept {
  for (uint32_t place = 0; place < conversations_.size(); ++place) {
    const Conversation& at = conversations_[place];
    if (at.job == 0 || at.job >= job) continue;
    if (at.state == State::asking) give_up(place, now);
    if (at.state == State::open) {
      counters_.add(ScanCounter::connections_stopped);
      end(place, ScanEventKind::peer_reset, now);
    }
  }
}

}  // namespace dataplane
