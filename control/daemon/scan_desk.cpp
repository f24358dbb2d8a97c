// SPDX-License-Identifier: Apache-2.0
#include "control/daemon/scan_desk.hpp"

#include "control/daemon/scan_row.hpp"
#include "control/export/scan_record.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

namespace control {
namespace {

using flowtable::TargetOutcome;

// How long the workers may be held up by one who reads too slowly, for each row; not any more once
// rows were missed.
constexpr std::chrono::milliseconds kPatience{500};

std::string without_line_feed(std::string text) {
  if (!text.empty()) text.pop_back();
  return text;
}

void add(ScanCounts& counts, TargetOutcome outcome) {
  ++counts.targets;
  switch (outcome) {
    case TargetOutcome::open:
      ++counts.open;
      return;
    case TargetOutcome::closed:
      ++counts.closed;
      return;
    case TargetOutcome::unreachable:
      ++counts.unreachable;
      return;
    case TargetOutcome::silent:
      ++counts.silent;
      return;
    default:
      ++counts.lost_locally;
      return;
  }
}

// The certificate that stands for the service: of the first conversation that got one.
const tls::CertificateFacts* leaf_of(const tls::ServiceReport& report,
                                     const tls::RecordBatch& observations) {
  for (const tls::Observation& seen : observations) {
    if (seen.server == report.server && seen.scan == report.job && !seen.certs.empty())
      return seen.certs.front().get();
  }
  return nullptr;
}

}  // namespace

void ScanDesk::accept(tls::ScanDelivery&& delivery) {
  push(rows_of(delivery));
  for (const tls::ServiceReport& report : delivery.reports) {
    count(report);
    if (parts_.on_service) parts_.on_service(report);
  }
  parts_.sink.accept(std::move(delivery));
}

void ScanDesk::count(const tls::ServiceReport& report) {
  const std::lock_guard lock(mutex_);
  const auto found = jobs_.find(report.job);
  if (found == jobs_.end()) return;
  Job& job = found->second;
  if (report.reference != 0 && report.reference != kAskedAgain) {
    job.list.push_back({report.reference, report.outcome});
  }
  if (report.has_tls() && report.reference != kAskedAgain) ++job.tally.tls;
  for (const tls::ProbeOutcome& probe : report.probes) {
    for (const tls::Sha256& digest : probe.certs)
      job.certificates.emplace(digest.begin(), digest.end());
  }
  job.tally.certificates = job.certificates.size();
}

ScanCounts ScanDesk::take_list_counts(uint32_t job, uint64_t position) {
  const std::lock_guard lock(mutex_);
  ScanCounts out;
  const auto found = jobs_.find(job);
  if (found == jobs_.end()) return out;
  std::erase_if(found->second.list, [&](const Job::Reported& each) {
    const bool before = each.reference <= position;
    if (before) add(out, each.outcome);
    return before;
  });
  return out;
}

ScanCounts ScanDesk::list_counts(uint32_t job) const {
  const std::lock_guard lock(mutex_);
  ScanCounts out;
  const auto found = jobs_.find(job);
  if (found == jobs_.end()) return out;
  for (const Job::Reported& each : found->second.list)
    add(out, each.outcome);
  return out;
}

template <typename MakeText>
void ScanDesk::show_to(uint32_t job, const MakeText& text, std::vector<Shown>& out) {
  const auto found = jobs_.find(job);
  if (found == jobs_.end()) return;
  std::vector<ScanFollower>& followers = found->second.followers;
  std::erase_if(followers, [](const ScanFollower& each) { return each.to->over(); });
  for (const ScanFollower& each : followers) {
    if (std::string row = text(each.format); !row.empty()) out.push_back({each.to, std::move(row)});
  }
}

std::vector<ScanDesk::Shown> ScanDesk::rows_of(const tls::ScanDelivery& delivery) {
  const std::lock_guard lock(mutex_);
  std::vector<Shown> out;
  for (const tls::Observation& seen : delivery.observations) {
    const auto text = [&](ScanFormat format) {
      std::string line;
      if (format == ScanFormat::records) append_native_record(line, {seen, parts_.sensor});
      return without_line_feed(std::move(line));
    };
    show_to(seen.scan, text, out);
  }
  for (const tls::ServiceReport& report : delivery.reports) {
    const auto text = [&](ScanFormat format) {
      if (format == ScanFormat::rows)
        return service_row(report, leaf_of(report, delivery.observations));
      std::string line;
      append_service_record(line, {report, parts_.sensor});
      return without_line_feed(std::move(line));
    };
    show_to(report.job, text, out);
  }
  for (const flowtable::ScanReply& reply : delivery.replies) {
    // Of an open one there will be a report, which says more.
    if (reply.outcome == TargetOutcome::open) continue;
    const auto text = [&](ScanFormat format) {
      if (format == ScanFormat::rows) return target_row(reply);
      std::string line;
      append_target_record(line, {reply, parts_.sensor});
      return without_line_feed(std::move(line));
    };
    show_to(reply.job, text, out);
  }
  return out;
}

// Not locked meanwhile: the server's thread, which empties the queues, may be asking for tallies.
void ScanDesk::push(const std::vector<Shown>& rows) {
  bool is_new = false;
  for (const Shown& each : rows) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    const auto may_wait = [&] {
      return each.to->num_missed() == 0 && !each.to->over() &&
             std::chrono::steady_clock::now() < end;
    };
    while (each.to->is_full() && may_wait()) {
      parts_.wake();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    if (each.to->has_room()) is_new = each.to->push(each.row) || is_new;
  }
  if (is_new) parts_.wake();
}

void ScanDesk::open(uint32_t job) {
  const std::lock_guard lock(mutex_);
  (void)jobs_[job];
}

void ScanDesk::follow(uint32_t job, const ScanFollower& follower) {
  if (follower.to == nullptr) return;
  const std::lock_guard lock(mutex_);
  jobs_[job].followers.push_back(follower);
}

void ScanDesk::show_progress(uint32_t job, const Json& progress) {
  const std::lock_guard lock(mutex_);
  const auto found = jobs_.find(job);
  if (found == jobs_.end()) return;
  const std::string row = to_text({{"progress", progress}});
  bool is_new = false;
  for (const ScanFollower& each : found->second.followers) {
    if (each.format == ScanFormat::rows && !each.to->over() && !each.to->is_full())
      is_new = each.to->push(row) || is_new;
  }
  if (is_new) parts_.wake();
}

void ScanDesk::end(uint32_t job, std::string_view last) {
  const std::lock_guard lock(mutex_);
  const auto found = jobs_.find(job);
  if (found == jobs_.end()) return;
  for (const ScanFollower& each : found->second.followers) {
    if (each.format == ScanFormat::records && each.to->has_room()) (void)each.to->push(last);
    each.to->close();
  }
  found->second.followers.clear();
  parts_.wake();
}

ScanTally ScanDesk::tally(uint32_t job) const {
  const std::lock_guard lock(mutex_);
  const auto found = jobs_.find(job);
  return found == jobs_.end() ? ScanTally{} : found->second.tally;
}

void ScanDesk::forget(uint32_t job) {
  const std::lock_guard lock(mutex_);
  jobs_.erase(job);
}

}  // namespace control
