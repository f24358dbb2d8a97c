// SPDX-License-Identifier: Apache-2.0
// What a job shows of itself.
#include "control/daemon/scan_task.hpp"
#include "control/export/scan_record.hpp"
#include "control/export/text_format.hpp"

#include <algorithm>

namespace control {
namespace {

std::string text_of_tick(flowtable::Tick tick) {
  return text_of_seconds(flowtable::ns_since_epoch(tick) / 1'000'000'000);
}

std::vector<uint8_t> bytes_of_hex(const std::string& hex) {
  std::vector<uint8_t> out;
  for (size_t i = 0; i + 1 < hex.size(); i += 2)
    out.push_back(static_cast<uint8_t>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  return out;
}

}  // namespace

ScanCounts ScanTask::counts() const {
  ScanCounts out = record_.list_counts;
  if (last_counts_) return *last_counts_;
  if (!run_) {
    for (const ShardCheckpoint& each : record_.shards)
      out += each.counts;
    return out;
  }
  out += run_->counts();
  out += around_.desk.list_counts(record_.id);
  return out;
}

std::optional<int64_t> ScanTask::remaining_seconds(const ScanCounts& counts) const {
  const double rate = measured_rate_ > 0 ? measured_rate_ : rate_;
  if (!run_ || rate <= 0) return std::nullopt;
  const uint64_t total = job_->num_targets();
  const uint64_t left = total > counts.targets ? total - counts.targets : 0;
  // As many probes for each as it took so far; at first nobody knows.
  const double each = counts.targets > 0
                          ? static_cast<double>(counts.probes) / static_cast<double>(counts.targets)
                          : job_->spec().attempts;
  return static_cast<int64_t>(static_cast<double>(left) * std::max(each, 1.0) / rate);
}

Json ScanTask::view() const {
  const ScanCounts sum = counts();
  const uint64_t answers = answers_before_.first + answers_before_.again;
  Json out{{"scan", record_.id},
           {"state", name_of(record_.state)},
           {"who", record_.who},
           {"started", text_of_tick(record_.started)},
           {"targets", job_ ? Json(job_->num_targets()) : Json()},
           {"done", sum.targets},
           {"probes", sum.probes},
           {"rate", run_ ? measured_rate_ : 0.0},
           {"rate_asked", rate_},
           {"loss", answers == 0 ? 0 : 100 * answers_before_.again / answers},
           {"open", sum.open},
           {"closed", sum.closed},
           {"unreachable", sum.unreachable},
           {"silent", sum.silent},
           {"lost_locally", sum.lost_locally},
           {"tls", record_.tls},
           {"certificates", record_.certificates}};
  if (const auto left = remaining_seconds(sum)) out["remaining"] = *left;
  out["note"] = record_.note.empty() ? Json() : Json(record_.note);
  out["spec"] = spec_text_;
  return out;
}

// The scan as a record of its own: the last line of `tapseal scan --json`.
std::string ScanTask::last_line() const {
  const ScanCounts sum = counts();
  ScanSummary scan;
  scan.started = record_.started;
  scan.sensor = around_.sensor;
  scan.scan = record_.id;
  scan.state = name_of(record_.state);
  scan.note = record_.note;
  scan.targets = sum.targets;
  scan.open = sum.open;
  scan.closed = sum.closed;
  scan.unreachable = sum.unreachable;
  scan.silent = sum.silent;
  scan.lost_locally = sum.lost_locally;
  scan.probes = sum.probes;
  scan.tls = record_.tls;
  scan.certificates = record_.certificates;
  for (const UnresolvedName& each : record_.unresolved)
    scan.unresolved.push_back({each.name, each.why});
  std::string out;
  append_scan_record(out, scan);
  out.pop_back();  // its line feed: whoever writes the reply frames it
  return out;
}

void ScanTask::tell_store() const {
  if (around_.store == nullptr) return;
  const ScanCounts sum = counts();
  ScanRow row;
  row.id = record_.id;
  row.uid = record_.uid;
  row.who = record_.who;
  row.started = record_.started;
  if (record_.ended != flowtable::Tick()) row.ended = record_.ended;
  row.state = name_of(record_.state);
  row.spec = record_.arguments;
  row.config_hash = bytes_of_hex(record_.config_hash);
  if (job_) {
    row.shard = job_->spec().shard;
    row.shards = job_->spec().shards;
    row.targets = job_->num_targets();
  }
  row.sent = sum.probes;
  row.open = sum.open;
  row.closed = sum.closed;
  row.unreachable = sum.unreachable;
  row.silent = sum.silent;
  row.lost_locally = sum.lost_locally;
  row.tls = record_.tls;
  row.certificates = record_.certificates;
  around_.store->record(std::move(row));
}

}  // namespace control
