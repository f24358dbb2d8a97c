// SPDX-License-Identifier: Apache-2.0
// Which target to ask next, and again.
#pragma once

#include "dataplane/scan/landmarks.hpp"
#include "dataplane/scan/target_walk.hpp"
#include "dataplane/scan/window_states.hpp"
#include "flowtable/base/tick.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace dataplane {

// Who is told of targets once their window is over.
class TargetLedger {
 public:
  virtual ~TargetLedger() = default;
  // False puts off the counting of a window of so many.
  [[nodiscard]] virtual bool has_room(uint32_t targets) noexcept = 0;
  // Whether of each: then its window is walked once more, which takes as long as asking does.
  [[nodiscard]] virtual bool wants_each() const noexcept { return true; }
  virtual void count(uint64_t number, ProbeState state) noexcept = 0;
  virtual void count_silent([[maybe_unused]] uint64_t targets) noexcept {}
};

struct ProbePlan {
  TargetGroup group;
  uint64_t shard = 0;
  uint64_t shards = 1;
  uint64_t from_step = 0;  // where a checkpoint left off
  uint32_t in_flight_max = 1 << 20;
  uint32_t window_max = 1 << 16;  // steps of one window; counting it is some microseconds then
  uint8_t attempts = 2;           // 1 … 16
  flowtable::TickSpan wait = std::chrono::seconds(1);  // for answers, after each attempt
};

// Walks one shard of a scan in windows of some thousand targets. A window is asked, waited for, its
// silent targets are asked again, and when it has been waited for the last time each of its targets
// is counted once. So only the unanswered are asked again, memory is bounded by what is under way
// (a byte for each target), and a scan that is killed goes on from the first window that was not
// over: it asks some targets twice and leaves none out. One core; allocates in the constructor
// only.
//
// Nothing is stored of a target but its state, in the order of the steps, so that asking and
// counting read memory from front to back. Which step an answer's number is at is found by walking
// back to the next landmark, of which there is one for each kSpan steps (Shanks' baby steps and
// giant steps, 1971, within what is under way).
class ProbeWindows {
 public:
  // `ledger` is borrowed; null: nobody is told.
  explicit ProbeWindows(const ProbePlan& plan, TargetLedger* ledger = nullptr);

  struct Probe {
    uint64_t number = 0;
    uint64_t window = 0;  // for hold() and release()
    uint32_t step = 0;    // of the window
    uint8_t attempt = 0;
  };
  // What to send now, at most as many as there is room in `out`; they count as sent. Nothing while
  // there is only to wait, and at the end. The clock is the caller's, and stands still while
  // nothing can be sent.
  [[nodiscard]] size_t take(std::span<Probe> out, flowtable::Tick now) noexcept;
  [[nodiscard]] std::optional<Probe> next(flowtable::Tick now) noexcept;
  // A probe that has to wait before it can be sent: its window waits for it. Then that it was sent,
  // or will not be.
  void hold(const Probe& probe) noexcept { ++window(probe.window).held; }
  void release(const Probe& probe, flowtable::Tick now) noexcept;
  // It cannot leave.
  void lose(const Probe& probe) noexcept;
  // False where an earlier attempt was answered meanwhile, or it was lost.
  [[nodiscard]] bool is_unanswered(const Probe& probe) const noexcept {
    return states_.get(slot_of(probe.window), probe.step) == 0;
  }
  // An answer came that could not be passed on: asks all that are under way and unanswered once
  // more.
  void ask_again() noexcept;

  enum class Answer : uint8_t {
    first,     // of this target
    repeated,  // something was known of it already, which stays
    late       // it is not under way any more, and was counted
  };
  // `state` is open, closed or unreachable; `attempt` the one that was answered.
  Answer answered(uint64_t number, ProbeState state, uint8_t attempt = 0) noexcept;
  // Of a target that is under way.
  [[nodiscard]] std::optional<ProbeState> state_of(uint64_t number) const noexcept;

  [[nodiscard]] bool finished() const noexcept { return is_at_end() && first_ == last_; }
  // Every target before this step of the order has been counted.
  [[nodiscard]] uint64_t checkpoint() const noexcept {
    return first_ == last_ ? front_.step : window(first_).begin.step;
  }
  // How far it has come, of num_steps().
  [[nodiscard]] uint64_t steps_taken() const noexcept { return front_.step; }
  [[nodiscard]] uint64_t num_steps() const noexcept { return walk_.num_steps(); }

  struct Counts {
    uint64_t probes = 0;
    uint64_t targets = 0;  // whose window is over: the sum of the next five
    uint64_t open = 0;
    uint64_t closed = 0;
    uint64_t unreachable = 0;
    uint64_t silent = 0;
    uint64_t lost_locally = 0;
    uint64_t answered_first = 0;  // targets whose first probe was answered
    uint64_t answered_again = 0;  // and whose later one was
    uint64_t repeated = 0;        // answers
    uint64_t late = 0;
  };
  [[nodiscard]] const Counts& counts() const noexcept { return counts_; }

 private:
  static constexpr uint64_t kNone = ~uint64_t{0};
  static constexpr uint64_t kSpan = 64;

  struct Window {
    TargetWalk::Place begin;
    TargetWalk::Place at;  // in this attempt
    uint64_t end_step = 0;
    uint8_t attempt = 0;
    bool all_asked = false;  // once, from the end of the first attempt on
    bool again = false;      // this attempt once more
    uint32_t held = 0;
    flowtable::Tick due{};  // once it has been sent: when its answers have had their time
    [[nodiscard]] uint64_t steps() const noexcept { return end_step - begin.step; }
  };
  // Where a number that is under way stands.
  struct Found {
    uint64_t window;
    uint64_t step;
  };

  [[nodiscard]] size_t slot_of(uint64_t id) const noexcept { return id % windows_.size(); }
  [[nodiscard]] Window& window(uint64_t id) noexcept { return windows_[slot_of(id)]; }
  [[nodiscard]] const Window& window(uint64_t id) const noexcept { return windows_[slot_of(id)]; }
  [[nodiscard]] bool is_at_end() const noexcept { return front_.step == walk_.num_steps(); }
  [[nodiscard]] std::optional<Found> find(uint64_t number) const noexcept;
  [[nodiscard]] size_t continue_window(std::span<Probe> out, flowtable::Tick now) noexcept;
  [[nodiscard]] size_t ask_first(uint64_t step, std::span<const uint64_t> elements,
                                 std::span<Probe> out) noexcept;
  [[nodiscard]] size_t ask_again(uint64_t step, std::span<const uint64_t> elements,
                                 std::span<Probe> out) const noexcept;
  [[nodiscard]] bool choose_window(flowtable::Tick now) noexcept;
  [[nodiscard]] bool open_window() noexcept;
  void pass_over_what_is_no_target() noexcept;
  void look_at_oldest(flowtable::Tick now) noexcept;
  void count(uint64_t id) noexcept;
  void tell_each(uint64_t id) noexcept;

  const ProbePlan plan_;
  TargetLedger* ledger_;
  uint32_t window_steps_;
  TargetWalk walk_;
  TargetWalk::Leap window_leap_;
  TargetWalk::Leap span_leap_;
  TargetWalk::Place front_;      // all before it is in a window, or was
  std::vector<Window> windows_;  // first_ … last_-1 are under way, as a ring
  WindowStates states_;          // of these
  uint32_t spans_per_window_;
  Landmarks landmarks_;  // of their spans' first steps
  uint64_t first_ = 0;
  uint64_t last_ = 0;
  uint64_t sending_ = kNone;      // one of these
  flowtable::Tick look_again_{};  // before that none of them is to be asked again
  Counts counts_;
};

}  // namespace dataplane
