// SPDX-License-Identifier: Apache-2.0
#include "control/daemon/fleet_plan.hpp"

#include "control/export/text_format.hpp"
#include "control/scan/scan_ports.hpp"
#include "control/scan/scan_targets.hpp"
#include "dataplane/scan/target_space.hpp"

#include <algorithm>

namespace control {

using dataplane::AddressRange;
using dataplane::AddressSet;
using dataplane::TargetSpace;
using flowtable::Error;
using flowtable::Failure;
using flowtable::OrError;

namespace {

// Of a zone's text; beyond it somebody means to share a list of addresses.
constexpr size_t kZoneTextMax = size_t{1} << 20;
constexpr size_t kShownRanges = 3;
// A shard of a zone that all of the rate goes to takes so long at least, but there are as many as
// this where that would leave fewer.
constexpr uint64_t kShardSeconds = 4;
constexpr uint64_t kShardsLeast = 16;
constexpr uint64_t kShardTargetsLeast = 64;

uint32_t shards_of(uint64_t targets, uint32_t rate) {
  const uint64_t slow_enough = targets / (kShardSeconds * rate);
  const uint64_t wanted = std::clamp<uint64_t>(slow_enough, kShardsLeast, kFleetShardsMax);
  return static_cast<uint32_t>(std::clamp<uint64_t>(targets / kShardTargetsLeast, 1, wanted));
}

std::string range_text(const AddressRange& range) {
  std::string out = control::text_of(dataplane::address_of(range.first));
  if (range.last != range.first) out += "-" + text_of(dataplane::address_of(range.last));
  return out;
}

// For people: the first ones.
std::string short_text(const AddressSet& set) {
  std::string out;
  for (const AddressRange& range : set.ranges().first(std::min(set.ranges().size(), kShownRanges)))
    out += (out.empty() ? "" : " ") + range_text(range);
  return set.ranges().size() > kShownRanges ? out + " …" : out;
}

uint64_t size_of(const AddressSet& set) {
  dataplane::Uint128 sum = 0;
  for (const AddressRange& range : set.ranges())
    sum += range.last - range.first + 1;
  return sum > INT64_MAX ? INT64_MAX : static_cast<uint64_t>(sum);
}

// Addresses asked for and not excluded by the scan itself.
OrError<AddressSet> asked_addresses(const ScanSpec& spec) {
  std::vector<TargetText> texts = target_texts(spec.targets);
  if (!spec.list.empty()) texts.push_back({spec.list, "the list"});
  auto targets = parse_scan_targets(texts);
  if (!targets) return Failure{targets.error()};
  if (!targets.value().list.empty()) {
    return Failure{
        Error{"fleet: scanners share networks, ranges and addresses; ask names and "
              "address:port in a scan of their own"}};
  }
  auto excluded = parse_scan_targets(target_texts(spec.exclude));
  if (!excluded) return Failure{Error{"exclude: " + excluded.error().message}};
  if (targets.value().sweep.empty())
    return Failure{Error{"no target is named: an address, a network or a range"}};
  return targets.value().sweep.without(excluded.value().sweep);
}

// Each piece is in the same ones of `askable` as a whole; the last one in none.
struct Pieces {
  std::vector<AddressSet> zones;
  AddressSet barred;
};
Pieces cut(const AddressSet& asked, std::span<const AddressSet> askable) {
  Pieces out{{}, asked};
  for (const AddressSet& each : askable) {
    std::vector<AddressSet> next;
    for (const AddressSet& zone : out.zones) {
      next.push_back(zone.intersected(each));
      next.push_back(zone.without(each));
    }
    next.push_back(out.barred.intersected(each));
    out.barred = out.barred.without(each);
    std::erase_if(next, [](const AddressSet& zone) { return zone.empty(); });
    out.zones = std::move(next);
  }
  return out;
}

OrError<FleetJob::Zone> zone_of(const AddressSet& addresses, const std::vector<uint16_t>& ports,
                                uint32_t rate) {
  const auto space = TargetSpace::make(
      {.asked = addresses, .allowed = addresses, .excluded = AddressSet(), .ports = ports});
  if (!space) {
    return Failure{
        Error{range_text(addresses.ranges().front()) +
              " and the others: these are more targets than can be numbered: name a smaller "
              "network"}};
  }
  FleetJob::Zone out;
  out.addresses = text_of(addresses);
  out.targets = space.value().size();
  out.shards = shards_of(out.targets, rate);
  if (out.addresses.size() > kZoneTextMax) {
    return Failure{Error{"fleet: these are too many pieces (" +
                         std::to_string(addresses.ranges().size()) +
                         " ranges): name networks, or fewer of them"}};
  }
  return out;
}

}  // namespace

std::string text_of(const AddressSet& set) {
  std::string out;
  for (const AddressRange& range : set.ranges())
    out += (out.empty() ? "" : " ") + range_text(range);
  return out;
}

OrError<FleetPlan> plan_fleet(const ScanSpec& spec, std::span<const AddressSet> askable) {
  if (spec.udp || spec.shards > 1) {
    return Failure{Error{"fleet: --udp and --shard are for scans of one scanner: leave them out"}};
  }
  auto asked = asked_addresses(spec);
  if (!asked) return Failure{asked.error()};
  auto ports = parse_scan_ports(spec.ports);
  if (!ports) return Failure{ports.error()};
  const Pieces pieces = cut(asked.value(), askable);
  if (pieces.zones.empty()) {
    return Failure{
        Error{"no scanner of the fleet may ask any of these addresses: see scan.allow "
              "and scan.exclude of each"}};
  }
  if (pieces.zones.size() > kFleetZonesMax) {
    return Failure{Error{"fleet: the allow lists of the scanners cut this into " +
                         std::to_string(pieces.zones.size()) + " pieces, more than " +
                         std::to_string(kFleetZonesMax) + ": name a smaller network"}};
  }
  FleetPlan out;
  out.ports = ports.value().size();
  out.left_out = size_of(pieces.barred);
  out.barred = short_text(pieces.barred);
  for (const AddressSet& each : pieces.zones) {
    auto zone = zone_of(each, ports.value(), spec.rate);
    if (!zone) return Failure{zone.error()};
    out.addresses += size_of(each);
    out.targets += zone.value().targets;
    out.zones.push_back(std::move(zone).value());
  }
  return out;
}

OrError<Json> range_arguments(const FleetScan& scan, const FleetJob::Zone& zone, uint32_t shard) {
  auto arguments = parse_reply_json(scan.spec);
  if (!arguments || !arguments.value().is_object())
    return Failure{Error{"the arguments of fleet scan " + std::to_string(scan.id) + " are broken"}};
  Json out = std::move(arguments).value();
  out.erase("file");
  out["target"] = Json::array({zone.addresses});
  out["seed"] = scan.seed;
  out["shard"] = std::to_string(shard + 1) + "/" + std::to_string(zone.shards);
  out["fleet_scan"] = scan.id;
  return out;
}

}  // namespace control
