// SPDX-License-Identifier: Apache-2.0
// What the control thread asks of the scanner's workers.
#pragma once

#include "tls/pipeline/service_report.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace tls {

using InquiryWishPtr = std::shared_ptr<const InquiryWish>;

// Any thread. What is under way of a job: its questions, and the services told by the cores, until
// they are reported.
class ScanJobs {
 public:
  explicit ScanJobs(size_t questions_max) : questions_max_(questions_max) {}

  void begin(uint32_t job, const InquiryWish& wish);
  // Forgets its questions.
  void stop(uint32_t job);
  // False where too many wait. A question of a job that was not begun is forgotten at once.
  [[nodiscard]] bool ask(const ServiceQuestion& question);
  [[nodiscard]] size_t num_under_way(uint32_t job) const;

  // Null: it was not begun, or it was stopped.
  [[nodiscard]] InquiryWishPtr wish_of(uint32_t job) const;
  // Since this was called last.
  struct Stopped {
    std::vector<uint32_t> jobs;
    size_t num_forgotten = 0;  // questions
  };
  [[nodiscard]] Stopped take_stopped();
  // Questions that ever waited, and those of them that wait no more: begun or forgotten.
  struct Passage {
    uint64_t asked = 0;
    uint64_t left = 0;
  };
  [[nodiscard]] Passage passage() const;
  // Moves at most `max` questions to the end of `out`.
  void take_questions(size_t max, std::vector<ServiceQuestion>& out);
  void begun(uint32_t job);
  // One entry for each report.
  void reported(const std::vector<uint32_t>& jobs);

 private:
  void add_under_way(uint32_t job, size_t count);  // with the mutex held, like the next
  void take_under_way(uint32_t job, size_t count);

  const size_t questions_max_;
  mutable std::mutex mutex_;
  std::unordered_map<uint32_t, InquiryWishPtr> wishes_;
  std::unordered_map<uint32_t, size_t> under_way_;
  std::deque<ServiceQuestion> questions_;
  Passage passage_;
  Stopped stopped_;
};

}  // namespace tls
