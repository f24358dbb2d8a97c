// SPDX-License-Identifier: Apache-2.0
#include "control/scan/rate_adapter.hpp"

#include <algorithm>
#include <utility>

namespace control {
namespace {

// Answers that make a share worth believing: at 200 one percent is two of them.
constexpr uint64_t kAnswersMin = 200;
// A stretch with fewer is judged all the same after this.
constexpr double kStretchSecondsMax = 10;
// Targets are asked in windows: first questions and second ones come in waves of about a second.
constexpr double kStretchSecondsMin = 3;
constexpr double kLossTolerated = 0.02;
constexpr double kIncreaseOfAsked = 0.05;
constexpr double kIncreaseOfRate = 0.1;
// More than this is never taken for granted.
constexpr double kBaseLossMax = 0.3;
constexpr double kDecreaseLeast = 0.8;
constexpr double kDecreaseMost = 0.5;
constexpr double kShareSmoothing = 0.2;

}  // namespace

RateAdapter::RateAdapter(const RateAdapterOptions& options)
    : options_(options), rate_(options.asked) {
  options_.floor = std::min(options_.floor, options_.asked);
}

double RateAdapter::next(const RateSample& sample) noexcept {
  if (sample.not_sent > 0) {
    // Our own port is the bottleneck: nothing to measure, and nothing to compare with later.
    decrease(kDecreaseLeast);
    rate_before_ = 0;
    return rate_;
  }
  if (settling_ > 0) {
    settling_ -= sample.seconds;
    return rate_;
  }
  stretch_.seconds += sample.seconds;
  stretch_.first += sample.answered_first;
  stretch_.again += sample.answered_again;
  stretch_.silent += sample.silent;
  const bool enough = stretch_.first + stretch_.again >= kAnswersMin;
  if ((enough && stretch_.seconds >= kStretchSecondsMin) || stretch_.seconds >= kStretchSecondsMax)
    judge();
  return rate_;
}

bool RateAdapter::answers_vanished() const noexcept {
  const auto answers = static_cast<double>(stretch_.first + stretch_.again);
  const double expected = share_answering_ * (answers + static_cast<double>(stretch_.silent));
  constexpr double kExpectedMin = 50;
  constexpr double kFew = 0.25;
  return expected >= kExpectedMin && answers < kFew * expected;
}

void RateAdapter::judge() noexcept {
  const uint64_t answers = stretch_.first + stretch_.again;
  if (answers_vanished()) {
    decrease(kDecreaseMost);
    rate_before_ = 0;
    return;
  }
  if (answers < kAnswersMin) {
    // A network that hardly answers says nothing about loss; neither faster nor slower.
    stretch_ = {};
    return;
  }
  const auto of_all = static_cast<double>(answers + stretch_.silent);
  const double share = static_cast<double>(answers) / of_all;
  share_answering_ = share_answering_ < 0
                         ? share
                         : share_answering_ + kShareSmoothing * (share - share_answering_);
  loss_ = static_cast<double>(stretch_.again) / static_cast<double>(answers);
  const double answers_now = static_cast<double>(answers) / stretch_.seconds;

  if (rate_before_ > 0) {
    // A full pipe delivers as much as before when less is put in; one that loses by chance delivers
    // less, in proportion, and loses as large a part.
    const double expected = rate_ / rate_before_;
    const bool less = answers_now / answers_before_ < (1 + expected) / 2;
    const bool not_mended = loss_ > 0.6 * loss_before_;
    if (less && not_mended) {
      base_loss_ = std::max(base_loss_, std::min({loss_, loss_before_, kBaseLossMax}));
      const double before = std::exchange(rate_before_, 0);
      set_rate(before);
      return;
    }
    rate_before_ = 0;
  }
  base_loss_ = std::min(base_loss_, loss_ + kLossTolerated);
  if (loss_ > base_loss_ + kLossTolerated) {
    rate_before_ = rate_;
    loss_before_ = loss_;
    answers_before_ = answers_now;
    decrease(std::clamp(1 - loss_, kDecreaseMost, kDecreaseLeast));
  } else {
    set_rate(rate_ + std::min(kIncreaseOfAsked * options_.asked, kIncreaseOfRate * rate_));
  }
}

void RateAdapter::decrease(double factor) noexcept {
  set_rate(rate_ * factor);
}

void RateAdapter::set_rate(double rate) noexcept {
  rate_ = std::clamp(rate, options_.floor, options_.asked);
  settling_ = options_.settle_seconds;
  stretch_ = {};
}

}  // namespace control
