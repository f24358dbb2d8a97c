// SPDX-License-Identifier: Apache-2.0
#include "dataplane/scan/own_addresses.hpp"

#include <algorithm>

namespace dataplane {

using flowtable::IpAddress;

PortRange share_of(const PortRange& range, uint16_t core, uint16_t cores) noexcept {
  const uint32_t first = uint32_t{range.count} * core / cores;
  const uint32_t end = uint32_t{range.count} * (core + 1u) / cores;
  return {static_cast<uint16_t>(range.first + first), static_cast<uint16_t>(end - first)};
}

uint16_t owner_of(const PortRange& range, uint16_t port, uint16_t cores) noexcept {
  // The last core whose share begins at this port or before it.
  const uint32_t offset = static_cast<uint16_t>(port - range.first);
  return static_cast<uint16_t>(((offset + 1) * cores - 1) / range.count);
}

bool is_own(const ScanSite& site, const IpAddress& address) noexcept {
  return std::ranges::any_of(site.addresses,
                             [&](const OwnAddress& own) { return own.address == address; });
}

bool is_on_link(const ScanSite& site, const IpAddress& address) noexcept {
  return std::ranges::any_of(site.addresses, [&](const OwnAddress& own) {
    const AddressRange range = AddressRange::of_prefix(own.address, own.prefix_bits);
    const Uint128 number = number_of(address);
    return own.address.is_v4() == address.is_v4() && range.first <= number && number <= range.last;
  });
}

OnLink::OnLink(const ScanSite& site) {
  const auto low = [](Uint128 number) { return static_cast<uint32_t>(number); };
  std::vector<AddressRange> v6;
  for (const OwnAddress& own : site.addresses) {
    const AddressRange range = AddressRange::of_prefix(own.address, own.prefix_bits);
    if (!own.address.is_v4()) {
      v6.push_back(range);
    } else if (own.prefix_bits < 96) {
      v4_.push_back({0, UINT32_MAX});
    } else {
      v4_.push_back({low(range.first), low(range.last)});
    }
  }
  v6_ = AddressSet(v6);
}

const OwnAddress* source_for(const ScanSite& site, const IpAddress& to) noexcept {
  const auto found = std::ranges::find_if(
      site.addresses, [&](const OwnAddress& own) { return own.address.is_v4() == to.is_v4(); });
  return found == site.addresses.end() ? nullptr : &*found;
}

std::optional<Route> route_to(const ScanSite& site, const IpAddress& to) noexcept {
  const OwnAddress* const from = source_for(site, to);
  if (from == nullptr) return std::nullopt;
  if (is_on_link(site, to)) return Route{to, false};
  if (!from->gateway) return std::nullopt;
  return Route{*from->gateway, true};
}

}  // namespace dataplane
