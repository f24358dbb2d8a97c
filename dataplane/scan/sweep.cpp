// SPDX-License-Identifier: Apache-2.0
// What is asked. (What is heard: sweep_answers.cpp.)
#include "dataplane/scan/sweep.hpp"

#include "dataplane/scan/own_addresses.hpp"

#include <algorithm>

namespace dataplane {

using flowtable::Endpoint;
using flowtable::IpAddress;
using flowtable::Tick;
using Turn = StartQueue::Turn;

namespace {

constexpr uint32_t kProbesPerRound = 64;  // so that a core comes back to its frames

}  // namespace

Sweep::Sweep(const Parts& parts)
    : parts_(parts),
      v4_(family_of(parts.site, true)),
      v6_(family_of(parts.site, false)),
      parked_(StartQueue::kProbes) {}

std::optional<Sweep::Family> Sweep::family_of(const ScanSite& site, bool v4) {
  for (const OwnAddress& own : site.addresses) {
    if (own.address.is_v4() != v4) continue;
    const SynTemplate syn({{}, site.mac, site.vlan}, own.address, mss_for(site.mss, own.address));
    return Family{syn, own.address, std::nullopt};
  }
  return std::nullopt;
}

void Sweep::take_plan(const ScanPlan* plan, Tick now) {
  drop_parked();
  windows_.reset();
  cookie_.reset();
  plan_ = plan;
  stopped_ = false;
  waits_for_gateway_ = false;
  probes_sent_ = 0;
  now_ = now;
  stalled_ = {};
  if (plan == nullptr) return;
  ProbePlan probes = plan->probes;
  // All of a window are told at once.
  if (plan->tell_silent)
    probes.window_max = std::clamp<uint32_t>(
        static_cast<uint32_t>(parts_.exchange.replies.capacity() / 4), 1, probes.window_max);
  windows_ = std::make_unique<ProbeWindows>(probes, this);
  cookie_.emplace(plan->cookie_key, parts_.ports);
  for (std::optional<Family>* family : {&v4_, &v6_})
    if (*family) (*family)->cookies = cookie_->from((*family)->from);
}

void Sweep::stop() noexcept {
  drop_parked();
  stopped_ = true;
}

void Sweep::drop_parked() noexcept {
  for (size_t at = 0; at < parked_.size(); ++at) {
    if (!parked_[at].used) continue;
    parts_.queue.withdraw(parts_.first_parked + static_cast<uint32_t>(at));
    parked_[at].used = false;
    parts_.counters.add(ScanCounter::probes_dropped);
  }
  parts_.counters.add(ScanCounter::probes_dropped, hand_.end - hand_.next);
  hand_.next = hand_.end = 0;
  hand_.held = false;
}

bool Sweep::work(Sending sending, Tick now) noexcept {
  const bool stalled = sending == Sending::no || waits_for_gateway_;
  if (stalled) stalled_ += now - now_;
  now_ = now;
  if (windows_ == nullptr || stopped_ || sending == Sending::no || !may_walk()) return false;
  const uint32_t most = parts_.queue.begin_probes(kProbesPerRound, now);
  uint32_t sent = 0;
  while (sent < most && (!hand_.empty() || fill_hand(most - sent, now))) {
    sent += send_hand(now);
    if (!hand_.empty()) break;
  }
  parts_.queue.end_probes();
  hold_hand();
  return sent > 0;
}

bool Sweep::fill_hand(uint32_t most, Tick now) noexcept {
  const auto taken = static_cast<uint32_t>(
      windows_->take(std::span(hand_.probes).first(std::min(most, Hand::kMost)), clock(now)));
  for (uint32_t i = 0; i < taken; ++i) {
    plan_->space->put(hand_.probes[i].number, hand_.targets[i]);
    parts_.queue.prefetch(hand_.targets[i].address);
  }
  for (uint32_t i = 0; i < taken; ++i)
    hand_.cookies[i] = cookie_of(hand_.probes[i], hand_.targets[i]);
  hand_.next = 0;
  hand_.end = taken;
  return taken > 0;
}

// In line: what it is told stays in registers then.
[[gnu::always_inline]] inline void Sweep::send(const Departure& departure, std::span<uint8_t> room,
                                               Tick now) noexcept {
  const auto& [probe, target, next_hop, cookie] = departure;
  const std::optional<Family>& family = family_for(target.address);
  if (!family) return lose(probe);
  const size_t length = family->syn.write(
      next_hop, {target, cookie.source_port, cookie.sequence, timestamp_of(now)}, room);
  if (length == 0) return lose(probe);
  parts_.sink.send(length);
  if (parts_.sink.refused_last()) return lose(probe);
  ++probes_sent_;
  parts_.counters.add(probe.attempt == 0 ? ScanCounter::probes_sent
                                         : ScanCounter::probes_sent_again);
}

// How many left the hand; where some stay nothing can be sent now.
uint32_t Sweep::send_hand(Tick now) noexcept {
  const uint32_t first = hand_.next;
  for (; !hand_.empty(); ++hand_.next) {
    if (!send_next(now)) break;
    if (hand_.held) windows_->release(hand_.probes[hand_.next], clock(now));
  }
  if (hand_.empty()) hand_.held = false;
  return hand_.next - first;
}

// The time to answer begins when they are sent.
void Sweep::hold_hand() noexcept {
  if (hand_.held || hand_.empty()) return;
  for (uint32_t i = hand_.next; i < hand_.end; ++i)
    windows_->hold(hand_.probes[i]);
  hand_.held = true;
}

// What answers bring needs room: with the workers, and for connections, of which an eighth is the
// dials'.
bool Sweep::may_walk() const noexcept {
  const auto& events = parts_.exchange.events;
  const auto& replies = parts_.exchange.replies;
  const uint32_t slots = parts_.site.tcp.connections_max;
  const bool may = parts_.tcp.num_free() > slots / 8 && events.size() < events.capacity() / 2 &&
                   (replies.size() < replies.capacity() / 2 || !plan_->tell_closed);
  if (!may) parts_.counters.add(ScanCounter::walks_held_up);
  return may;
}

// False where the probe stays in hand.
bool Sweep::send_next(Tick now) noexcept {
  const ProbeWindows::Probe& probe = hand_.probes[hand_.next];
  const IpAddress& to = hand_.targets[hand_.next].address;
  // It was answered while it waited.
  if (hand_.held && !windows_->is_unanswered(probe)) return true;
  if (parts_.sink.is_never_asked_fast(to)) {
    lose(probe);
    return true;
  }
  const std::span<uint8_t> room = parts_.sink.room();
  if (room.empty()) {
    parts_.counters.add(ScanCounter::probes_unsent);
    return false;
  }
  if (const LinkHeader* const way = parts_.queue.way_for_probe(to, now)) {
    waits_for_gateway_ = false;
    send({probe, hand_.targets[hand_.next], way->next_hop, hand_.cookies[hand_.next]}, room, now);
    return true;
  }
  const StartQueue::Decision decision = parts_.queue.ask_for_probe(to, now);
  if (decision.turn != Turn::gateway && decision.turn != Turn::pace) waits_for_gateway_ = false;
  return place_next(decision, now);
}

bool Sweep::place_next(const StartQueue::Decision& decision, Tick now) noexcept {
  const ProbeWindows::Probe& probe = hand_.probes[hand_.next];
  const Endpoint& target = hand_.targets[hand_.next];
  switch (decision.turn) {
    case Turn::go:
      send({probe, target, decision.link.next_hop, hand_.cookies[hand_.next]}, parts_.sink.room(),
           now);
      return true;
    case Turn::gateway:
      waits_for_gateway_ = true;
      return false;
    case Turn::pace:
      return false;
    case Turn::no_way:
      lose(probe);
      return true;
    case Turn::absent:
      // Nobody is there, which is an answer as good as silence.
      parts_.counters.add(ScanCounter::probes_without_neighbour);
      return true;
    case Turn::cap:
    case Turn::neighbour:
    case Turn::room:
      break;
  }
  const auto number = parts_.queue.park(target.address, decision, now);
  if (!number) return false;
  parked_[*number - parts_.first_parked] = {probe, target, true};
  windows_->hold(probe);
  return true;
}

void Sweep::start(uint32_t number, const LinkHeader& link, Tick now) noexcept {
  Parked& at = parked_[number - parts_.first_parked];
  at.used = false;
  windows_->release(at.probe, clock(now));
  // An earlier attempt may have been answered meanwhile.
  if (windows_->is_unanswered(at.probe))
    send({at.probe, at.target, link.next_hop, cookie_of(at.probe, at.target)}, parts_.sink.room(),
         now);
}

void Sweep::cannot_start(uint32_t number, Turn why, Tick now) noexcept {
  Parked& at = parked_[number - parts_.first_parked];
  at.used = false;
  windows_->release(at.probe, clock(now));
  if (why == Turn::no_way) return lose(at.probe);
  parts_.counters.add(ScanCounter::probes_without_neighbour);
}

void Sweep::lose(const ProbeWindows::Probe& probe) noexcept {
  parts_.counters.add(ScanCounter::probes_lost_locally);
  windows_->lose(probe);
}

void Sweep::report(ScanProgress& progress) const noexcept {
  progress.waits_for_gateway.set(waits_for_gateway_);
  progress.connections.set(parts_.tcp.num_connections());
  if (windows_ == nullptr) return;
  const ProbeWindows::Counts& counts = windows_->counts();
  progress.checkpoint.set(windows_->checkpoint());
  progress.steps_taken.set(windows_->steps_taken());
  progress.probes.set(probes_sent_);
  progress.targets.set(counts.targets);
  progress.open.set(counts.open);
  progress.closed.set(counts.closed);
  progress.unreachable.set(counts.unreachable);
  progress.silent.set(counts.silent);
  progress.lost_locally.set(counts.lost_locally);
  progress.answered_first.set(counts.answered_first);
  progress.answered_again.set(counts.answered_again);
  progress.finished.set(!stopped_ && windows_->finished());
}

}  // namespace dataplane
