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

// A fixed number of flows, named by index: their place in memory, counted in lines, so that a Flow
// is found from its index without a division. Behind the flows of each group the numbers leave out
// its other lines; next() knows. A record given back is the first to be used again (it is warm);
// records that were never used are constructed when their turn comes. Owner core only.
class FlowSlab {
 public:
  // Indices from one group to the next.
  static constexpr uint32_t kStride = sizeof(FlowGroup) / sizeof(Flow);
  // Flow::kNone names none of so many.
  static constexpr size_t kFlowsMax = Flow::kNone / kStride * FlowGroup::kFlows;

  explicit FlowSlab(uint32_t flows_max)
      : groups_((flows_max + FlowGroup::kFlows - 1) / FlowGroup::kFlows), flows_max_(flows_max) {
    CHECK(flows_max <= kFlowsMax);
  }

  // Writes every record once, so that no page fault is left for later.
  void touch_all() noexcept {
    for (uint32_t i = 0, index = 0; i < flows_max_; ++i, index = next(index))
      construct(index);
  }

  [[nodiscard]] size_t size() const noexcept { return flows_max_; }
  [[nodiscard]] bool full() const noexcept { return num_taken_ == flows_max_; }
  [[nodiscard]] uint32_t num_taken() const noexcept { return num_taken_; }
  // The records from the first one, 0, to before this one have been taken at least once.
  [[nodiscard]] uint32_t end_of_used() const noexcept { return end_of_used_; }
  [[nodiscard]] static constexpr uint32_t next(uint32_t index) noexcept {
    constexpr uint32_t kGap = kStride - FlowGroup::kFlows;
    return ++index % kStride == FlowGroup::kFlows ? index + kGap : index;
  }

  // Not while full(). The record holds what its last user left.
  [[nodiscard]] uint32_t take() noexcept {
    DCHECK(!full());
    ++num_taken_;
    if (first_free_ == Flow::kNone) {
      const uint32_t index = end_of_used_;
      construct(index);
      end_of_used_ = next(index);
      return index;
    }
    const uint32_t index = first_free_;
    first_free_ = records()[index].details().timer_next;
    return index;
  }

  // The record must be in no list: its links are used for the free ones.
  void give_back(uint32_t index) noexcept {
    records()[index].details().timer_next = first_free_;
    first_free_ = index;
    --num_taken_;
  }

  // To be counted on from by an index.
  [[nodiscard]] Flow* records() const noexcept { return groups_.get()->flows.data(); }
  [[nodiscard]] uint32_t index_of(const Flow& flow) const noexcept {
    return static_cast<uint32_t>(&flow - records());
  }
  [[nodiscard]] size_t memory_bytes() const noexcept { return groups_.memory_bytes(); }

 private:
  void construct(uint32_t index) noexcept {
    Flow& flow = *std::construct_at(records() + index);
    std::construct_at(&flow.details());
    std::construct_at(&flow.networks());
    flow.capture() = Flow::kNone;
  }

  AlignedArray<FlowGroup> groups_;
  uint32_t flows_max_;
  uint32_t num_taken_ = 0;
  uint32_t end_of_used_ = 0;
  uint32_t first_free_ = Flow::kNone;
};

}  // namespace flowtable
