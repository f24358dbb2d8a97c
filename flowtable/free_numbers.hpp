// SPDX-License-Identifier: Apache-2.0
// Which of a fixed number of equal things are free.
#pragma once

#include "flowtable/base/check.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace flowtable {

// The numbers 0 to count - 1, as a stack: what came back last goes out first, while it is warm.
// Allocates in the constructor only; owner core only.
class FreeNumbers {
 public:
  explicit FreeNumbers(uint32_t count) : numbers_(count), num_free_(count) {
    for (uint32_t i = 0; i < count; ++i)
      numbers_[i] = count - 1 - i;
  }

  [[nodiscard]] bool empty() const noexcept { return num_free_ == 0; }
  [[nodiscard]] uint32_t size() const noexcept { return num_free_; }

  [[nodiscard]] uint32_t take() noexcept {
    DCHECK(!empty());
    return numbers_[--num_free_];
  }
  void give_back(uint32_t number) noexcept {
    CHECK(num_free_ < numbers_.size());
    numbers_[num_free_++] = number;
  }

 private:
  std::vector<uint32_t> numbers_;
  uint32_t num_free_;
};

}  // namespace flowtable
