// SPDX-License-Identifier: Apache-2.0
#include "dataplane/scan/start_queue.hpp"

#include "dataplane/scan/own_addresses.hpp"

#include <algorithm>

namespace dataplane {

using flowtable::IpAddress;
using flowtable::Tick;

namespace {

constexpr int kTurnsPerRun = 64;  // so that a core comes back to its frames
constexpr flowtable::TickSpan kComeAgain = std::chrono::milliseconds(50);

}  // namespace

StartQueue::StartQueue(const Parts& parts, Tick now)
    : site_(parts.site),
      neighbours_(parts.neighbours),
      sink_(parts.sink),
      counters_(parts.counters),
      dials_(parts.dials),
      entries_(size_t{parts.dials} + kProbes),
      lists_(size_t{kProbesReady} + 1),
      free_(kProbes),
      wheel_(parts.dials + kProbes, now, std::chrono::milliseconds(1)),
      subnets_(parts.site.caps.per_subnet / parts.cores, {120, 64}),
      hosts_(parts.site.caps.per_host / parts.cores, {128, 128}),
      on_link_(parts.site) {
  if (parts.site.caps.all > 0) site_share_ = parts.site.caps.all / parts.cores;
  set_pacer(all_, site_share_);
}

void StartQueue::set_pacer(std::optional<Pacer>& pacer, double per_second) noexcept {
  if (!(per_second > 0)) {
    pacer.reset();
  } else if (pacer) {
    pacer->set_rate(per_second);
  } else {
    pacer.emplace(per_second);
  }
}

void StartQueue::set_probe_rate(double per_second) noexcept {
  if (per_second == probe_rate_) return;
  probe_rate_ = per_second;
  set_pacer(probes_, per_second);
}

void StartQueue::set_ceiling(double per_second) noexcept {
  if (per_second == ceiling_) return;
  ceiling_ = per_second;
  const bool lower = per_second > 0 && (site_share_ == 0 || per_second < site_share_);
  set_pacer(all_, lower ? per_second : site_share_);
}

bool StartQueue::may_pace(Paced paced, Tick now) noexcept {
  if (paced == Paced::before) return true;
  const bool is_probe = paced == Paced::as_probe;
  return (!all_ || all_->room(now) > 0) && (!is_probe || !probes_ || probes_->room(now) > 0);
}

void StartQueue::pace(Paced paced, Tick now) noexcept {
  if (paced == Paced::before) return;
  if (all_) (void)all_->take(now, 1);
  if (paced == Paced::as_probe && probes_) (void)probes_->take(now, 1);
}

StartQueue::Decision StartQueue::decide(const IpAddress& to, Claim claim, Paced paced,
                                        Tick now) noexcept {
  const auto route = route_to(site_, to);
  if (!route) return {Turn::no_way, Neighbours::kNone, {}};
  if (!may_pace(paced, now)) return {};
  const Neighbours::Found found = neighbours_.find(route->next_hop, now);
  if (found.state != Neighbours::State::known) {
    if (found.number == Neighbours::kNone) return {Turn::room, Neighbours::kNone, {}};
    const bool absent = found.state == Neighbours::State::absent;
    // A dial whose gateway does not answer comes to nothing; a probe waits for it.
    if (route->gateway && (paced != Paced::as_dial || !absent))
      return {Turn::gateway, found.number, {}};
    if (absent) return {Turn::absent, found.number, {}};
    // The question is a frame like any other, and a sweep of a link asks a lot of them.
    pace(paced, now);
    return {Turn::neighbour, found.number, {}};
  }
  const bool may_go = claim == Claim::held
                          ? subnets_.may_go(to, now) && hosts_.may_go(to, now)
                          : subnets_.may_go_unclaimed(to, now) && hosts_.may_go_unclaimed(to, now);
  if (!may_go) return {Turn::cap, Neighbours::kNone, {}};
  pace(paced, now);
  subnets_.went(to, now);
  hosts_.went(to, now);
  return {Turn::go, Neighbours::kNone, {found.mac, site_.mac, site_.vlan}};
}

uint32_t StartQueue::begin_probes(uint32_t wanted, Tick now) noexcept {
  paced_ = wanted;
  if (all_) paced_ = std::min(paced_, all_->room(now));
  if (probes_) paced_ = probes_->take(now, paced_);
  if (all_) paced_ = all_->take(now, paced_);
  via_v4_ = via_v6_ = Via();
  return paced_;
}

void StartQueue::end_probes() noexcept {
  if (all_) all_->give_back(paced_);
  if (probes_) probes_->give_back(paced_);
  paced_ = 0;
}

void StartQueue::look_up_gateway(const IpAddress& to, Tick now) noexcept {
  const auto route = route_to(site_, to);
  if (!route || !route->gateway) return;
  const Neighbours::Found found = neighbours_.find(route->next_hop, now);
  Via& via = lies_in_v4(to) ? via_v4_ : via_v6_;
  via.found = found.state == Neighbours::State::known;
  via.link = {found.mac, site_.mac, site_.vlan};
}

StartQueue::Decision StartQueue::ask_for_probe(const IpAddress& to, Tick now) noexcept {
  if (paced_ == 0) return {};
  const Decision decision = decide(to, Claim::none, Paced::before, now);
  if (decision.turn == Turn::go || decision.turn == Turn::neighbour) --paced_;
  look_up_gateway(to, now);
  return decision;
}

std::optional<uint32_t> StartQueue::park(const IpAddress& to, const Decision& decision,
                                         Tick now) noexcept {
  if (free_.empty()) {
    counters_.add(ScanCounter::starts_full);
    return std::nullopt;
  }
  const uint32_t number = dials_ + free_.take();
  entries_[number] = Entry();
  entries_[number].to = to;
  wait(number, decision, now);
  return number;
}

void StartQueue::ask(uint32_t slot, const IpAddress& to, Tick) noexcept {
  entries_[slot] = Entry();
  entries_[slot].to = to;
  make_ready(slot);
}

void StartQueue::withdraw(uint32_t number) noexcept {
  take_out(number);
  wheel_.cancel(number);
  if (!is_dial(number)) free_.give_back(number - dials_);
}

void StartQueue::wait(uint32_t number, const Decision& decision, Tick now) noexcept {
  Entry& at = entries_[number];
  counters_.add(ScanCounter::starts_deferred);
  if (decision.turn == Turn::cap) {
    counters_.add(ScanCounter::starts_over_cap);
    const Tick when = at.claimed ? std::max(subnets_.due(at.to, now), hosts_.due(at.to, now))
                                 : std::max(subnets_.claim(at.to, now), hosts_.claim(at.to, now));
    at.claimed = true;
    return wheel_.schedule(number, when);
  }
  if (decision.turn == Turn::neighbour) return append(number, decision.neighbour);
  wheel_.schedule(number, now + kComeAgain);
}

void StartQueue::append(uint32_t number, uint32_t list) noexcept {
  Entry& at = entries_[number];
  List& to = lists_[list];
  at.list = list;
  at.before = to.last;
  at.after = kNone;
  (to.last == kNone ? to.first : entries_[to.last].after) = number;
  to.last = number;
}

void StartQueue::make_ready(uint32_t number) noexcept {
  append(number, is_dial(number) ? kDialsReady : kProbesReady);
}

void StartQueue::take_out(uint32_t number) noexcept {
  Entry& at = entries_[number];
  if (at.list == kNone) return;
  List& from = lists_[at.list];
  (at.before == kNone ? from.first : entries_[at.before].after) = at.after;
  (at.after == kNone ? from.last : entries_[at.after].before) = at.before;
  at.list = kNone;
}

bool StartQueue::run(Starter& starter, Tick now) noexcept {
  wheel_.wake(now, [this](uint32_t number) { make_ready(number); });
  for (const uint32_t neighbour : neighbours_.settled()) {
    while (lists_[neighbour].first != kNone) {
      const uint32_t number = lists_[neighbour].first;
      take_out(number);
      make_ready(number);
    }
  }
  neighbours_.clear_settled();
  const bool dials = run_list(kDialsReady, starter, now);
  return run_list(kProbesReady, starter, now) || dials;
}

bool StartQueue::run_list(uint32_t list, Starter& starter, Tick now) noexcept {
  const bool is_probe = list == kProbesReady;
  int turns = 0;
  for (; turns < kTurnsPerRun && lists_[list].first != kNone; ++turns) {
    if (sink_.room().empty()) break;
    const uint32_t number = lists_[list].first;
    const Entry& at = entries_[number];
    const Decision decision = decide(at.to, at.claimed ? Claim::held : Claim::none,
                                     is_probe ? Paced::as_probe : Paced::as_dial, now);
    if (decision.turn == Turn::pace) break;
    take_out(number);
    const bool gone = decision.turn == Turn::no_way || decision.turn == Turn::absent;
    if (decision.turn != Turn::go && !gone) {
      wait(number, decision, now);
      continue;
    }
    if (is_probe) free_.give_back(number - dials_);
    if (decision.turn == Turn::go) {
      starter.start(number, decision.link, now);
    } else {
      starter.cannot_start(number, decision.turn, now);
    }
  }
  return turns > 0;
}

}  // namespace dataplane
