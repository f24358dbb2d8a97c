// SPDX-License-Identifier: Apache-2.0
// Where the parts of a flow lie.
#pragma once

#include "flowtable/base/relaxed.hpp"
#include "flowtable/flow.hpp"
#include "flowtable/flow_key.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace flowtable {

// Half a cache line that a flow's first and last packets touch, and timers.
struct alignas(32) FlowDetails {
  Relaxed<int64_t> first_seen_ns;
  std::array<uint32_t, 2> isn{};      // initial sequence number where a SYN was seen
  uint32_t timer_next = Flow::kNone;  // links of the list it waits in
  uint32_t timer_prev = Flow::kNone;
  uint32_t bucket = Flow::kNone;        // FlowTable's: where it is listed; kNone: it is free
  uint16_t timer_list = Flow::kNoList;  // which list of its TimerWheel or FlowQueue that is
  uint16_t queued_stamp = 0;            // FlowQueue's: last_seen_ns when it was queued, shortened
};
static_assert(sizeof(FlowDetails) == 32);

// The upper halves of IPv6 addresses, by Side.
struct FlowNetworks {
  std::array<Relaxed<uint64_t>, 2> words;
};

// Memory of as many flows as fit into 16 KiB: 116 bytes of each, and 28 that are left. Lies on a
// boundary of its own size, so that the parts of a flow are found from the address of one.
inline constexpr size_t kFlowGroupBytes = size_t{1} << 14;
struct alignas(kFlowGroupBytes) FlowGroup {
  static constexpr size_t kFlows = 141;

  std::array<Flow, kFlows> flows;
  std::array<FlowDetails, kFlows> details;
  std::array<FlowNetworks, kFlows> networks;
  std::array<uint32_t, kFlows> captures;

  // Of a flow of a group: where in the group it is.
  [[nodiscard]] static size_t place_of(const Flow& flow) noexcept {
    return reinterpret_cast<uintptr_t>(&flow) % kFlowGroupBytes / sizeof(Flow);
  }
  [[nodiscard]] static FlowGroup& of(Flow& flow) noexcept {
    return *reinterpret_cast<FlowGroup*>(&flow - place_of(flow));
  }
  [[nodiscard]] static const FlowGroup& of(const Flow& flow) noexcept {
    return *reinterpret_cast<const FlowGroup*>(&flow - place_of(flow));
  }
};
static_assert(sizeof(FlowGroup) == kFlowGroupBytes);
static_assert(offsetof(FlowGroup, flows) == 0);

inline FlowDetails& Flow::details() noexcept {
  return FlowGroup::of(*this).details[FlowGroup::place_of(*this)];
}
inline const FlowDetails& Flow::details() const noexcept {
  return FlowGroup::of(*this).details[FlowGroup::place_of(*this)];
}
inline FlowNetworks& Flow::networks() noexcept {
  return FlowGroup::of(*this).networks[FlowGroup::place_of(*this)];
}
inline const FlowNetworks& Flow::networks() const noexcept {
  return FlowGroup::of(*this).networks[FlowGroup::place_of(*this)];
}
inline uint32_t& Flow::capture() noexcept {
  return FlowGroup::of(*this).captures[FlowGroup::place_of(*this)];
}
inline const uint32_t& Flow::capture() const noexcept {
  return FlowGroup::of(*this).captures[FlowGroup::place_of(*this)];
}

inline bool Flow::has_key(const FlowKey& key) const noexcept {
  const uint64_t difference = (hosts[0].get() ^ key.words[1]) | (hosts[1].get() ^ key.words[3]) |
                              (ports.get() ^ key.ports()) |
                              static_cast<uint64_t>(kind.get() ^ key.kind());
  if (difference != 0) return false;
  if (!key.has_networks()) return true;
  const FlowNetworks& upper = networks();
  return upper.words[0].get() == key.words[0] && upper.words[1].get() == key.words[2];
}

}  // namespace flowtable
