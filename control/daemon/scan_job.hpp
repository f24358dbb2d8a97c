// SPDX-License-Identifier: Apache-2.0
// One job of the scanner: what it asks, and how it is cut up for the cores.
#pragma once

#include "control/daemon/scan_spec.hpp"
#include "control/daemon/scan_target_list.hpp"
#include "control/scan/scan_targets.hpp"
#include "dataplane/scan/scan_plan.hpp"
#include "flowtable/base/result.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace control {

// Fixed once it is made; resolve() completes it. One thread at a time.
class ScanJob {
 public:
  // Reads the spec's texts and holds them against what may be asked. Error: what a person has to
  // mend: a text, an empty allow list, a family without an address of ours or a gateway.
  [[nodiscard]] static flowtable::OrError<std::unique_ptr<ScanJob>> make(
      uint32_t id, const ScanSpec& spec, const dataplane::ScanSite& site);

  // Names become addresses; those that may not be asked are left out and counted. Waits for DNS.
  void resolve(NameResolver& resolver, const std::atomic<bool>& stop);
  // Instead of resolve(): what it had found when the job was begun.
  void take_resolved(std::vector<ResolvedTarget> targets, std::vector<UnresolvedName> unresolved);

  [[nodiscard]] uint32_t id() const noexcept { return id_; }
  [[nodiscard]] const ScanSpec& spec() const noexcept { return spec_; }
  // Of the sweep; null where only a list is asked.
  [[nodiscard]] const dataplane::TargetSpace* space() const noexcept {
    return space_ ? &*space_ : nullptr;
  }
  // After resolve().
  [[nodiscard]] const ScanTargetList& list() const noexcept { return *list_; }
  [[nodiscard]] const std::vector<ResolvedTarget>& resolved() const noexcept { return resolved_; }
  [[nodiscard]] const std::vector<UnresolvedName>& unresolved() const noexcept {
    return unresolved_;
  }

  // Of this machine's shard: the sweep's (with several machines a few more than it really has, for
  // the walk skips some steps) and, once resolved, the list's.
  [[nodiscard]] uint64_t num_targets() const noexcept { return num_swept_ + num_listed(); }
  [[nodiscard]] uint64_t num_swept() const noexcept { return num_swept_; }
  [[nodiscard]] uint64_t num_listed() const noexcept { return list_ ? list_->size() : 0; }
  // Addresses that were asked for and are not allowed, or excluded.
  [[nodiscard]] uint64_t num_left_out() const noexcept { return left_out_; }
  [[nodiscard]] size_t num_names() const noexcept { return names_.size(); }

  // One shard's plan for a core. `shards`: of all machines and cores together. Null where there is
  // no sweep.
  struct Share {
    uint64_t shard = 0;
    uint64_t shards = 1;
    uint64_t from_step = 0;
    flowtable::TickSpan wait{};
  };
  [[nodiscard]] std::unique_ptr<dataplane::ScanPlan> plan(const Share& share) const;

 private:
  ScanJob(uint32_t id, ScanSpec spec, const dataplane::ScanSite& site)
      : id_(id), spec_(std::move(spec)), site_(site) {}
  [[nodiscard]] flowtable::OrError<void> read_texts();
  [[nodiscard]] flowtable::OrError<void> check_ways() const;
  void make_list();

  const uint32_t id_;
  const ScanSpec spec_;
  const dataplane::ScanSite& site_;
  dataplane::AddressSet askable_;  // allowed, without what the settings or the spec exclude
  std::vector<uint16_t> ports_;
  std::optional<dataplane::TargetSpace> space_;
  dataplane::TargetGroup group_;
  std::vector<NamedTarget> names_;
  std::vector<ResolvedTarget> resolved_;
  std::vector<UnresolvedName> unresolved_;
  std::optional<ScanTargetList> list_;
  uint64_t num_swept_ = 0;
  uint64_t left_out_ = 0;
};

}  // namespace control
