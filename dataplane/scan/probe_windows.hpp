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

struct ProbePlan {
  TargetGroup group;
  uint64_t shard = 0;
  uint64_t shards = 1;
  uint64_t from_step = 0;  // where a checkpoint left off
  uint32_t in_flight_max = 1 << 20;
  uint8_t attempts = 2;                                // 1 … 16
  flowtable::TickSpan wait = std::chrono::seconds(1);  // for answers, after each attempt
};

// Walks one shard of a scan in windows of some thousand targets. A window is asked, waited for, its
// silent targets are asked again, and when it has been waited for the last time each of its targets
// is counted once. So only the unanswered are asked again, memory is bounded by what is under way,
// and a scan that is killed goes on from the first window that was not over: it asks some targets
// twice and leaves none out. One core; allocates in the constructor only.
class ProbeWindows {
 public:
  explicit ProbeWindows(const ProbePlan& plan);

  struct Probe {
    uint64_t number = 0;
    uint8_t attempt = 0;
  };
  // What to send now; it counts as sent. Nothing while there is only to wait, and at the end.
  [[nodiscard]] std::optional<Probe> next(flowtable::Tick now) noexcept;

  enum class Answer : uint8_t {
    first,     // of this target
    repeated,  // something was known of it already, which stays
    late       // it is not under way any more, and was counted
  };
  // `state` is not `asked`.
  Answer answered(uint64_t number, ProbeState state) noexcept;

  [[nodiscard]] bool finished() const noexcept { return order_at_end_ && first_ == last_; }
  // Every target before this step of the order has been counted.
  [[nodiscard]] uint64_t checkpoint() const noexcept {
    return first_ == last_ ? order_.step() : window(first_).begin.step();
  }
  [[nodiscard]] uint64_t num_steps() const noexcept { return order_.num_steps(); }

  struct Counts {
    uint64_t probes = 0;
    uint64_t targets = 0;  // whose window is over: the sum of the next four
    uint64_t open = 0;
    uint64_t closed = 0;
    uint64_t unreachable = 0;
    uint64_t silent = 0;
    uint64_t repeated = 0;  // answers
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
  TargetOrder order_;
  bool order_at_end_;
  uint32_t window_targets_;
  InFlight in_flight_;
  std::vector<Window> windows_;  // first_ … last_-1 are under way, as a ring
  uint64_t first_ = 0;
  uint64_t last_ = 0;
  uint64_t sending_ = kNone;  // one of these
  Counts counts_;
};

}  // namespace dataplane
