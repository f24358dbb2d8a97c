// SPDX-License-Identifier: Apache-2.0
// Flows for tests, made from numbers.
#pragma once

#include "flowtable/base/tick.hpp"
#include "flowtable/flow_key.hpp"
#include "flowtable/flow_table.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace flowtable {

inline constexpr uint64_t kSampleSeed = 0x5eed;
// Of flows that may expire in one call.
inline constexpr size_t kNoLimit = std::numeric_limits<size_t>::max();

// Different for every number: a client address and port, one server.
inline FlowKey sample_key(uint32_t number) {
  const std::array<uint8_t, 4> server = {192, 0, 2, 1};
  std::array<uint8_t, 4> client = {10, 0, 0, 0};
  client[1] = static_cast<uint8_t>(number >> 24);
  client[2] = static_cast<uint8_t>(number >> 16);
  client[3] = static_cast<uint8_t>(number >> 8);
  const auto port = static_cast<uint16_t>(1024 + number % 256);
  return FlowKey::of({IpAddress::from_bytes(client), port}, {IpAddress::from_bytes(server), 443}, 6)
      .key;
}

inline uint64_t sample_hash(uint32_t number) {
  return hash_flow_key(sample_key(number), kSampleSeed);
}

// embryonic 5 s, handshaking 10 s, established 60 s, closing 2 s.
inline FlowTable::Options sample_options(uint32_t flows_max) {
  using std::chrono::seconds;
  FlowTable::Options options;
  options.flows_max = flows_max;
  options.timeout = {seconds(5), seconds(10), seconds(60), seconds(2)};
  return options;
}

inline Tick sample_tick(int64_t ms_after_start) {
  constexpr int64_t kStartNs = 1'700'000'000'000'000'000;
  return tick_from_ns(kStartNs + ms_after_start * 1'000'000);
}

// Inserts where the table has room or can make some; null where it refused.
inline Flow* insert_sample(FlowTable& table, uint32_t number, Tick now) {
  const Room room = table.must_leave(sample_hash(number), now);
  if (room.refused) return nullptr;
  if (room.evict != nullptr) table.erase(*room.evict);
  return table.insert(sample_key(number), sample_hash(number), now);
}

}  // namespace flowtable
