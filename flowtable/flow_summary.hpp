// SPDX-License-Identifier: Apache-2.0
// A flow as others see it when its core lets go of it.
#pragma once

#include "flowtable/base/tick.hpp"
#include "flowtable/flow_key.hpp"

#include <array>
#include <cstdint>
#include <type_traits>

namespace flowtable {

// Copied across rings by value; every field is final when it is sent.
struct FlowSummary {
  FlowKey key;
  Tick first_seen{};
  Tick last_seen{};
  std::array<uint64_t, 2> bytes{};    // on the wire, by Side
  std::array<uint32_t, 2> packets{};  // by Side
  Side originator = Side::a;          // sender of the SYN, else of the first packet seen
  bool syn_seen = false;
  std::array<uint8_t, 2> tcp_flags{};  // union of the TCP flags seen, by Side
  uint16_t core = 0;                   // index of the poll core, from 0
};
static_assert(std::is_trivially_copyable_v<FlowSummary>);
static_assert(sizeof(FlowSummary) <= 128);

}  // namespace flowtable
