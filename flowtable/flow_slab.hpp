// SPDX-License-Identifier: Apache-2.0
// The records of a flow table.
#pragma once

#include "flowtable/base/aligned_array.hpp"
#include "flowtable/base/check.hpp"
#include "flowtable/flow.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace flowtable {

// A fixed number of Flow records, named by index. A record given back is the first to be used again
// (it is warm); records that were never used are constructed when their turn comes. Owner core
// only.
class FlowSlab {
 public:
  explicit FlowSlab(uint32_t flows_max) : records_(flows_max) {}

  // Writes every record once, so that no page fault is left for later.
  void touch_all() noexcept {
    for (size_t i = 0; i < records_.size(); ++i)
      std::construct_at(&records_[i]);
  }

  [[nodiscard]] size_t size() const noexcept { return records_.size(); }
  [[nodiscard]] bool full() const noexcept { return num_taken() == records_.size(); }
  [[nodiscard]] uint32_t num_taken() const noexcept { return num_used_ - num_free_; }
  // Records [0, num_used()) have been taken at least once.
  [[nodiscard]] uint32_t num_used() const noexcept { return num_used_; }

  // Not while full(). The record holds what its last user left.
  [[nodiscard]] uint32_t take() noexcept {
    DCHECK(!full());
    if (first_free_ == Flow::kNone) {
      std::construct_at(&records_[num_used_]);
      return num_used_++;
    }
    const uint32_t index = first_free_;
    first_free_ = records_[index].timer_next;
    --num_free_;
    return index;
  }

  // The record must be in no list: its links are used for the free ones.
  void give_back(uint32_t index) noexcept {
    records_[index].timer_next = first_free_;
    first_free_ = index;
    ++num_free_;
  }

  [[nodiscard]] Flow* records() const noexcept { return records_.get(); }
  [[nodiscard]] uint32_t index_of(const Flow& flow) const noexcept {
    return static_cast<uint32_t>(&flow - records_.get());
  }
  [[nodiscard]] size_t memory_bytes() const noexcept { return records_.memory_bytes(); }

 private:
  AlignedArray<Flow> records_;
  uint32_t num_used_ = 0;
  uint32_t num_free_ = 0;
  uint32_t first_free_ = Flow::kNone;
};

}  // namespace flowtable
