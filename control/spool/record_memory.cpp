// SPDX-License-Identifier: Apache-2.0
#include "control/spool/record_memory.hpp"

#include <algorithm>

namespace control {
namespace {

// A record without payload is not for nothing.
constexpr uint64_t kOverheadBytes = 256;

uint64_t weight(const RecordMemory::Kept& record) {
  return record.payload->size() + kOverheadBytes;
}

}  // namespace

bool RecordMemory::has_room_for_only_copy(uint64_t payload_bytes) const noexcept {
  return only_copy_bytes_ + payload_bytes + kOverheadBytes <= bytes_max_;
}

void RecordMemory::add(Kept record) {
  bytes_ += weight(record);
  if (record.is_only_copy) only_copy_bytes_ += weight(record);
  records_.push_back(std::move(record));
  shrink();
}

const RecordMemory::Kept* RecordMemory::find(int64_t seq) const noexcept {
  const auto found = std::ranges::lower_bound(records_, seq, {}, &Kept::seq);
  return found != records_.end() && found->seq == seq ? &*found : nullptr;
}

void RecordMemory::remove(int64_t after, int64_t last) {
  const auto from = std::ranges::upper_bound(records_, after, {}, &Kept::seq);
  const auto to = std::ranges::upper_bound(records_, last, {}, &Kept::seq);
  if (from >= to) return;
  std::for_each(from, to, [this](const Kept& record) { forget(record); });
  records_.erase(from, to);
}

void RecordMemory::forget(const Kept& record) noexcept {
  bytes_ -= weight(record);
  if (record.is_only_copy) only_copy_bytes_ -= weight(record);
}

void RecordMemory::shrink() {
  auto at = records_.begin();
  while (bytes_ > bytes_max_ && at != records_.end()) {
    if (at->is_only_copy) {
      ++at;
      continue;
    }
    forget(*at);
    at = records_.erase(at);
  }
}

}  // namespace control
