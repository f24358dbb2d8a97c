// SPDX-License-Identifier: Apache-2.0
// A range that is on loan to this scanner.
#pragma once

#include "control/storage/fleet_store.hpp"
#include "dataplane/scan/scan_plan.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace control {

// Between the fleet's thread, which keeps the loan alive in the database, and the scanner's, which
// works on it. The end of the lease is told to the cores beforehand: they stop by their own clocks,
// whatever either thread waits for. A tenth of the time is kept back, for clocks that run apart.
class RangeLease {
 public:
  using Clock = std::chrono::steady_clock;
  struct Core {
    dataplane::ScanControl* control = nullptr;
    const dataplane::ScanProgress* progress = nullptr;
  };
  // A moment by all clocks, before a question to the database: what it answers counts from there.
  struct Moment {
    Clock::time_point here;
    std::vector<int64_t> cores_ns;
  };
  enum class Wish : uint8_t {
    go_on,
    give_back,  // the job was paused: nothing more is begun
    stop        // it was stopped, or the range is somebody else's: nothing more leaves
  };
  enum class End : uint8_t { finished, given_back };

  // `arguments`: of the range's scan, as JSON. Borrows the cores.
  RangeLease(RangeLoan loan, std::string arguments, std::vector<Core> cores);

  [[nodiscard]] const std::string& arguments() const noexcept { return arguments_; }

  // The fleet's thread.
  [[nodiscard]] static Moment moment(const std::vector<Core>& cores);
  [[nodiscard]] Moment moment() const { return moment(cores_); }
  // With the latest progress.
  [[nodiscard]] RangeLoan loan() const;
  // The lease lasts `length` from `asked`. False, and nothing changes, where the old one is over.
  bool extend(const Moment& asked, std::chrono::milliseconds length);
  void wish(Wish wish, const std::string& why);
  void set_rate(uint32_t rate);
  // The most that may be sent as of now: as long as the scanner has not put a lower rate in force,
  // it is the former.
  [[nodiscard]] uint32_t rate_in_use() const;
  [[nodiscard]] std::optional<End> end() const;
  // It was over before anybody gave it back.
  [[nodiscard]] bool ran_out() const;

  // The scanner's thread.
  struct Wanted {
    Wish wish = Wish::go_on;
    std::string why;
  };
  // Once the time is over: stop.
  [[nodiscard]] Wanted wanted(Clock::time_point now) const;
  // Puts the rate in force by way of `set`, which must not wait.
  uint32_t apply_rate(const std::function<void(uint32_t)>& set);
  void record(const RangeProgress& progress);
  // Nothing of it leaves any more: the cores are free for others. Once.
  void close(End end);

 private:
  const std::string arguments_;
  const std::vector<Core> cores_;
  mutable std::mutex mutex_;  // guards all below; nothing waits while it is held
  RangeLoan loan_;
  Clock::time_point until_{};
  Wanted wanted_;
  uint32_t rate_ = 0;  // told by the database
  uint32_t rate_in_force_ = 0;
  std::optional<End> end_;
  bool ran_out_ = false;
};

}  // namespace control
