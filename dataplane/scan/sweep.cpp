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

constexpr int kProbesPerRound = 64;  // so that a core comes back to its frames

std::optional<SynTemplate> make_template(const ScanSite& site, bool v4) {
  for (const OwnAddress& own : site.addresses)
    if (own.address.is_v4() == v4)
      return SynTemplate({{}, site.mac, site.vlan}, own.address, mss_for(site.mss, own.address));
  return std::nullopt;
}

}  // namespace

Sweep::Sweep(const Parts& parts)
    : parts_(parts),
      syn_v4_(make_template(parts.site, true)),
      syn_v6_(make_template(parts.site, false)),
      parked_(StartQueue::kProbes) {}

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
  probes.window_max = std::clamp<uint32_t>(
      static_cast<uint32_t>(parts_.exchange.replies.capacity() / 4), 1, probes.window_max);
  windows_ = std::make_unique<ProbeWindows>(probes, this);
  cookie_.emplace(plan->cookie_key, parts_.ports);
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
  if (hand_) parts_.counters.add(ScanCounter::probes_dropped);
  hand_.reset();
}

bool Sweep::work(Sending sending, Tick now) noexcept {
  const bool stalled = sending == Sending::no || waits_for_gateway_;
  if (stalled) stalled_ += now - now_;
  now_ = now;
  if (windows_ == nullptr || stopped_ || sending == Sending::no || !may_walk()) return false;
  int sent = 0;
  for (; sent < kProbesPerRound; ++sent) {
    if (!hand_) {
      hand_ = windows_->next(clock(now));
      if (!hand_) break;
      hand_target_ = plan_->space->at(hand_->number);
    }
    if (!send_hand(now)) break;
    hand_.reset();
  }
  return sent > 0;
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
bool Sweep::send_hand(Tick now) noexcept {
  if (is_never_asked(parts_.site, hand_target_.address)) {
    lose(*hand_);
    return true;
  }
  if (parts_.sink.room().empty()) {
    parts_.counters.add(ScanCounter::probes_unsent);
    return false;
  }
  const StartQueue::Decision decision = parts_.queue.ask_for_probe(hand_target_.address, now);
  if (decision.turn != Turn::gateway && decision.turn != Turn::pace) waits_for_gateway_ = false;
  return place_hand(decision, now);
}

bool Sweep::place_hand(const StartQueue::Decision& decision, Tick now) noexcept {
  switch (decision.turn) {
    case Turn::go:
      send({*hand_, hand_target_, decision.link}, now);
      return true;
    case Turn::gateway:
      waits_for_gateway_ = true;
      return false;
    case Turn::pace:
      return false;
    case Turn::no_way:
      lose(*hand_);
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
  const auto number = parts_.queue.park(hand_target_.address, decision, now);
  if (!number) return false;
  parked_[*number - parts_.first_parked] = {*hand_, hand_target_, true};
  windows_->hold(*hand_);
  return true;
}

void Sweep::start(uint32_t number, const LinkHeader& link, Tick now) noexcept {
  Parked& at = parked_[number - parts_.first_parked];
  at.used = false;
  windows_->release(at.probe, clock(now));
  // An earlier attempt may have been answered meanwhile.
  if (windows_->state_of(at.probe.number) == ProbeState::asked)
    send({at.probe, at.target, link}, now);
}

void Sweep::cannot_start(uint32_t number, Turn why, Tick now) noexcept {
  Parked& at = parked_[number - parts_.first_parked];
  at.used = false;
  windows_->release(at.probe, clock(now));
  if (why == Turn::no_way) return lose(at.probe);
  parts_.counters.add(ScanCounter::probes_without_neighbour);
}

const SynTemplate* Sweep::template_for(const IpAddress& to) const noexcept {
  const std::optional<SynTemplate>& chosen = to.is_v4() ? syn_v4_ : syn_v6_;
  return chosen ? &*chosen : nullptr;
}

void Sweep::send(const Departure& departure, Tick now) noexcept {
  const auto& [probe, target, link] = departure;
  const SynTemplate* const syn = template_for(target.address);
  const OwnAddress* const from = source_for(parts_.site, target.address);
  if (syn == nullptr || from == nullptr) return lose(probe);
  const ScanCookie::Values values = cookie_->of(from->address, target, probe.attempt);
  const size_t length =
      syn->write(link.next_hop, {target, values.source_port, values.sequence, timestamp_of(now)},
                 parts_.sink.room());
  if (length == 0) return lose(probe);
  parts_.sink.send(length);
  if (parts_.sink.refused_last()) return lose(probe);
  ++probes_sent_;
  parts_.counters.add(probe.attempt == 0 ? ScanCounter::probes_sent
                                         : ScanCounter::probes_sent_again);
}

void Sweep::lose(const ProbeWindows::Probe& probe) noexcept {
  parts_.counters.add(ScanCounter::probes_lost_locally);
  windows_->lose(probe.number);
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
