// SPDX-License-Identifier: Apache-2.0
#include "dataplane/scan/probe_windows.hpp"

#include <algorithm>

namespace dataplane {

using flowtable::Tick;

namespace {

constexpr uint32_t kWindowsAtLeast = 8;
constexpr int kWindowsPerCall = 8;  // to count: some tenths of a millisecond at most

uint32_t window_targets(const ProbePlan& plan) noexcept {
  return std::clamp(plan.in_flight_max / kWindowsAtLeast, 1u, std::max(plan.window_max, 1u));
}

}  // namespace

ProbeWindows::ProbeWindows(const ProbePlan& plan, TargetLedger* ledger)
    : plan_(plan),
      ledger_(ledger),
      order_(plan.group, plan.shard, plan.shards, plan.from_step),
      order_at_end_(order_.step() == order_.num_steps()),
      window_targets_(window_targets(plan)),
      in_flight_(std::max(plan.in_flight_max, window_targets_)),
      windows_(in_flight_.capacity() / window_targets_, Window{order_, order_}) {}

std::optional<ProbeWindows::Probe> ProbeWindows::next(Tick now) noexcept {
  look_at_oldest(now);
  while (sending_ != kNone || choose_window(now)) {
    if (const auto probe = continue_window(window(sending_), now)) return probe;
    sending_ = kNone;
  }
  return std::nullopt;
}

// The oldest first: what is asked again holds up the checkpoint.
bool ProbeWindows::choose_window(Tick now) noexcept {
  if (now < look_again_) return open_window();
  look_again_ = Tick::max();
  for (uint64_t id = first_; id < last_; ++id) {
    Window& each = window(id);
    const bool more = each.again || each.attempt + 1 < plan_.attempts;
    if (each.held > 0 || !more) continue;
    if (now < each.due) {
      look_again_ = std::min(look_again_, each.due);
      continue;
    }
    if (!each.again) ++each.attempt;
    each.again = false;
    each.at = each.begin;
    sending_ = id;
    look_again_ = now;
    return true;
  }
  return open_window();
}

std::optional<ProbeWindows::Probe> ProbeWindows::continue_window(Window& at, Tick now) noexcept {
  while (at.at.step() < at.end_step) {
    const auto number = at.at.next();
    if (!number) break;
    if (!at.is_in_flight) in_flight_.add(*number);
    if (in_flight_.state(*number) != ProbeState::asked) continue;
    ++counts_.probes;
    return Probe{*number, sending_, at.attempt};
  }
  at.is_in_flight = true;
  at.due = now + plan_.wait;
  look_again_ = std::min(look_again_, at.due);
  return std::nullopt;
}

bool ProbeWindows::open_window() noexcept {
  if (order_at_end_ || last_ - first_ == windows_.size()) return false;
  Window& added = window(last_);
  added = Window{order_, order_};
  for (uint32_t i = 0; i < window_targets_ && !order_at_end_; ++i)
    order_at_end_ = !order_.next();
  added.end_step = order_.step();
  sending_ = last_++;
  return true;
}

void ProbeWindows::look_at_oldest(Tick now) noexcept {
  for (int i = 0; i < kWindowsPerCall && first_ < last_ && first_ != sending_; ++i) {
    const Window& oldest = window(first_);
    if (oldest.attempt + 1 < plan_.attempts || oldest.again || oldest.held > 0 || now < oldest.due)
      return;
    if (ledger_ != nullptr && !ledger_->has_room(window_targets_)) return;
    count(oldest);
    ++first_;
  }
}

void ProbeWindows::release(const Probe& probe, Tick now) noexcept {
  Window& at = window(probe.window);
  --at.held;
  at.due = std::max(at.due, now + plan_.wait);
  look_again_ = now;
}

void ProbeWindows::lose(uint64_t number) noexcept {
  if (in_flight_.contains(number) && in_flight_.state(number) == ProbeState::asked)
    in_flight_.set_state(number, ProbeState::lost_locally);
}

void ProbeWindows::ask_again() noexcept {
  for (uint64_t id = first_; id < last_; ++id)
    window(id).again = true;
  look_again_ = Tick();
}

std::optional<ProbeState> ProbeWindows::state_of(uint64_t number) const noexcept {
  if (!in_flight_.contains(number)) return std::nullopt;
  return in_flight_.state(number);
}

void ProbeWindows::count(const Window& over) noexcept {
  for (TargetOrder at = over.begin; at.step() < over.end_step;) {
    const auto number = at.next();
    if (!number) break;
    ++counts_.targets;
    const ProbeState state = in_flight_.remove(*number);
    if (ledger_ != nullptr) ledger_->count(*number, state);
    switch (state) {
      case ProbeState::asked:
        ++counts_.silent;
        break;
      case ProbeState::open:
        ++counts_.open;
        break;
      case ProbeState::closed:
        ++counts_.closed;
        break;
      case ProbeState::unreachable:
        ++counts_.unreachable;
        break;
      case ProbeState::lost_locally:
        ++counts_.lost_locally;
        break;
    }
  }
}

ProbeWindows::Answer ProbeWindows::answered(uint64_t number, ProbeState state,
                                            uint8_t attempt) noexcept {
  if (!in_flight_.contains(number)) {
    ++counts_.late;
    return Answer::late;
  }
  if (in_flight_.state(number) != ProbeState::asked) {
    ++counts_.repeated;
    return Answer::repeated;
  }
  in_flight_.set_state(number, state);
  ++(attempt == 0 ? counts_.answered_first : counts_.answered_again);
  return Answer::first;
}

}  // namespace dataplane
