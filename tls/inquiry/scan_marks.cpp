// SPDX-License-Identifier: Apache-2.0
#include "tls/inquiry/scan_marks.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace tls {

void ScanMarks::notice(uint64_t newest, std::vector<uint64_t> filled) {
  noticed_ = newest;
  open_.push_back({noticed_, std::move(filled), 0});
}

void ScanMarks::advance(const std::vector<uint64_t>& taken, uint64_t oldest, uint64_t next) {
  while (!open_.empty()) {
    Open& mark = open_.front();
    const bool is_read = std::ranges::equal(taken, mark.filled, std::ranges::greater_equal{});
    if (mark.inquiries_until == 0 && is_read) mark.inquiries_until = next;
    if (mark.inquiries_until == 0 || oldest < mark.inquiries_until) return;
    passed_.store(mark.number, std::memory_order_release);
    open_.pop_front();
  }
}

}  // namespace tls
