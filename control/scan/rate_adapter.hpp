// SPDX-License-Identifier: Apache-2.0
// How fast a scan can go before the network loses its packets.
#pragma once

#include <cstdint>

namespace control {

// What happened since the last look, of all cores together (differences of ScanProgress).
struct RateSample {
  double seconds = 1;
  uint64_t answered_first = 0;  // targets that answered their first question
  uint64_t answered_again = 0;  // a later one only
  uint64_t silent = 0;
  uint64_t not_sent = 0;  // packets that the port did not take
};

struct RateAdapterOptions {
  double asked = 1000;  // packets per second: never above
  double floor = 10;    // never below, where `asked` is not
  // Answers lag by as long as questions are waited for: so long after each change is not looked at.
  double settle_seconds = 2;
};

// Slow increase, multiplicative decrease on measured loss: of the targets that answer, those
// that had to be asked again. Targets come in an order that looks like chance, so the share that
// answers is the same at all times, and a change in it is the network's. Loss that a lower rate
// does not mend is not ours: it becomes the base that further loss is measured from, and the rate
// returns to where it was. One thread.
class RateAdapter {
 public:
  explicit RateAdapter(const RateAdapterOptions& options);

  // The rate from now on. Called about once a second.
  double next(const RateSample& sample) noexcept;

  [[nodiscard]] double rate() const noexcept { return rate_; }
  // Of the last judged stretch of time, 0 … 1; what of it is taken for granted.
  [[nodiscard]] double loss() const noexcept { return loss_; }
  [[nodiscard]] double base_loss() const noexcept { return base_loss_; }

 private:
  struct Stretch {
    double seconds = 0;
    uint64_t first = 0;
    uint64_t again = 0;
    uint64_t silent = 0;
  };

  void judge() noexcept;
  void decrease(double factor) noexcept;
  void set_rate(double rate) noexcept;
  [[nodiscard]] bool answers_vanished() const noexcept;

  RateAdapterOptions options_;
  double rate_;
  double loss_ = 0;
  double base_loss_ = 0;
  double share_answering_ = -1;  // of all targets, over the scan; below 0: not known yet
  double settling_ = 0;          // seconds left
  Stretch stretch_;
  // Before the last decrease, to see what it was good for; rate 0: nothing to compare with.
  double rate_before_ = 0;
  double loss_before_ = 0;
  double answers_before_ = 0;  // per second
};

}  // namespace control
