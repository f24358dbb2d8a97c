// SPDX-License-Identifier: Apache-2.0
#include "control/daemon/scan_run.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

namespace control {
namespace {

using dataplane::ScanPlan;
using dataplane::ScanProgress;

// Counters that a core writes one after the other: read until they belong together, which they do
// but for a microsecond now and then.
ScanCounts consistent_counts(const ScanProgress& progress, uint64_t& step) {
  ScanCounts out;
  for (int attempt = 0; attempt < 1000; ++attempt) {
    step = progress.checkpoint.observe();
    out.open = progress.open.get();
    out.closed = progress.closed.get();
    out.unreachable = progress.unreachable.get();
    out.silent = progress.silent.get();
    out.lost_locally = progress.lost_locally.get();
    out.probes = progress.probes.get();
    out.targets = progress.targets.observe();
    const uint64_t sum = out.open + out.closed + out.unreachable + out.silent + out.lost_locally;
    if (sum == out.targets && step == progress.checkpoint.observe()) break;
    std::this_thread::yield();
  }
  return out;
}

}  // namespace

ScanRun::ScanRun(const ScanJob& job, std::vector<Lane*> lanes, flowtable::TickSpan wait)
    : job_(job),
      lanes_(std::move(lanes)),
      wait_(wait),
      shard_of_lane_(lanes_.size(), kNone),
      plans_(lanes_.size()) {}

ScanRun::~ScanRun() {
  halt();
}

// Exponents that are I-1 modulo N are this machine's, whatever its number of cores: these are cut
// again.
std::vector<ShardCheckpoint> ScanRun::new_shards(const ScanSpec& spec, size_t lanes) {
  std::vector<ShardCheckpoint> out;
  for (size_t lane = 0; lane < lanes; ++lane) {
    ShardCheckpoint each;
    each.shard = spec.shard - 1 + uint64_t{spec.shards} * lane;
    each.shards = uint64_t{spec.shards} * lanes;
    out.push_back(each);
  }
  return out;
}

void ScanRun::begin(const std::vector<ShardCheckpoint>& shards) {
  for (const ShardCheckpoint& each : shards) {
    if (each.finished) ++num_finished_;
    shards_.push_back({each, each, kNone});
  }
  advance();
}

void ScanRun::give(size_t lane) {
  const auto next = std::ranges::find_if(
      shards_, [](const Shard& each) { return each.lane == kNone && !each.now.finished; });
  if (next == shards_.end()) return;
  next->before = next->now;
  next->lane = lane;
  shard_of_lane_[lane] = static_cast<size_t>(next - shards_.begin());
  plans_[lane] = job_.plan({.shard = next->now.shard,
                            .shards = next->now.shards,
                            .from_step = next->now.step,
                            .wait = wait_});
  lanes_[lane]->control.plan.store(plans_[lane].get(), std::memory_order_release);
}

void ScanRun::take_back(size_t lane) {
  Lane& core = *lanes_[lane];
  Shard& shard = shards_[shard_of_lane_[lane]];
  shard.now = read(shard);
  answers_before_.first += core.progress.answered_first.get();
  answers_before_.again += core.progress.answered_again.get();
  shard.lane = kNone;
  shard_of_lane_[lane] = kNone;
  core.control.plan.store(nullptr, std::memory_order_release);
  while (core.progress.plan_in_use.load(std::memory_order_acquire) != nullptr)
    std::this_thread::sleep_for(std::chrono::microseconds(50));
  plans_[lane].reset();
}

void ScanRun::advance() {
  for (size_t lane = 0; lane < lanes_.size(); ++lane) {
    const ScanProgress& progress = lanes_[lane]->progress;
    if (shard_of_lane_[lane] != kNone && progress.plan_in_use.load() == plans_[lane].get() &&
        progress.finished.observe()) {
      take_back(lane);
      ++num_finished_;
    }
    if (shard_of_lane_[lane] == kNone) give(lane);
  }
}

ShardCheckpoint ScanRun::read(const Shard& shard) const {
  if (shard.lane == kNone) return shard.now;
  const ScanProgress& progress = lanes_[shard.lane]->progress;
  ShardCheckpoint out = shard.before;
  // The core has not looked yet.
  if (progress.plan_in_use.load(std::memory_order_acquire) != plans_[shard.lane].get()) return out;
  const bool finished = progress.finished.observe();
  uint64_t step = 0;
  out.counts += consistent_counts(progress, step);
  out.step = std::max(out.step, step);
  out.finished = finished;
  return out;
}

std::vector<ShardCheckpoint> ScanRun::checkpoints() const {
  std::vector<ShardCheckpoint> out;
  for (const Shard& each : shards_)
    out.push_back(read(each));
  return out;
}

ScanCounts ScanRun::counts() const {
  ScanCounts out;
  for (const Shard& each : shards_)
    out += read(each).counts;
  return out;
}

bool ScanRun::waits_for_gateway() const noexcept {
  return std::ranges::any_of(
      lanes_, [](const Lane* lane) { return lane->progress.waits_for_gateway.get(); });
}

ScanRun::Answers ScanRun::answers() const noexcept {
  Answers out = answers_before_;
  for (size_t lane = 0; lane < lanes_.size(); ++lane) {
    if (shard_of_lane_[lane] == kNone) continue;
    out.first += lanes_[lane]->progress.answered_first.get();
    out.again += lanes_[lane]->progress.answered_again.get();
  }
  return out;
}

void ScanRun::set_rate(double probes_per_second) noexcept {
  for (Lane* const lane : lanes_) {
    lane->control.rate.store(probes_per_second / static_cast<double>(lanes_.size()),
                             std::memory_order_relaxed);
  }
}

void ScanRun::set_ceiling(double per_second) noexcept {
  for (Lane* const lane : lanes_) {
    lane->control.ceiling.store(per_second / static_cast<double>(lanes_.size()),
                                std::memory_order_relaxed);
  }
}

void ScanRun::hold(bool holds) noexcept {
  for (Lane* const lane : lanes_)
    lane->control.sending.store(!holds, std::memory_order_release);
}

void ScanRun::halt() {
  for (size_t lane = 0; lane < lanes_.size(); ++lane) {
    if (shard_of_lane_[lane] != kNone) take_back(lane);
  }
}

}  // namespace control
