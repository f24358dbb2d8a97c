// SPDX-License-Identifier: Apache-2.0
// Where we stand, as functions of the site.
#pragma once

#include "dataplane/scan/address_words.hpp"
#include "dataplane/scan/scan_plan.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

namespace dataplane {

// The even share of one of `cores`; all shares together are the range, and lie in order.
[[nodiscard]] PortRange share_of(const PortRange& range, uint16_t core, uint16_t cores) noexcept;
// Whose share `port`, which is in the range, is in.
[[nodiscard]] uint16_t owner_of(const PortRange& range, uint16_t port, uint16_t cores) noexcept;

[[nodiscard]] bool is_own(const ScanSite& site, const flowtable::IpAddress& address) noexcept;
[[nodiscard]] bool is_on_link(const ScanSite& site, const flowtable::IpAddress& address) noexcept;
// The same, worked out once.
class OnLink {
 public:
  explicit OnLink(const ScanSite& site);
  [[nodiscard]] bool contains(const flowtable::IpAddress& address) const noexcept {
    const AddressWords words = words_of(address);
    if (!is_mapped(words)) return v6_.contains(address);
    const uint32_t number = v4_number_of(words);
    return std::ranges::any_of(v4_, [number](const RangeV4& range) {
      return range.first <= number && number <= range.last;
    });
  }

 private:
  struct RangeV4 {
    uint32_t first;
    uint32_t last;
  };
  std::vector<RangeV4> v4_;
  AddressSet v6_;
};
// The one of this family that we send from; null where there is none.
[[nodiscard]] const OwnAddress* source_for(const ScanSite& site,
                                           const flowtable::IpAddress& to) noexcept;

// By whom a packet goes.
struct Route {
  flowtable::IpAddress next_hop;
  bool gateway = false;
};
// Nothing where there is neither an address of ours of this family nor a way.
[[nodiscard]] std::optional<Route> route_to(const ScanSite& site,
                                            const flowtable::IpAddress& to) noexcept;

}  // namespace dataplane
