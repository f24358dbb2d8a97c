// SPDX-License-Identifier: Apache-2.0
// How far the scanner's workers are: the moments that a checkpoint waits for.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <vector>

namespace tls {

// A mark is passed when every ring has been read as far as it was filled when the workers noticed
// the mark, and every inquiry that began until then has been delivered. Marks pass in their order.
class ScanMarks {
 public:
  // Any thread.
  [[nodiscard]] uint64_t mark() noexcept { return requested_.fetch_add(1) + 1; }
  [[nodiscard]] bool passed(uint64_t mark) const noexcept {
    return passed_.load(std::memory_order_acquire) >= mark;
  }

  // The workers' thread, as all below. The newest mark that it has not noticed; 0: none. To be
  // asked before the rings are looked at.
  [[nodiscard]] uint64_t newest() const noexcept {
    const uint64_t newest = requested_.load(std::memory_order_acquire);
    return newest == noticed_ ? 0 : newest;
  }
  // `filled`: of each ring, and of the questions, how many items were ever put into it.
  void notice(uint64_t newest, std::vector<uint64_t> filled);
  // After a delivery. `taken`: of each ring, how many items were taken from it. All inquiries below
  // `oldest` are delivered; the next one that begins will be `next`, where none is under way
  // `oldest` is the same.
  void advance(const std::vector<uint64_t>& taken, uint64_t oldest, uint64_t next);

 private:
  struct Open {
    uint64_t number = 0;
    std::vector<uint64_t> filled;
    uint64_t inquiries_until = 0;  // 0: the rings are not read that far
  };

  std::atomic<uint64_t> requested_{0};
  std::atomic<uint64_t> passed_{0};
  uint64_t noticed_ = 0;
  std::deque<Open> open_;
};

}  // namespace tls
