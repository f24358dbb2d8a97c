// SPDX-License-Identifier: Apache-2.0
// How far a range is, as the database keeps it and as the cores work on it.
#pragma once

#include "control/scan/scan_job_file.hpp"
#include "control/storage/fleet_store.hpp"

#include <cstdint>
#include <vector>

namespace control {

// The parts of one range, one for each core that has worked on it.
[[nodiscard]] RangeProgress progress_of(const std::vector<ShardCheckpoint>& shards);

// Back, whatever number of cores goes on with it. `shard` of `shards` is the range. Empty where it
// has not been begun, or where the text is not a whole cut of this range: then it begins anew, for
// a wrong checkpoint would leave targets out.
[[nodiscard]] std::vector<ShardCheckpoint> shards_of(const RangeProgress& progress, uint64_t shard,
                                                     uint64_t shards);

}  // namespace control
