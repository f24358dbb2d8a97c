// SPDX-License-Identifier: Apache-2.0
// Which IPv4 addresses may be asked, as one look-up.
#pragma once

#include "dataplane/scan/scan_plan.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace dataplane {

// All that may_be_asked() says of IPv4, worked out once: a bit for each /16 that may be asked as a
// whole, and the ranges for the others. Read by one core.
class AskableV4 {
 public:
  explicit AskableV4(const ScanSite& site);

  [[nodiscard]] bool contains(uint32_t address) const noexcept {
    const uint32_t part = address >> 16;
    if ((whole_[part / 64] >> part % 64 & 1) != 0) return true;
    const auto after = std::ranges::upper_bound(ranges_, address, {}, &Range::first);
    return after != ranges_.begin() && address <= std::prev(after)->last;
  }

 private:
  struct Range {
    uint32_t first;
    uint32_t last;
  };
  std::vector<Range> ranges_;    // sorted
  std::vector<uint64_t> whole_;  // a bit for each /16
};

}  // namespace dataplane
