// SPDX-License-Identifier: Apache-2.0
// Flows for tests, made from numbers.
#pragma once

#include "flowtable/base/tick.hpp"
#include "flowtable/flow_key.hpp"
#include "flowtable/flow_slab.hpp"
#include "flowtable/flow_table.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace flowtable {

inline constexpr uint64_t kSampleSeed = 0x5eed;
// Of flows that may expire in one call.
inline constexpr size_t kNoLimit = std::numeric_limits<size_t>::max();

// Different for every number: a client address and port, one server. Three at a time differ in the
// upper halves of their addresses only: one of IPv4 and two of IPv6.
inline FlowKey sample_key(uint32_t number) {
  const uint32_t host = number / 3;
  const auto address = [&](const std::array<uint8_t, 4>& low) {
    IpAddress out = IpAddress::from_bytes(low);
    const std::array<uint8_t, 8> network = {0x20, 0x01, 0x0d, 0xb8,
                                            0,    0,    0,    static_cast<uint8_t>(number % 3)};
    if (number % 3 != 0) std::ranges::copy(network, out.bytes.begin());
    return out;
  };
  const IpAddress client =
      address({10, static_cast<uint8_t>(host >> 24), static_cast<uint8_t>(host >> 16),
               static_cast<uint8_t>(host >> 8)});
  const auto port = static_cast<uint16_t>(1024 + host % 256);
  return FlowKey::of({client, port}, {address({192, 0, 2, 1}), 443}, 6).key;
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

// Flows of nobody, by number: all records of a slab.
class SampleRecords {
 public:
  explicit SampleRecords(uint32_t count) : slab_(count) {
    while (!slab_.full())
      indices_.push_back(slab_.take());
  }
  [[nodiscard]] Flow* slab() const { return slab_.records(); }
  [[nodiscard]] uint32_t index(uint32_t number) const { return indices_.at(number); }
  [[nodiscard]] Flow& operator[](uint32_t number) const { return slab()[index(number)]; }
  // Flow::kNone stays what it is.
  [[nodiscard]] uint32_t number_of(uint32_t index) const {
    const auto found = std::ranges::lower_bound(indices_, index);
    return found == indices_.end() ? index : static_cast<uint32_t>(found - indices_.begin());
  }
  [[nodiscard]] uint32_t number_of(const Flow& flow) const {
    return number_of(slab_.index_of(flow));
  }

 private:
  FlowSlab slab_;
  std::vector<uint32_t> indices_;
};

// Inserts where the table has room or can make some; null where it refused.
inline Flow* insert_sample(FlowTable& table, uint32_t number, Tick now) {
  const Room room = table.must_leave(sample_hash(number), now);
  if (room.refused) return nullptr;
  if (room.evict != nullptr) table.erase(*room.evict);
  return table.insert(sample_key(number), sample_hash(number), now);
}

}  // namespace flowtable
