// SPDX-License-Identifier: Apache-2.0
// Which target to ask next, and again.
#pragma once

#include "dataplane/scan/in_flight.hpp"
#include "dataplane/scan/target_order.hpp"
#include "flowtable/base/tick.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace dataplane {

// Who is told of each target once its window is over.
class TargetLedger {
 public:
  virtual ~TargetLedger() = default;
  // False puts off the counting of a window of so many.
  [[nodiscard]] virtual bool has_room(uint32_t targets) noexcept = 0;
  virtual void count(uint64_t number, ProbeState state) noexcept = 0;
};

struct ProbePlan {
  TargetGroup group;
  uint64_t shard = 0;
  uint64_t shards = 1;
  uint64_t from_step = 0;  // where a checkpoint left off
  uint32_t in_flight_max = 1 << 20;
  uint32_t window_max = 4096;  // targets of one window; counting it is some ten microseconds then
  uint8_t attempts = 2;        // 1 … 16
  flowtable::TickSpan wait = std::chrono::seconds(1);  // for answers, after each attempt
};

// Walks one shard of a scan in windows of some thousand targets. A window is asked, waited for, its
// silent targets are asked again, and when it has been waited for the last time each of its targets
// is counted once. So only the unanswered are asked again, memory is bounded by what is under way,
// and a scan that is killed goes on from the first window that was not over: it asks some targets
// twice and leaves none out. One core; allocates in the constructor only.
class ProbeWindows {
 public:
  // `ledger` is borrowed; null: nobody is told.
  explicit ProbeWindows(const ProbePlan& plan, TargetLedger* ledger = nullptr);

  struct Probe {
    uint64_t number = 0;
    uint64_t window = 0;  // for hold() and release()
    uint8_t attempt = 0;
  };
  // What to send now; it counts as sent. Nothing while there is only to wait, and at the end. The
  // clock is the caller's, and stands still while nothing can be sent.
  [[nodiscard]] std::optional<Probe> next(flowtable::Tick now) noexcept;
  // A probe that has to wait before it can be sent: its window waits for it. Then that it was sent,
  // or will not be.
  void hold(const Probe& probe) noexcept { ++window(probe.window).held; }
  void release(const Probe& probe, flowtable::Tick now) noexcept;
  // Its probe cannot leave.
  void lose(uint64_t number) noexcept;
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

  [[nodiscard]] bool finished() const noexcept { return order_at_end_ && first_ == last_; }
  // Every target before this step of the order has been counted.
  [[nodiscard]] uint64_t checkpoint() const noexcept {
    return first_ == last_ ? order_.step() : window(first_).begin.step();
  }
  // How far it has come, of num_steps().
  [[nodiscard]] uint64_t steps_taken() const noexcept { return order_.step(); }
  [[nodiscard]] uint64_t num_steps() const noexcept { return order_.num_steps(); }

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

  struct Window {
    TargetOrder begin;
    TargetOrder at;  // in this attempt
    uint64_t end_step = 0;
    uint8_t attempt = 0;
    bool is_in_flight = false;  // all of it, from the end of the first attempt on
    bool again = false;         // this attempt once more
    uint32_t held = 0;
    flowtable::Tick due{};  // once it has been sent: when its answers have had their time
  };

  [[nodiscard]] Window& window(uint64_t id) noexcept { return windows_[id % windows_.size()]; }
  [[nodiscard]] const Window& window(uint64_t id) const noexcept {
    return windows_[id % windows_.size()];
  }
  [[nodiscard]] std::optional<Probe> continue_window(Window& window, flowtable::Tick now) noexcept;
  [[nodiscard]] bool choose_window(flowtable::Tick now) noexcept;
  [[nodiscard]] bool open_window() noexcept;
  void look_at_oldest(flowtable::Tick now) noexcept;
  void count(const Window& window) noexcept;

  const ProbePlan plan_;
  TargetLedger* ledger_;
  TargetOrder order_;
  bool order_at_end_;
  uint32_t window_targets_;
  InFlight in_flight_;
  std::vector<Window> windows_;  // first_ … last_-1 are under way, as a ring
  uint64_t first_ = 0;
  uint64_t last_ = 0;
  uint64_t sending_ = kNone;      // one of these
  flowtable::Tick look_again_{};  // before that none of them is to be asked again
  Counts counts_;
};

}  // namespace dataplane
