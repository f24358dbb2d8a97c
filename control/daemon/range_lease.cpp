// SPDX-License-Identifier: Apache-2.0
#include "control/daemon/range_lease.hpp"

#include <algorithm>

namespace control {

RangeLease::RangeLease(RangeLoan loan, std::string arguments, std::vector<Core> cores)
    : arguments_(std::move(arguments)), cores_(std::move(cores)), loan_(std::move(loan)) {}

RangeLease::Moment RangeLease::moment(const std::vector<Core>& cores) {
  Moment out{Clock::now(), {}};
  for (const Core& each : cores)
    out.cores_ns.push_back(each.progress->now_ns.get());
  return out;
}

RangeLoan RangeLease::loan() const {
  const std::lock_guard lock(mutex_);
  return loan_;
}

bool RangeLease::extend(const Moment& asked, std::chrono::milliseconds length) {
  const std::lock_guard lock(mutex_);
  const auto kept = length - length / 10;
  const bool is_late = until_ != Clock::time_point() && Clock::now() >= until_;
  if (end_ || is_late || Clock::now() >= asked.here + kept) return false;
  until_ = asked.here + kept;
  for (size_t i = 0; i < cores_.size(); ++i) {
    cores_[i].control->send_until_ns.store(
        asked.cores_ns[i] + std::chrono::nanoseconds(kept).count(), std::memory_order_relaxed);
  }
  return true;
}

void RangeLease::wish(Wish wish, const std::string& why) {
  const std::lock_guard lock(mutex_);
  if (wish > wanted_.wish) wanted_ = {wish, why};
}

void RangeLease::set_rate(uint32_t rate) {
  const std::lock_guard lock(mutex_);
  rate_ = rate;
}

uint32_t RangeLease::rate_in_use() const {
  const std::lock_guard lock(mutex_);
  return std::max(rate_, rate_in_force_);
}

std::optional<RangeLease::End> RangeLease::end() const {
  const std::lock_guard lock(mutex_);
  return end_;
}

bool RangeLease::ran_out() const {
  const std::lock_guard lock(mutex_);
  return ran_out_;
}

RangeLease::Wanted RangeLease::wanted(Clock::time_point now) const {
  const std::lock_guard lock(mutex_);
  if (wanted_.wish != Wish::stop && now >= until_)
    return {Wish::stop, "its lease ended: the database did not renew it"};
  return wanted_;
}

uint32_t RangeLease::apply_rate(const std::function<void(uint32_t)>& set) {
  const std::lock_guard lock(mutex_);
  set(rate_);
  rate_in_force_ = rate_;
  return rate_;
}

void RangeLease::record(const RangeProgress& progress) {
  const std::lock_guard lock(mutex_);
  loan_.progress = progress;
}

void RangeLease::close(End end) {
  const std::lock_guard lock(mutex_);
  if (end_) return;
  end_ = end;
  ran_out_ = Clock::now() >= until_;
  rate_ = rate_in_force_ = 0;
  for (const Core& each : cores_) {
    each.control->send_until_ns.store(INT64_MAX, std::memory_order_relaxed);
    each.control->ceiling.store(0, std::memory_order_relaxed);
  }
}

}  // namespace control
