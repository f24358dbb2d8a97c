// SPDX-License-Identifier: Apache-2.0
#include "control/storage/scan_rows.hpp"

#include "control/storage/stored_text.hpp"

#include <map>
#include <tuple>

namespace control {
namespace {

using ServiceKey = std::tuple<uint32_t, flowtable::Endpoint, tls::Transport, std::string>;
using TargetKey = std::pair<uint32_t, flowtable::Endpoint>;

}  // namespace

// Ordered maps: their order is the order in which rows are locked.
ScanRows make_scan_rows(const StoreItems& items, std::string_view sensor) {
  std::map<uint32_t, ScanJobRow> jobs;
  for (const ScanRow* scan : items.scans)
    jobs.insert_or_assign(scan->id, ScanJobRow{scan, sensor});

  std::map<ServiceKey, ScanServiceRow> services;
  for (const tls::ServiceReport* report : items.reports) {
    ScanServiceRow row{report, sensor, indexed_text(report->name)};
    const auto [at, is_new] = services.try_emplace(
        ServiceKey{report->job, report->server, report->transport, row.name}, row);
    if (!is_new && at->second.report->ended <= report->ended) at->second = std::move(row);
  }

  std::map<TargetKey, ScanTargetRow> targets;
  for (const flowtable::ScanReply* reply : items.replies) {
    const auto [at, is_new] =
        targets.try_emplace(TargetKey{reply->job, reply->server}, ScanTargetRow{reply, sensor});
    if (!is_new && at->second.reply->tick <= reply->tick) at->second.reply = reply;
  }

  ScanRows out;
  for (auto& [key, row] : jobs)
    out.jobs.push_back(row);
  for (auto& [key, row] : services)
    out.services.push_back(std::move(row));
  for (auto& [key, row] : targets)
    out.targets.push_back(row);
  return out;
}

}  // namespace control
