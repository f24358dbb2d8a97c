// SPDX-License-Identifier: Apache-2.0
// An address as two words, for what is done once per probe.
#pragma once

#include "flowtable/flow_key.hpp"

#include <array>
#include <bit>
#include <cstdint>

namespace dataplane {

// As they lie in memory. IPv4 is in its mapped form.
struct AddressWords {
  uint64_t high = 0;
  uint64_t low = 0;
};
static_assert(sizeof(AddressWords) == sizeof(flowtable::IpAddress));

[[nodiscard]] inline AddressWords words_of(const flowtable::IpAddress& address) noexcept {
  return std::bit_cast<AddressWords>(address.bytes);
}
[[nodiscard]] inline flowtable::IpAddress address_of(const AddressWords& words) noexcept {
  return std::bit_cast<flowtable::IpAddress>(words);
}
// From the order of the wire to the machine's, and back: the compiler makes more than one step of
// what is stored byte by byte into an array.
[[nodiscard]] inline uint64_t in_network_order(uint64_t word) noexcept {
  return std::endian::native == std::endian::little ? __builtin_bswap64(word) : word;
}
// ::ffff:0:0/96: then the address is the second half of `low`.
[[nodiscard]] inline bool is_mapped(const AddressWords& words) noexcept {
  constexpr auto kPrefix =
      std::bit_cast<uint64_t>(std::array<uint8_t, 8>{0, 0, 0xff, 0xff, 0, 0, 0, 0});
  constexpr auto kMask =
      std::bit_cast<uint64_t>(std::array<uint8_t, 8>{0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0});
  return words.high == 0 && (words.low & kMask) == kPrefix;
}
// An IPv4 address as a number, of words that are mapped.
[[nodiscard]] inline uint32_t v4_number_of(const AddressWords& words) noexcept {
  return static_cast<uint32_t>(in_network_order(words.low));
}
// What is_v4() of it says, without a call.
[[nodiscard]] inline bool lies_in_v4(const flowtable::IpAddress& address) noexcept {
  return is_mapped(words_of(address));
}

}  // namespace dataplane
