// SPDX-License-Identifier: Apache-2.0
// The sweep of one job on the cores that scan.
#pragma once

#include "control/daemon/scan_job.hpp"
#include "control/scan/scan_job_file.hpp"
#include "dataplane/scan_lane.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace control {

// Gives each core a shard at a time and reads how far it is. The scanner's thread owns it; `halt`
// and `hold` may be called by any. Borrows all for its life.
class ScanRun {
 public:
  using Lane = dataplane::ScanLane::Own;
  ScanRun(const ScanJob& job, std::vector<Lane*> lanes, flowtable::TickSpan wait);
  ~ScanRun();  // halts
  ScanRun(const ScanRun&) = delete;
  ScanRun& operator=(const ScanRun&) = delete;

  // As many shards as there are cores, from the beginning.
  [[nodiscard]] static std::vector<ShardCheckpoint> new_shards(const ScanSpec& spec, size_t lanes);

  void begin(const std::vector<ShardCheckpoint>& shards);
  // Takes shards that are done off the cores, and gives out others.
  void advance();
  // What a checkpoint says, as of now: consistent for each shard.
  [[nodiscard]] std::vector<ShardCheckpoint> checkpoints() const;
  // Over all shards, those of earlier runs included.
  [[nodiscard]] ScanCounts counts() const;
  [[nodiscard]] bool finished() const noexcept { return num_finished_ == shards_.size(); }
  [[nodiscard]] bool waits_for_gateway() const noexcept;
  // Targets that answered their first probe, and a later one only, in this run.
  struct Answers {
    uint64_t first = 0;
    uint64_t again = 0;
  };
  [[nodiscard]] Answers answers() const noexcept;

  // Of all cores together.
  void set_rate(double probes_per_second) noexcept;
  // Of all that they begin, where it is below the site's ceiling; above 0.
  void set_ceiling(double per_second) noexcept;
  // No SYN leaves any more while it holds; what was asked is still heard.
  void hold(bool holds) noexcept;
  // Nothing of this job leaves any more. The cores let go of its plans.
  void halt();

 private:
  static constexpr size_t kNone = SIZE_MAX;
  struct Shard {
    ShardCheckpoint before;  // what it began from
    ShardCheckpoint now;     // where it is done or was let go
    size_t lane = kNone;     // that works on it
  };
  [[nodiscard]] ShardCheckpoint read(const Shard& shard) const;
  void give(size_t lane);
  void take_back(size_t lane);

  const ScanJob& job_;
  const std::vector<Lane*> lanes_;
  const flowtable::TickSpan wait_;
  std::vector<Shard> shards_;
  std::vector<size_t> shard_of_lane_;
  std::vector<std::unique_ptr<dataplane::ScanPlan>> plans_;  // by lane
  size_t num_finished_ = 0;
  Answers answers_before_;
};

}  // namespace control
