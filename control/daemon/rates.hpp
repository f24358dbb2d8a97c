// SPDX-License-Identifier: Apache-2.0
// How much per second, over the last seconds.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace control {

// Remembers a growing number once a second, and tells its growth per second over the last
// kSeconds (or as many as there are). One thread.
class Rate {
 public:
  static constexpr size_t kSeconds = 5;
  using Clock = std::chrono::steady_clock;

  void sample(uint64_t total, Clock::time_point now) noexcept {
    samples_[next_ % samples_.size()] = {total, now};
    ++next_;
  }

  [[nodiscard]] double per_second() const noexcept {
    if (next_ < 2) return 0;
    const Sample& newest = samples_[(next_ - 1) % samples_.size()];
    const Sample& oldest = samples_[next_ < samples_.size() ? 0 : next_ % samples_.size()];
    const std::chrono::duration<double> span = newest.when - oldest.when;
    if (span.count() <= 0) return 0;
    return static_cast<double>(newest.total - oldest.total) / span.count();
  }

 private:
  struct Sample {
    uint64_t total = 0;
    Clock::time_point when{};
  };
  std::array<Sample, kSeconds + 1> samples_{};
  size_t next_ = 0;
};

}  // namespace control
