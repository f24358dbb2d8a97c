// SPDX-License-Identifier: Apache-2.0
#include "dataplane/rss.hpp"

#include "flowtable/base/check.hpp"

#include <rte_ethdev.h>

#include <algorithm>
#include <bit>

namespace dataplane {
namespace {

// Addresses and ports. Not the types that hash more (tunnel inner fields, IPv6 extensions): a
// card's idea of them is its own, and these are steered by the software that decodes them.
constexpr uint64_t kWantedTypes = RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_IPV6 |
                                  RTE_ETH_RSS_NONFRAG_IPV4_TCP | RTE_ETH_RSS_NONFRAG_IPV6_TCP |
                                  RTE_ETH_RSS_NONFRAG_IPV4_UDP | RTE_ETH_RSS_NONFRAG_IPV6_UDP;
constexpr uint64_t kTcpTypes = RTE_ETH_RSS_NONFRAG_IPV4_TCP | RTE_ETH_RSS_NONFRAG_IPV6_TCP;

// A key for the longest input, an IPv6 tuple of 36 bytes, has 40.
constexpr uint8_t kKeyBytesMin = 40;

}  // namespace

RssPlan plan_rss(std::span<const PortAbility> ports, uint16_t cores) {
  if (cores <= 1 || ports.empty()) return {};
  RssPlan plan{.steering = Steering::hardware, .rss_types = ports.front().rss_types & kWantedTypes};
  uint16_t smallest_table = ports.front().reta_entries;
  for (const PortAbility& port : ports) {
    const bool able = port.rx_queues_max >= cores && port.hash_key_bytes >= kKeyBytesMin &&
                      (port.rss_types & kTcpTypes) != 0 &&
                      (port.rss_types & kWantedTypes) == plan.rss_types &&
                      port.reta_entries >= cores && std::has_single_bit(port.reta_entries);
    if (!able) plan.steering = Steering::software;
    smallest_table = std::min(smallest_table, port.reta_entries);
  }
  if (plan.steering == Steering::software) return {.steering = Steering::software};
  plan.reta_period = smallest_table;
  return plan;
}

FlowOwners owners_of(const RssPlan& plan, uint16_t cores) noexcept {
  if (plan.steering == Steering::single) return {};
  if (plan.steering == Steering::software) return FlowOwners(cores);
  // A card that is told to hash a transport's ports does; else the addresses, where told.
  const auto input = [&](uint64_t transport, uint64_t addresses) {
    if (plan.rss_types & transport) return RssInput::addresses_and_ports;
    return plan.rss_types & addresses ? RssInput::addresses : RssInput::nothing;
  };
  RssRule rule;
  rule.tcp = {input(RTE_ETH_RSS_NONFRAG_IPV4_TCP, RTE_ETH_RSS_IPV4),
              input(RTE_ETH_RSS_NONFRAG_IPV6_TCP, RTE_ETH_RSS_IPV6)};
  rule.udp = {input(RTE_ETH_RSS_NONFRAG_IPV4_UDP, RTE_ETH_RSS_IPV4),
              input(RTE_ETH_RSS_NONFRAG_IPV6_UDP, RTE_ETH_RSS_IPV6)};
  rule.reta_period = plan.reta_period;
  return FlowOwners(cores, rule);
}

std::vector<uint8_t> symmetric_key(uint8_t bytes) {
  std::vector<uint8_t> key(bytes);
  for (size_t i = 0; i < key.size(); ++i)
    key[i] = i % 2 == 0 ? 0x6d : 0x5a;
  return key;
}

uint32_t toeplitz_hash(std::span<const uint8_t> key, std::span<const uint8_t> input) {
  CHECK(key.size() >= input.size() + 4);
  // A window of 32 key bits slides along the input, one bit further for each bit of it; the hash
  // is the exclusive or of the windows at the bits that are set.
  uint32_t window =
      uint32_t{key[0]} << 24 | uint32_t{key[1]} << 16 | uint32_t{key[2]} << 8 | key[3];
  uint32_t hash = 0;
  for (size_t bit = 0; bit < input.size() * 8; ++bit) {
    const auto bit_of = [](std::span<const uint8_t> bytes, size_t at) {
      return uint32_t{bytes[at / 8]} >> (7 - at % 8) & 1;
    };
    if (bit_of(input, bit) != 0) hash ^= window;
    const size_t next = bit + 32;
    window = window << 1 | (next < key.size() * 8 ? bit_of(key, next) : 0);
  }
  return hash;
}

bool is_symmetric(std::span<const uint8_t> key) {
  if (key.size() < kKeyBytesMin) return false;
  // The hash is linear over its input bits, so each bit is looked at alone: it must hash as the bit
  // with which it changes places when the direction turns.
  struct Swap {
    size_t first;  // bytes [first, first + length) change places with those that follow
    size_t length;
  };
  struct Layout {
    size_t bytes;
    Swap addresses;
    Swap ports;
  };
  constexpr Layout kIpv4{12, {0, 4}, {8, 2}};
  constexpr Layout kIpv6{36, {0, 16}, {32, 2}};
  for (const Layout& layout : {kIpv4, kIpv6}) {
    for (const Swap& swap : {layout.addresses, layout.ports}) {
      for (size_t bit = 0; bit < swap.length * 8; ++bit) {
        std::vector<uint8_t> one(layout.bytes);
        std::vector<uint8_t> other(layout.bytes);
        const auto mask = static_cast<uint8_t>(0x80 >> bit % 8);
        one[swap.first + bit / 8] = mask;
        other[swap.first + swap.length + bit / 8] = mask;
        if (toeplitz_hash(key, one) != toeplitz_hash(key, other)) return false;
      }
    }
  }
  return true;
}

std::vector<uint16_t> reta_queues(uint16_t entries, uint16_t period, uint16_t queues) {
  CHECK(period > 0 && queues > 0);
  std::vector<uint16_t> table(entries);
  for (size_t i = 0; i < table.size(); ++i)
    table[i] = static_cast<uint16_t>(i % period % queues);
  return table;
}

}  // namespace dataplane
