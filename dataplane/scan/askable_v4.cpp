// SPDX-License-Identifier: Apache-2.0
#include "dataplane/scan/askable_v4.hpp"

#include "dataplane/scan/last_line.hpp"

namespace dataplane {
namespace {

constexpr uint32_t kParts = 1 << 16;

}  // namespace

AskableV4::AskableV4(const ScanSite& site) : whole_(kParts / 64) {
  const Uint128 first = Uint128{0xffff} << 32;
  const AddressSet all(std::vector{AddressRange{first, first | 0xffffffff}});
  const AddressSet askable =
      site.allowed.intersected(all).without(site.excluded).without(never_asked(site));
  for (const AddressRange& range : askable.ranges())
    ranges_.push_back({static_cast<uint32_t>(range.first), static_cast<uint32_t>(range.last)});
  for (const Range& range : ranges_) {
    const uint64_t begin = (uint64_t{range.first} + 0xffff) >> 16;
    const uint64_t end = (uint64_t{range.last} + 1) >> 16;
    for (uint64_t part = begin; part < end; ++part)
      whole_[part / 64] |= uint64_t{1} << part % 64;
  }
}

}  // namespace dataplane
