// SPDX-License-Identifier: Apache-2.0
// What the server's thread asks of the fleet.
#include "control/daemon/fleet.hpp"
#include "control/daemon/fleet_plan.hpp"
#include "control/scan/scan_targets.hpp"

#include <algorithm>

namespace control {
namespace {

using dataplane::AddressSet;
using flowtable::Failure;
using flowtable::OrError;

// Whoever was not heard of for so long may be dead: what only he may ask is not counted upon.
constexpr std::chrono::seconds kMemberAge{90};

std::string what_of(const std::string& spec) {
  const auto arguments = parse_reply_json(spec);
  if (!arguments) return "";
  ScanDefaults defaults;
  defaults.rate_max = UINT32_MAX;
  const auto read = read_scan_spec(arguments.value(), defaults);
  return read ? scan_text(read.value()) : "";
}

std::string note_of(const FleetRow& row) {
  std::string out;
  if (row.left_out > 0) {
    out = std::to_string(row.left_out) + " addresses are asked by nobody, for no scanner may (" +
          row.barred + ")";
  }
  if (row.state == "running" && row.ranges_leased == 0)
    out += (out.empty() ? "" : "; ") + std::string("no scanner has a range of it");
  return out;
}

Json json_of(const FleetRow& row) {
  const bool is_job = row.scanner.empty();
  const RangeProgress& at = row.progress;
  Json out{{"scan", row.id},
           {"fleet", is_job ? "all" : row.scanner},
           {"state", row.state},
           {"who", row.who},
           {"started", row.started},
           {"targets", is_job ? Json(row.targets) : Json()},
           {"done", at.targets},
           {"probes", at.probes},
           {"rate", row.rate},
           {"open", at.open},
           {"closed", at.closed},
           {"unreachable", at.unreachable},
           {"silent", at.silent},
           {"lost_locally", at.lost_locally},
           {"ranges", row.ranges},
           {"ranges_done", row.ranges_done},
           {"ranges_leased", row.ranges_leased}};
  const std::string note = is_job ? note_of(row) : "";
  out["note"] = note.empty() ? Json() : Json(note);
  out["spec"] = is_job ? Json(what_of(row.spec)) : Json();
  return out;
}

}  // namespace

OrError<Json> Fleet::create(const ScanSpec& spec, const FleetAsker& asker) {
  auto texts = desk_.others_askable(kMemberAge);
  if (!texts) return Failure{texts.error()};
  std::vector<AddressSet> askable{parts_.site.allowed.without(parts_.site.excluded)};
  for (const std::string& text : texts.value()) {
    const TargetText whole{text};
    // What another daemon wrote wrongly is no network that anybody may ask.
    if (auto read = parse_scan_targets({&whole, 1}); read)
      askable.push_back(std::move(read.value().sweep));
  }
  auto plan = plan_fleet(spec, askable);
  if (!plan) return Failure{plan.error()};
  FleetPlan& cut = plan.value();
  FleetJob job;
  job.uid = asker.uid;
  job.who = asker.who;
  job.config_hash = asker.config_hash;
  job.spec = to_text(scan_arguments(spec));
  job.seed = spec.seed & INT64_MAX;
  job.shards = kFleetShardsMax;
  job.rate = spec.rate;
  job.left_out = cut.left_out;
  job.barred = cut.barred;
  job.zones = std::move(cut.zones);
  uint64_t ranges = 0;
  for (const FleetJob::Zone& each : job.zones)
    ranges += each.shards;
  const auto made = desk_.create(job);
  if (!made) return Failure{made.error()};
  wake();
  return Json{{"scan", made.value()},       {"state", name_of(FleetState::running)},
              {"targets", cut.targets},     {"addresses", cut.addresses},
              {"ports", cut.ports},         {"left_out", cut.left_out},
              {"rate", job.rate},           {"ranges", ranges},
              {"pieces", job.zones.size()}, {"seed", job.seed}};
}

OrError<FleetState> Fleet::set_state(int64_t fleet, FleetState state) {
  auto set = desk_.set_state(fleet, state);
  // What we have of it ourselves need not wait for the next renewal.
  if (set) wake();
  return set;
}

OrError<std::vector<Json>> Fleet::rows(size_t most) {
  const auto rows = desk_.rows(most);
  if (!rows) return Failure{rows.error()};
  std::vector<Json> out;
  for (const FleetRow& each : rows.value())
    out.push_back(json_of(each));
  return out;
}

}  // namespace control
