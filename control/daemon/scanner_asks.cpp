// SPDX-License-Identifier: Apache-2.0
// What the server's thread asks of the scanner.
#include "control/daemon/scanner.hpp"
#include "control/daemon/user_name.hpp"
#include "control/scan/scan_estimate.hpp"

#include <random>

namespace control {
namespace {

using flowtable::Error;
using flowtable::Failure;
using flowtable::OrError;

constexpr char kNoScanning[] =
    "this daemon does not scan: set scan.port, scan.addresses and scan.allow in its configuration";

uint64_t new_seed() {
  std::random_device device;
  return (uint64_t{device()} << 31) ^ device();
}

std::string_view word_of(EstimateBound bound) {
  switch (bound) {
    case EstimateBound::rate:
      return "rate";
    case EstimateBound::ceiling:
      return "ceiling";
    case EstimateBound::subnet:
      return "subnet";
    case EstimateBound::host:
      return "host";
  }
  return "";
}

Failure<Error> wrong_state(uint32_t id, ScanState state, std::string_view what) {
  return Failure{Error{"scan " + std::to_string(id) + " is " + std::string(name_of(state)) +
                       " and cannot be " + std::string(what)}};
}

}  // namespace

ScanDefaults Scanner::defaults() const {
  const ScanSettings& settings = parts_.loaded.settings.scan;
  return {.rate = settings.rate,
          .rate_max = settings.rate_max,
          .attempts = settings.attempts,
          .seed = new_seed(),
          .own_name = settings.own_name};
}

Json Scanner::fields_of(const ScanJob& job) const {
  const ScanSettings& settings = parts_.loaded.settings.scan;
  const ScanSpec& spec = job.spec();
  const ScanEstimate estimate = estimate_scan({.space = job.space(),
                                               .listed = job.num_listed() + job.num_names(),
                                               .attempts = spec.attempts,
                                               .dial_attempts = site_->dial_attempts,
                                               .wait = settings.wait,
                                               .rate = static_cast<double>(spec.rate),
                                               .caps = site_->caps,
                                               .shards = spec.shards});
  return {{"targets", job.num_targets() + (job.num_listed() == 0 ? job.num_names() : 0)},
          {"addresses", estimate.addresses},
          {"ports", estimate.ports},
          {"left_out", job.num_left_out()},
          {"rate", spec.rate},
          {"rate_max", settings.rate_max},
          {"packets_min", estimate.packets_least},
          {"packets_max", estimate.packets_most},
          {"duration", static_cast<int64_t>(estimate.seconds_most + 0.5)},
          {"bound", word_of(estimate.bound)},
          {"seed", spec.seed}};
}

OrError<Json> Scanner::plan(const Json& arguments) {
  if (site_ == nullptr) return Failure{Error{kNoScanning}};
  const auto spec = read_scan_spec(arguments, defaults());
  if (!spec) return Failure{spec.error()};
  const auto job = ScanJob::make(next_id_, spec.value(), *site_);
  if (!job) return Failure{job.error()};
  Json out{{"state", "planned"}};
  out.update(fields_of(*job.value()));
  return out;
}

OrError<Json> Scanner::begin(const Json& arguments, const PeerCredentials& peer,
                             const ScanFollower& follower) {
  if (site_ == nullptr) return Failure{Error{kNoScanning}};
  auto spec = read_scan_spec(arguments, defaults());
  if (!spec) return Failure{spec.error()};
  const uint32_t id = next_id_.fetch_add(1);
  auto job = ScanJob::make(id, spec.value(), *site_);
  if (!job) return Failure{job.error()};
  Json fields{{"scan", id}, {"state", name_of(ScanState::queued)}};
  fields.update(fields_of(*job.value()));
  ScanJobRecord record;
  record.id = id;
  record.uid = peer.uid;
  record.who = user_name(peer.uid);
  record.started =
      std::chrono::time_point_cast<flowtable::TickSpan>(std::chrono::system_clock::now());
  record.arguments = to_text(scan_arguments(spec.value()));
  record.config_hash = config_hash_;
  // On disk before anything is sent: the audit comes first.
  if (OrError<void> saved = files_->save(record); !saved) return Failure{saved.error()};
  desk_.follow(id, follower);
  auto task = std::make_unique<ScanTask>(*around_, std::move(record), std::move(job).value());
  publish(*task);
  const std::lock_guard lock(mutex_);
  names_[id] = spec.value().names;
  arrivals_.push_back(std::move(task));
  changed_.notify_all();
  return fields;
}

OrError<ScanState> Scanner::ask(uint32_t id, Wish wish, bool all) {
  if (site_ == nullptr) return Failure{Error{kNoScanning}};
  const std::lock_guard lock(mutex_);
  const auto found = states_.find(id);
  if (found == states_.end())
    return Failure{Error{"there is no scan " + std::to_string(id) + ": see `tapseal scans`"}};
  const ScanState state = found->second;
  const bool active = state == ScanState::running || state == ScanState::waiting;
  const bool resting = state == ScanState::paused || state == ScanState::stopped;
  ScanState next = ScanState::paused;
  if (wish == Wish::pause) {
    if (!active && state != ScanState::queued) return wrong_state(id, state, "paused");
  } else if (wish == Wish::resume) {
    if (!resting && !(active && pausing_ == id)) return wrong_state(id, state, "resumed");
    next = active ? ScanState::running : ScanState::queued;
  } else {
    if (!active && state != ScanState::queued && state != ScanState::paused)
      return wrong_state(id, state, "stopped");
    next = ScanState::stopped;
  }
  pausing_ = wish == Wish::pause && active ? id : 0;
  // At once, whatever the scanner's thread is busy with.
  if (active_ != nullptr && active_->record().id == id && wish != Wish::resume)
    active_->hold_now(wish == Wish::stop);
  found->second = next;
  asked_.push_back({id, wish, all});
  changed_.notify_all();
  return next;
}

OrError<ScanState> Scanner::pause(uint32_t id) {
  return ask(id, Wish::pause, false);
}

OrError<ScanState> Scanner::resume(uint32_t id, bool all, const ScanFollower& follower) {
  // Before it goes on, so that nothing is missed.
  desk_.follow(id, follower);
  auto state = ask(id, Wish::resume, all);
  if (!state && follower.to != nullptr) follower.to->close();
  return state;
}

OrError<ScanState> Scanner::stop(uint32_t id) {
  return ask(id, Wish::stop, false);
}

std::vector<Json> Scanner::rows(size_t most) {
  const std::lock_guard lock(mutex_);
  std::vector<Json> out;
  for (auto at = views_.rbegin(); at != views_.rend() && out.size() < most; ++at)
    out.push_back(at->second);
  return out;
}

}  // namespace control
