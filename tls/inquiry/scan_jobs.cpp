// SPDX-License-Identifier: Apache-2.0
#include "tls/inquiry/scan_jobs.hpp"

#include "flowtable/base/check.hpp"

#include <algorithm>
#include <utility>

namespace tls {

void ScanJobs::begin(uint32_t job, const InquiryWish& wish) {
  const std::lock_guard lock(mutex_);
  wishes_[job] = std::make_shared<const InquiryWish>(wish);
}

void ScanJobs::stop(uint32_t job) {
  const std::lock_guard lock(mutex_);
  wishes_.erase(job);
  stopped_.jobs.push_back(job);
  const size_t forgotten =
      std::erase_if(questions_, [&](const ServiceQuestion& each) { return each.job == job; });
  stopped_.num_forgotten += forgotten;
  passage_.left += forgotten;
  take_under_way(job, forgotten);
}

bool ScanJobs::ask(const ServiceQuestion& question) {
  const std::lock_guard lock(mutex_);
  if (!wishes_.contains(question.job)) {
    ++stopped_.num_forgotten;
    return true;
  }
  if (questions_.size() >= questions_max_) return false;
  questions_.push_back(question);
  ++passage_.asked;
  add_under_way(question.job, 1);
  return true;
}

size_t ScanJobs::num_under_way(uint32_t job) const {
  const std::lock_guard lock(mutex_);
  const auto found = under_way_.find(job);
  return found == under_way_.end() ? 0 : found->second;
}

InquiryWishPtr ScanJobs::wish_of(uint32_t job) const {
  const std::lock_guard lock(mutex_);
  const auto found = wishes_.find(job);
  return found == wishes_.end() ? nullptr : found->second;
}

ScanJobs::Stopped ScanJobs::take_stopped() {
  const std::lock_guard lock(mutex_);
  return std::exchange(stopped_, {});
}

void ScanJobs::take_questions(size_t max, std::vector<ServiceQuestion>& out) {
  const std::lock_guard lock(mutex_);
  for (; max > 0 && !questions_.empty(); --max) {
    out.push_back(std::move(questions_.front()));
    questions_.pop_front();
    ++passage_.left;
  }
}

ScanJobs::Passage ScanJobs::passage() const {
  const std::lock_guard lock(mutex_);
  return passage_;
}

void ScanJobs::begun(uint32_t job) {
  const std::lock_guard lock(mutex_);
  add_under_way(job, 1);
}

void ScanJobs::reported(const std::vector<uint32_t>& jobs) {
  const std::lock_guard lock(mutex_);
  for (const uint32_t job : jobs)
    take_under_way(job, 1);
}

void ScanJobs::add_under_way(uint32_t job, size_t count) {
  under_way_[job] += count;
}

void ScanJobs::take_under_way(uint32_t job, size_t count) {
  if (count == 0) return;
  const auto found = under_way_.find(job);
  CHECK(found != under_way_.end() && found->second >= count);
  found->second -= count;
  if (found->second == 0) under_way_.erase(found);
}

}  // namespace tls
