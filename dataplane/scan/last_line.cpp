// SPDX-License-Identifier: Apache-2.0
#include "dataplane/scan/last_line.hpp"

#include "dataplane/scan/scan_frame.hpp"

#include <algorithm>

namespace dataplane {

using flowtable::Bytes;
using flowtable::IpAddress;

namespace {

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

bool may_be_asked(const ScanSite& site, const IpAddress& address) noexcept {
  return site.allowed.contains(address) && !site.excluded.contains(address) &&
         !is_never_asked(site, address);
}

void LastLine::send(size_t length) noexcept {
  ScanFrame frame;
  const Bytes written(room_.first(std::min(length, room_.size())));
  refused_last_ = !read_scan_frame(written, site_.vlan, frame) ||
                  frame.kind != ScanFrame::Kind::ip || !may_be_asked(site_, frame.destination);
  if (refused_last_) return counters_.add(ScanCounter::frames_refused);
  sink_.send(length);
}

}  // namespace dataplane
