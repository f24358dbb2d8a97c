// SPDX-License-Identifier: Apache-2.0
#include "dataplane/scan/probe_windows.hpp"

#include <algorithm>

namespace dataplane {

using flowtable::Tick;

namespace {

constexpr uint32_t kWindowsAtLeast = 8;
constexpr int kWindowsPerCall = 8;  // to count: some tenths of a millisecond at most

uint32_t window_steps(const ProbePlan& plan) noexcept {
  return std::clamp(plan.in_flight_max / kWindowsAtLeast, 1u, std::max(plan.window_max, 1u));
}

}  // namespace

ProbeWindows::ProbeWindows(const ProbePlan& plan, TargetLedger* ledger)
    : plan_(plan),
      ledger_(ledger),
      window_steps_(window_steps(plan)),
      walk_(plan.group, plan.shard, plan.shards),
      window_leap_(walk_.leap_of(window_steps_)),
      span_leap_(walk_.leap_of(kSpan)),
      front_(walk_.at(plan.from_step)),
      windows_(std::max(plan.in_flight_max, window_steps_) / window_steps_),
      states_(windows_.size(), window_steps_),
      spans_per_window_(static_cast<uint32_t>((window_steps_ + kSpan - 1) / kSpan)),
      landmarks_(static_cast<uint32_t>(windows_.size()) * spans_per_window_) {
  pass_over_what_is_no_target();
}

std::optional<ProbeWindows::Probe> ProbeWindows::next(Tick now) noexcept {
  Probe probe;
  return take(std::span(&probe, 1), now) == 1 ? std::optional(probe) : std::nullopt;
}

size_t ProbeWindows::take(std::span<Probe> out, Tick now) noexcept {
  look_at_oldest(now);
  size_t taken = 0;
  while (taken < out.size() && (sending_ != kNone || choose_window(now)))
    taken += continue_window(out.subspan(taken), now);
  counts_.probes += taken;
  return taken;
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

// Some of the window that is being sent; none are left of it where it is no longer.
size_t ProbeWindows::continue_window(std::span<Probe> out, Tick now) noexcept {
  Window& at = window(sending_);
  size_t taken = 0;
  while (at.at.step < at.end_step && taken < out.size()) {
    std::array<uint64_t, TargetWalk::kStride> stride;
    const size_t count =
        std::min<uint64_t>({stride.size(), at.end_step - at.at.step, out.size() - taken});
    const std::span<uint64_t> elements = std::span(stride).first(count);
    const uint64_t step = at.at.step - at.begin.step;
    walk_.advance(at.at, elements);
    taken += at.all_asked ? ask_again(step, elements, out.subspan(taken))
                          : ask_first(step, elements, out.subspan(taken));
  }
  if (at.at.step < at.end_step) return taken;
  at.all_asked = true;
  at.due = now + plan_.wait;
  look_again_ = std::min(look_again_, at.due);
  sending_ = kNone;
  return taken;
}

size_t ProbeWindows::ask_first(uint64_t step, std::span<const uint64_t> elements,
                               std::span<Probe> out) noexcept {
  const size_t slot = slot_of(sending_);
  size_t taken = 0;
  for (const uint64_t element : elements) {
    if (step % kSpan == 0)
      landmarks_.add(element, static_cast<uint32_t>(slot * spans_per_window_ + step / kSpan));
    if (walk_.is_target(element)) {
      out[taken++] = {TargetWalk::number_of(element), sending_, static_cast<uint32_t>(step), 0};
    } else {
      states_.set(slot, step, WindowStates::kNoTarget);
    }
    ++step;
  }
  return taken;
}

size_t ProbeWindows::ask_again(uint64_t step, std::span<const uint64_t> elements,
                               std::span<Probe> out) const noexcept {
  const uint8_t attempt = window(sending_).attempt;
  size_t taken = 0;
  for (const uint64_t element : elements) {
    const Probe probe{TargetWalk::number_of(element), sending_, static_cast<uint32_t>(step++),
                      attempt};
    if (is_unanswered(probe)) out[taken++] = probe;
  }
  return taken;
}

bool ProbeWindows::open_window() noexcept {
  if (is_at_end() || last_ - first_ == windows_.size()) return false;
  Window& added = window(last_);
  added = Window{.begin = front_, .at = front_};
  walk_.leap(front_, window_leap_);
  added.end_step = front_.step;
  states_.clear(slot_of(last_), added.steps());
  pass_over_what_is_no_target();
  sending_ = last_++;
  return true;
}

// So that a window of one step has its target.
void ProbeWindows::pass_over_what_is_no_target() noexcept {
  uint64_t element = 0;
  while (!is_at_end() && !walk_.is_target(front_.element))
    walk_.advance(front_, std::span(&element, 1));
}

void ProbeWindows::look_at_oldest(Tick now) noexcept {
  for (int i = 0; i < kWindowsPerCall && first_ < last_ && first_ != sending_; ++i) {
    const Window& oldest = window(first_);
    if (oldest.attempt + 1 < plan_.attempts || oldest.again || oldest.held > 0 || now < oldest.due)
      return;
    if (ledger_ != nullptr && !ledger_->has_room(window_steps_)) return;
    count(first_);
    ++first_;
  }
}

void ProbeWindows::release(const Probe& probe, Tick now) noexcept {
  Window& at = window(probe.window);
  --at.held;
  at.due = std::max(at.due, now + plan_.wait);
  look_again_ = now;
}

void ProbeWindows::lose(const Probe& probe) noexcept {
  if (is_unanswered(probe))
    states_.set(slot_of(probe.window), probe.step, ProbeState::lost_locally);
}

void ProbeWindows::ask_again() noexcept {
  for (uint64_t id = first_; id < last_; ++id)
    window(id).again = true;
  look_again_ = Tick();
}

std::optional<ProbeWindows::Found> ProbeWindows::find(uint64_t number) const noexcept {
  uint64_t element = number + 1;
  if (!walk_.is_target(element)) return std::nullopt;
  for (uint64_t steps = 0; steps < kSpan; ++steps, element = walk_.before(element)) {
    const std::optional<uint32_t> mark = landmarks_.find(element);
    if (!mark) continue;
    const size_t slot = *mark / spans_per_window_;
    const uint64_t step = *mark % spans_per_window_ * kSpan + steps;
    const Window& at = windows_[slot];
    const uint64_t asked = at.all_asked ? at.steps() : at.at.step - at.begin.step;
    if (step >= asked) return std::nullopt;
    return Found{slot, step};
  }
  return std::nullopt;
}

std::optional<ProbeState> ProbeWindows::state_of(uint64_t number) const noexcept {
  const auto found = find(number);
  if (!found) return std::nullopt;
  return static_cast<ProbeState>(states_.get(found->window, found->step));
}

void ProbeWindows::count(uint64_t id) noexcept {
  if (ledger_ != nullptr && ledger_->wants_each()) tell_each(id);
  const WindowStates::Tally tally = states_.tally(slot_of(id));
  const auto of = [&tally](ProbeState state) { return tally[static_cast<size_t>(state)]; };
  counts_.silent += of(ProbeState::asked);
  counts_.open += of(ProbeState::open);
  counts_.closed += of(ProbeState::closed);
  counts_.unreachable += of(ProbeState::unreachable);
  counts_.lost_locally += of(ProbeState::lost_locally);
  counts_.targets += of(ProbeState::asked) + of(ProbeState::open) + of(ProbeState::closed) +
                     of(ProbeState::unreachable) + of(ProbeState::lost_locally);
  if (ledger_ != nullptr) ledger_->count_silent(of(ProbeState::asked));
  const Window& over = window(id);
  TargetWalk::Place at = over.begin;
  for (; at.step < over.end_step; walk_.leap(at, span_leap_))
    landmarks_.remove(at.element);
}

void ProbeWindows::tell_each(uint64_t id) noexcept {
  const Window& over = window(id);
  TargetWalk::Place at = over.begin;
  for (uint64_t step = 0; step < over.steps(); ++step) {
    uint64_t element = 0;
    walk_.advance(at, std::span(&element, 1));
    const uint8_t state = states_.get(slot_of(id), step);
    if (state != WindowStates::kNoTarget)
      ledger_->count(TargetWalk::number_of(element), static_cast<ProbeState>(state));
  }
}

ProbeWindows::Answer ProbeWindows::answered(uint64_t number, ProbeState state,
                                            uint8_t attempt) noexcept {
  const auto found = find(number);
  if (!found) {
    ++counts_.late;
    return Answer::late;
  }
  if (states_.get(found->window, found->step) != 0) {
    ++counts_.repeated;
    return Answer::repeated;
  }
  states_.set(found->window, found->step, state);
  ++(attempt == 0 ? counts_.answered_first : counts_.answered_again);
  return Answer::first;
}

}  // namespace dataplane
