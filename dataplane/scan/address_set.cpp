// SPDX-License-Identifier: Apache-2.0
#include "dataplane/scan/address_set.hpp"

#include <algorithm>

namespace dataplane {

using flowtable::IpAddress;

AddressRange AddressRange::of_prefix(const IpAddress& address, int bits) noexcept {
  const Uint128 rest = bits >= 128 ? Uint128{0} : ~Uint128{0} >> bits;
  const Uint128 number = number_of(address);
  return {number & ~rest, number | rest};
}

AddressSet::AddressSet(std::span<const AddressRange> ranges)
    : ranges_(ranges.begin(), ranges.end()) {
  std::ranges::sort(ranges_, {}, &AddressRange::first);
  size_t kept = 0;
  for (const AddressRange& range : ranges_) {
    // Neighbours become one, too; no number lies above the last.
    if (kept > 0 &&
        (range.first <= ranges_[kept - 1].last || range.first - ranges_[kept - 1].last == 1)) {
      ranges_[kept - 1].last = std::max(ranges_[kept - 1].last, range.last);
    } else {
      ranges_[kept++] = range;
    }
  }
  ranges_.resize(kept);
}

bool AddressSet::contains(Uint128 address) const noexcept {
  const auto after = std::ranges::upper_bound(ranges_, address, {}, &AddressRange::first);
  return after != ranges_.begin() && address <= std::prev(after)->last;
}

AddressSet AddressSet::intersected(const AddressSet& other) const {
  AddressSet out;
  auto a = ranges_.begin();
  auto b = other.ranges_.begin();
  while (a != ranges_.end() && b != other.ranges_.end()) {
    const AddressRange both{std::max(a->first, b->first), std::min(a->last, b->last)};
    if (both.first <= both.last) out.ranges_.push_back(both);
    (a->last < b->last ? a : b)++;
  }
  return out;
}

AddressSet AddressSet::without(const AddressSet& other) const {
  AddressSet out;
  auto hole = other.ranges_.begin();
  for (AddressRange rest : ranges_) {
    while (hole != other.ranges_.end() && hole->last < rest.first)
      ++hole;
    bool any = true;
    for (auto at = hole; any && at != other.ranges_.end() && at->first <= rest.last; ++at) {
      if (at->first > rest.first) out.ranges_.push_back({rest.first, at->first - 1});
      any = at->last < rest.last;
      if (any) rest.first = at->last + 1;
    }
    if (any) out.ranges_.push_back(rest);
  }
  return out;
}

}  // namespace dataplane
