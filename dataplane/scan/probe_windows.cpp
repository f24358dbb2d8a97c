// SPDX-License-Identifier: Apache-2.0
#include "dataplane/scan/probe_windows.hpp"

#include <algorithm>

namespace dataplane {

using flowtable::Tick;

namespace {

// Counting a window is some ten microseconds then.
constexpr uint32_t kWindowTargetsMax = 4096;
constexpr uint32_t kWindowsAtLeast = 8;

uint32_t window_targets(uint32_t in_flight_max) noexcept {
  return std::clamp(in_flight_max / kWindowsAtLeast, 1u, kWindowTargetsMax);
}

}  // namespace

ProbeWindows::ProbeWindows(const ProbePlan& plan)
    : plan_(plan),
      order_(plan.group, plan.shard, plan.shards, plan.from_step),
      order_at_end_(order_.step() == order_.num_steps()),
      window_targets_(window_targets(plan.in_flight_max)),
      in_flight_(std::max(plan.in_flight_max, window_targets_)),
      windows_(in_flight_.capacity() / window_targets_, Window{order_, order_, 0, 0, {}}) {}

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
  for (uint64_t id = first_; id < last_; ++id) {
    Window& each = window(id);
    if (now < each.due || each.attempt + 1 == plan_.attempts) continue;
    ++each.attempt;
    each.at = each.begin;
    sending_ = id;
    return true;
  }
  return open_window();
}

std::optional<ProbeWindows::Probe> ProbeWindows::continue_window(Window& at, Tick now) noexcept {
  while (at.at.step() < at.end_step) {
    const auto number = at.at.next();
    if (!number) break;
    if (at.attempt == 0) in_flight_.add(*number);
    if (in_flight_.state(*number) != ProbeState::asked) continue;
    ++counts_.probes;
    return Probe{*number, at.attempt};
  }
  at.due = now + plan_.wait;
  return std::nullopt;
}

bool ProbeWindows::open_window() noexcept {
  if (order_at_end_ || last_ - first_ == windows_.size()) return false;
  Window& added = window(last_);
  added = Window{order_, order_, 0, 0, {}};
  for (uint32_t i = 0; i < window_targets_ && !order_at_end_; ++i)
    order_at_end_ = !order_.next();
  added.end_step = order_.step();
  sending_ = last_++;
  return true;
}

void ProbeWindows::look_at_oldest(Tick now) noexcept {
  while (first_ < last_) {
    const Window& oldest = window(first_);
    if (first_ == sending_ || oldest.attempt + 1 < plan_.attempts || now < oldest.due) return;
    count(oldest);
    ++first_;
  }
}

void ProbeWindows::count(const Window& over) noexcept {
  for (TargetOrder at = over.begin; at.step() < over.end_step;) {
    const auto number = at.next();
    if (!number) break;
    ++counts_.targets;
    switch (in_flight_.remove(*number)) {
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
    }
  }
}

ProbeWindows::Answer ProbeWindows::answered(uint64_t number, ProbeState state) noexcept {
  if (!in_flight_.contains(number)) {
    ++counts_.late;
    return Answer::late;
  }
  if (in_flight_.state(number) != ProbeState::asked) {
    ++counts_.repeated;
    return Answer::repeated;
  }
  in_flight_.set_state(number, state);
  return Answer::first;
}

}  // namespace dataplane
