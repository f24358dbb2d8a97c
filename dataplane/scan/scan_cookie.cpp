// SPDX-License-Identifier: Apache-2.0
#include "dataplane/scan/scan_cookie.hpp"

#include <algorithm>
#include <array>
#include <bit>

namespace dataplane {

using flowtable::Endpoint;
using flowtable::IpAddress;

ScanCookie::Values ScanCookie::of(const IpAddress& source, const Endpoint& target,
                                  uint8_t attempt) const noexcept {
  struct Halves {
    uint64_t high, low;
  };
  static_assert(sizeof(Halves) == sizeof(IpAddress));
  const auto from = std::bit_cast<Halves>(source.bytes);
  const auto to = std::bit_cast<Halves>(target.address.bytes);
  const std::array<uint64_t, 5> words = {from.high, from.low, to.high, to.low,
                                         uint64_t{target.port} << 8 | attempt};
  const uint64_t hash = siphash(key_, words);
  const uint64_t port = (hash >> 32) * ports_.count >> 32;
  return {static_cast<uint16_t>(ports_.first + port), static_cast<uint32_t>(hash)};
}

uint8_t ScanCookie::answered(const Endpoint& ours, const Endpoint& target, uint32_t acknowledged,
                             uint8_t attempts) const noexcept {
  for (uint8_t attempt = 0; attempt < attempts; ++attempt) {
    const Values values = of(ours.address, target, attempt);
    if (values.source_port == ours.port && values.sequence + 1 == acknowledged) return attempt;
  }
  return kForged;
}

}  // namespace dataplane
