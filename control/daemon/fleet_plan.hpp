// SPDX-License-Identifier: Apache-2.0
// How a scan is cut up for several scanners.
#pragma once

#include "control/daemon/scan_spec.hpp"
#include "control/ipc/message.hpp"
#include "control/storage/fleet_store.hpp"
#include "dataplane/scan/address_set.hpp"
#include "flowtable/base/result.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace control {

// A death costs one of so many parts, at most.
inline constexpr uint32_t kFleetShardsMax = 256;
// Pieces that differ in who may ask them.
inline constexpr size_t kFleetZonesMax = 64;

struct FleetPlan {
  std::vector<FleetJob::Zone> zones;
  uint64_t targets = 0;
  uint64_t addresses = 0;
  uint64_t ports = 0;
  uint64_t left_out = 0;  // addresses that none may ask
  std::string barred;     // the first of them, for people
};

// Cuts what is asked by which of `askable` hold it; every zone lies in at least one of them. Shards
// are fewer than kFleetShardsMax where they would be over in a few seconds: the end of each waits
// for its last answers. Error: what a person has to mend: names (which only one can resolve), a
// text, or that nobody may ask any of it.
[[nodiscard]] flowtable::OrError<FleetPlan> plan_fleet(
    const ScanSpec& spec, std::span<const dataplane::AddressSet> askable);

// "10.0.0.0-10.0.0.255 10.0.2.0-10.0.2.255", and back by parse_scan_targets().
[[nodiscard]] std::string text_of(const dataplane::AddressSet& set);

// The arguments of `scan` for one range of a zone: the same order on every machine.
[[nodiscard]] flowtable::OrError<Json> range_arguments(const FleetScan& scan,
                                                       const FleetJob::Zone& zone, uint32_t shard);

}  // namespace control
