// SPDX-License-Identifier: Apache-2.0
// The scanner's part in scans that several share.
#include "control/daemon/log.hpp"
#include "control/daemon/range_progress.hpp"
#include "control/daemon/scanner.hpp"
#include "control/daemon/user_name.hpp"

namespace control {
namespace {

using flowtable::Error;
using flowtable::Failure;
using flowtable::OrError;

// Of all scanners together: each keeps to its own scan.rate_max besides.
constexpr uint32_t kFleetRateMax = 100'000'000;

}  // namespace

bool Scanner::is_of_fleet(const ScanJobRecord& record) {
  const auto arguments = parse_reply_json(record.arguments);
  return arguments && arguments.value().contains("fleet_scan");
}

void Scanner::forget_range_file(uint32_t id) {
  if (last_range_ != 0) files_->remove(last_range_);
  last_range_ = id;
}

void Scanner::open_fleet() {
  const DatabaseAddress* const address = parts_.memory.address();
  if (address == nullptr) return;
  Fleet::Parts parts{.settings = parts_.loaded.settings.scan,
                     .site = *site_,
                     .address = *address,
                     .sensor = parts_.loaded.settings.run.sensor,
                     .cores = {},
                     .askable_targets = [this](const Json& each) { return askable_targets(each); }};
  for (ScanRun::Lane* const lane : lanes_)
    parts.cores.push_back({&lane->control, &lane->progress});
  fleet_ = std::make_unique<Fleet>(std::move(parts));
}

uint64_t Scanner::askable_targets(const Json& arguments) const {
  const auto spec = read_scan_spec(arguments, defaults());
  if (!spec) return 0;
  const auto job = ScanJob::make(1, spec.value(), *site_);
  if (!job || job.value()->num_left_out() > 0 || job.value()->space() == nullptr) return 0;
  return job.value()->space()->size();
}

OrError<Json> Scanner::begin_fleet(const Json& arguments, const PeerCredentials& peer) {
  if (fleet_ == nullptr) {
    return Failure{
        Error{"this daemon has no part in a fleet: that takes scan.port and a "
              "storage.database that its scanners share"}};
  }
  ScanDefaults by = defaults();
  by.rate_max = kFleetRateMax;
  const auto spec = read_scan_spec(arguments, by);
  if (!spec) return Failure{spec.error()};
  return fleet_->create(spec.value(), {peer.uid, user_name(peer.uid), config_hash_});
}

// Only while nothing of our own runs or waits: that goes first, and a range under way goes back,
// to be gone on with from its last checkpoint.
void Scanner::take_range() {
  ScanTask* const active = active_task();
  const bool own_waits = first_queued() != nullptr;
  if (active != nullptr && active->is_range() && own_waits) active->pause();
  fleet_->offer(active == nullptr && !own_waits);
  const std::shared_ptr<RangeLease> lease = fleet_->take();
  if (lease == nullptr) return;
  if (active != nullptr || own_waits) return lease->close(RangeLease::End::given_back);
  const auto spec = read_scan_spec(parse_reply_json(lease->arguments()).value(), defaults());
  if (!spec) return lease->close(RangeLease::End::given_back);
  ScanJobRecord record;
  record.id = next_id_.fetch_add(1);
  record.who = "fleet";
  record.started =
      std::chrono::time_point_cast<flowtable::TickSpan>(std::chrono::system_clock::now());
  record.arguments = lease->arguments();
  record.config_hash = config_hash_;
  record.seed = spec.value().seed;
  record.shards = shards_of(lease->loan().progress, spec.value().shard - 1, spec.value().shards);
  const uint32_t id = record.id;
  tasks_[id] = std::make_unique<ScanTask>(*around_, std::move(record), lease);
  tasks_[id]->save();
  forget_range_file(id);
  const std::lock_guard lock(mutex_);
  names_[id] = spec.value().names;
}

void Scanner::end_range(uint32_t id) {
  tasks_.erase(id);
  const std::lock_guard lock(mutex_);
  names_.erase(id);
}

}  // namespace control
