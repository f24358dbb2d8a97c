// SPDX-License-Identifier: Apache-2.0
#include "dataplane/scan/last_line.hpp"

#include "dataplane/scan/scan_frame.hpp"

#include <algorithm>

namespace dataplane {

using flowtable::Bytes;
using flowtable::IpAddress;

namespace {

AddressRange v4_range(uint32_t first, uint32_t last) noexcept {
  constexpr Uint128 kMapped = Uint128{0xffff} << 32;
  return {kMapped | first, kMapped | last};
}

bool is_never_asked_v4(uint32_t address) noexcept {
  const uint32_t first = address >> 24;
  return first == 0 || first == 127 || first >> 4 == 14 || address == 0xffffffff;
}

bool is_never_asked_v6(Uint128 address) noexcept {
  return address <= 1 || address >> 120 == 0xff;  // ::, ::1, ff00::/8
}

bool is_own_or_broadcast(const OwnAddress& own, const IpAddress& address) noexcept {
  if (own.address == address) return true;
  // A prefix of 31 bits has no broadcast address (RFC 3021).
  return address.is_v4() && own.address.is_v4() && own.prefix_bits < 127 &&
         AddressRange::of_prefix(own.address, own.prefix_bits).last == number_of(address);
}

}  // namespace

bool is_never_asked(const ScanSite& site, const IpAddress& address) noexcept {
  const Uint128 number = number_of(address);
  if (address.is_v4() ? is_never_asked_v4(static_cast<uint32_t>(number))
                      : is_never_asked_v6(number))
    return true;
  return std::ranges::any_of(
      site.addresses, [&](const OwnAddress& own) { return is_own_or_broadcast(own, address); });
}

AddressSet never_asked(const ScanSite& site) {
  std::vector<AddressRange> out = {v4_range(0, 0x00ffffff),
                                   v4_range(0x7f000000, 0x7fffffff),
                                   v4_range(0xe0000000, 0xefffffff),
                                   v4_range(0xffffffff, 0xffffffff),
                                   {0, 1},  // ::, ::1
                                   {Uint128{0xff} << 120, ~Uint128{0}}};
  for (const OwnAddress& own : site.addresses) {
    const Uint128 number = number_of(own.address);
    out.push_back({number, number});
    // A prefix of 31 bits has no broadcast address (RFC 3021).
    if (!own.address.is_v4() || own.prefix_bits >= 127) continue;
    const Uint128 broadcast = AddressRange::of_prefix(own.address, own.prefix_bits).last;
    out.push_back({broadcast, broadcast});
  }
  return AddressSet(out);
}

bool may_be_asked(const ScanSite& site, const IpAddress& address) noexcept {
  return site.allowed.contains(address) && !site.excluded.contains(address) &&
         !is_never_asked(site, address);
}

LastLine::LastLine(const ScanSite& site, FrameSink& sink, ScanCounters& counters)
    : site_(site),
      sink_(sink),
      counters_(counters),
      askable_v4_(site),
      ip_at_(site.vlan.value_or(0) == 0 ? 14 : 18) {}

bool LastLine::may_go_otherwise(Bytes frame) const noexcept {
  ScanFrame read;
  return read_scan_frame(frame, site_.vlan, read) && read.kind == ScanFrame::Kind::ip &&
         may_be_asked(site_, read.destination);
}

}  // namespace dataplane
