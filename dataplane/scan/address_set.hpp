// SPDX-License-Identifier: Apache-2.0
// Sets of IP addresses, as ranges.
#pragma once

#include "dataplane/scan/address_words.hpp"
#include "dataplane/scan/uint128.hpp"
#include "flowtable/flow_key.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace dataplane {

// An address as a number, IPv4 in its mapped form: the order of numbers is the order of addresses,
// and IPv4 lies in one piece of 2^32.
[[nodiscard]] inline Uint128 number_of(const flowtable::IpAddress& address) noexcept {
  const AddressWords words = words_of(address);
  return Uint128{in_network_order(words.high)} << 64 | in_network_order(words.low);
}
[[nodiscard]] inline AddressWords words_of(Uint128 number) noexcept {
  return {in_network_order(static_cast<uint64_t>(number >> 64)),
          in_network_order(static_cast<uint64_t>(number))};
}
[[nodiscard]] inline flowtable::IpAddress address_of(Uint128 number) noexcept {
  return address_of(words_of(number));
}

// Both ends included; first <= last.
struct AddressRange {
  Uint128 first = 0;
  Uint128 last = 0;

  // All addresses that share the first `bits` bits of the 128-bit form (an IPv4 /24 is 120).
  [[nodiscard]] static AddressRange of_prefix(const flowtable::IpAddress& address,
                                              int bits) noexcept;
  bool operator==(const AddressRange&) const = default;
};

// Made once, then read by any number of threads. Ranges are sorted, apart from each other and as
// few as can be, so that membership is one binary search: one step for each doubling of their
// number.
class AddressSet {
 public:
  AddressSet() = default;
  explicit AddressSet(std::span<const AddressRange> ranges);

  // Allocates nothing: for the last look before a packet is sent.
  [[nodiscard]] bool contains(Uint128 address) const noexcept;
  [[nodiscard]] bool contains(const flowtable::IpAddress& address) const noexcept {
    return contains(number_of(address));
  }
  [[nodiscard]] bool empty() const noexcept { return ranges_.empty(); }
  [[nodiscard]] std::span<const AddressRange> ranges() const noexcept { return ranges_; }

  // What is in this set and in `other`; what is in this one only.
  [[nodiscard]] AddressSet intersected(const AddressSet& other) const;
  [[nodiscard]] AddressSet without(const AddressSet& other) const;

 private:
  std::vector<AddressRange> ranges_;
};

}  // namespace dataplane
