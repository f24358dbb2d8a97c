// SPDX-License-Identifier: Apache-2.0
// Jobs of a fleet that tests share.
#pragma once

#include "control/storage/fleet_store.hpp"
#include "tests/unit/storage/test_cluster.hpp"

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace control::tests {

// Its value, or the end of the program.
template <typename Value>
[[nodiscard]] Value must(flowtable::OrError<Value> answer) {
  if (!answer) {
    std::fprintf(stderr, "%s\n", answer.error().message.c_str());
    std::exit(1);
  }
  return std::move(answer).value();
}

[[nodiscard]] inline FleetStore::Options fleet_options(
    const DatabaseAddress& address, const std::string& sensor,
    std::chrono::milliseconds lease = std::chrono::milliseconds(30'000)) {
  return {.address = address, .sensor = sensor, .instance = 7, .lease = lease};
}

// Zones of 10.0.N.0/24 with so many shards each, and 100 targets for each shard.
[[nodiscard]] inline FleetJob fleet_job(const std::vector<uint32_t>& shards, uint32_t rate = 1000) {
  FleetJob out;
  out.who = "tester";
  out.spec = "{}";
  out.config_hash = "00ff";
  out.seed = 77;
  out.shards = 256;
  out.rate = rate;
  out.left_out = 9;
  for (const uint32_t each : shards) {
    const std::string number = std::to_string(out.zones.size());
    out.zones.push_back({"10.0." + number + ".0/24", uint64_t{100} * each, each});
  }
  return out;
}

[[nodiscard]] inline RangeProgress some_progress(uint64_t index) {
  RangeProgress out;
  out.index = index;
  out.checkpoint = "0/4:" + std::to_string(index);
  out.targets = index;
  out.closed = index;
  out.probes = index + 1;
  return out;
}

}  // namespace control::tests
