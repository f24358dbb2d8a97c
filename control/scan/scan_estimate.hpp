// SPDX-License-Identifier: Apache-2.0
// What a scan will cost, before it is begun.
#pragma once

#include "dataplane/scan/address_set.hpp"
#include "dataplane/scan/scan_plan.hpp"
#include "dataplane/scan/target_space.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace control {

struct EstimateQuestion {
  const dataplane::TargetSpace* space = nullptr;  // null: nothing is swept
  // Entries of the list and the ports each is asked at, multiplied out; asked by connections of
  // their own, at most dial_attempts SYNs each.
  uint64_t listed = 0;
  uint32_t attempts = 2;  // of the sweep, at least 1
  uint32_t dial_attempts = 3;
  std::chrono::nanoseconds wait{};  // after each attempt
  double rate = 0;                  // asked for, packets per second, > 0
  dataplane::RateCaps caps{};
  uint32_t shards = 1;  // this machine has one of so many
};

// The IPv4 /24 or IPv6 /64 with the most addresses of a set.
struct FullestSubnet {
  flowtable::IpAddress first;  // of the subnet
  uint64_t addresses = 0;      // of the set in it; 2^64 - 1 where it is more
};
[[nodiscard]] std::optional<FullestSubnet> fullest_subnet(const dataplane::AddressSet& set);

enum class EstimateBound : uint8_t { rate, ceiling, subnet, host };

// Packets that begin something: what the caps count. Those of connections that come about are not
// in it, for nobody knows how many will.
struct ScanEstimate {
  uint64_t addresses = 0;
  uint64_t ports = 0;
  uint64_t targets = 0;  // of the sweep, of all shards
  uint64_t listed = 0;
  uint64_t packets_least = 0;  // every target answers its first question
  uint64_t packets_most = 0;   // none answers any
  double rate = 0;             // that will be used: the lowest of what is asked and the ceiling
  // Both may be longer than a duration can say; seconds, exact up to rounding of a double.
  double seconds_least = 0;
  double seconds_most = 0;
  EstimateBound bound = EstimateBound::rate;  // what decides seconds_most
  std::optional<FullestSubnet> subnet;
};
[[nodiscard]] ScanEstimate estimate_scan(const EstimateQuestion& question);

// Lines for a person, each ended by a line feed.
[[nodiscard]] std::string estimate_text(const EstimateQuestion& question,
                                        const ScanEstimate& estimate);

}  // namespace control
