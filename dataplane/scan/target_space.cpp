// SPDX-License-Identifier: Apache-2.0
#include "dataplane/scan/target_space.hpp"

#include "dataplane/scan/target_order.hpp"

#include <algorithm>

namespace dataplane {

using flowtable::Endpoint;
using flowtable::Failure;
using flowtable::Result;

Result<TargetSpace, TargetSpaceError> TargetSpace::make(const Parts& parts) {
  TargetSpace space;
  space.ports_ = parts.ports;
  std::ranges::sort(space.ports_);
  space.ports_.erase(std::unique(space.ports_.begin(), space.ports_.end()), space.ports_.end());
  if (!space.ports_.empty() && space.ports_.front() == 0) space.ports_.erase(space.ports_.begin());
  if (parts.allowed.empty()) return Failure{TargetSpaceError::nothing_allowed};
  if (space.ports_.empty()) return Failure{TargetSpaceError::no_ports};
  space.addresses_ = parts.asked.intersected(parts.allowed).without(parts.excluded);
  Uint128 total = 0;
  for (const AddressRange& range : space.addresses_.ranges()) {
    space.begins_.push_back(static_cast<uint64_t>(total));
    // All addresses there are would be 2^128, which is 0.
    const Uint128 rest = range.last - range.first;
    if (rest >= TargetGroup::kCountMax) return Failure{TargetSpaceError::too_many};
    total += rest + 1;
    if (total * space.ports_.size() > TargetGroup::kCountMax)
      return Failure{TargetSpaceError::too_many};
  }
  if (total == 0) return Failure{TargetSpaceError::no_addresses};
  space.num_addresses_ = static_cast<uint64_t>(total);
  space.make_parts();
  return space;
}

void TargetSpace::make_parts() {
  constexpr uint64_t kPartsMax = 4096;
  while (num_addresses_ >> part_shift_ >= kPartsMax)
    ++part_shift_;
  size_t range = 0;
  for (uint64_t first = 0;; first += uint64_t{1} << part_shift_) {
    const uint64_t address = std::min(first, num_addresses_ - 1);
    while (range + 1 < begins_.size() && begins_[range + 1] <= address)
      ++range;
    parts_.push_back(static_cast<uint32_t>(range));
    if (first >= num_addresses_) break;
  }
}

std::optional<uint64_t> TargetSpace::number_of(const Endpoint& target) const noexcept {
  const auto port = std::ranges::lower_bound(ports_, target.port);
  if (port == ports_.end() || *port != target.port) return std::nullopt;
  const std::span<const AddressRange> ranges = addresses_.ranges();
  const Uint128 address = dataplane::number_of(target.address);
  const auto after = std::ranges::upper_bound(ranges, address, {}, &AddressRange::first);
  if (after == ranges.begin() || address > std::prev(after)->last) return std::nullopt;
  const auto range = static_cast<size_t>(after - ranges.begin()) - 1;
  const uint64_t before = begins_[range] + static_cast<uint64_t>(address - ranges[range].first);
  return before * ports_.size() + static_cast<uint64_t>(port - ports_.begin());
}

}  // namespace dataplane
