// SPDX-License-Identifier: Apache-2.0
#include "control/daemon/scan_job.hpp"

#include "control/export/text_format.hpp"
#include "control/scan/scan_ports.hpp"
#include "tls/inquiry/scan_workers.hpp"

#include <algorithm>
#include <array>
#include <random>

namespace control {
namespace {

using dataplane::AddressRange;
using dataplane::AddressSet;
using dataplane::OwnAddress;
using dataplane::ScanPlan;
using dataplane::ScanSite;
using dataplane::TargetSpace;
using dataplane::TargetSpaceError;
using dataplane::Uint128;
using flowtable::Error;
using flowtable::Failure;
using flowtable::OrError;

std::string_view text_of(TargetSpaceError error) {
  switch (error) {
    case TargetSpaceError::nothing_allowed:
      return "scan.allow is empty: name the networks that may be asked";
    case TargetSpaceError::no_addresses:
      return "none of these addresses may be asked: they are excluded, or scan.allow does not "
             "hold them";
    case TargetSpaceError::no_ports:
      return "no port is named";
    case TargetSpaceError::too_many:
      return "these are more targets than can be numbered: name a smaller network";
  }
  return "";
}

uint64_t random_word() {
  std::random_device device;
  return uint64_t{device()} << 32 | device();
}

// How many numbers are in a set; as many as fit.
uint64_t size_of(const AddressSet& set) {
  Uint128 sum = 0;
  for (const AddressRange& range : set.ranges())
    sum += range.last - range.first + 1;
  return sum > UINT64_MAX ? UINT64_MAX : static_cast<uint64_t>(sum);
}

}  // namespace

OrError<std::unique_ptr<ScanJob>> ScanJob::make(uint32_t id, const ScanSpec& spec,
                                                const ScanSite& site) {
  std::unique_ptr<ScanJob> job(new ScanJob(id, spec, site));
  if (OrError<void> read = job->read_texts(); !read) return Failure{read.error()};
  if (OrError<void> ways = job->check_ways(); !ways) return Failure{ways.error()};
  if (job->names_.empty()) job->take_resolved({}, {});
  return job;
}

OrError<void> ScanJob::read_texts() {
  std::vector<TargetText> texts = target_texts(spec_.targets);
  if (!spec_.list.empty()) texts.push_back({spec_.list, "the list"});
  auto targets = parse_scan_targets(texts);
  if (!targets) return Failure{targets.error()};
  auto excluded = parse_scan_targets(target_texts(spec_.exclude));
  if (!excluded) return Failure{Error{"exclude: " + excluded.error().message}};
  if (!excluded.value().list.empty()) {
    return Failure{Error{"exclude: addresses, networks and ranges can be left out; " +
                         excluded.value().list.front().name + " is none"}};
  }
  auto ports = parse_scan_ports(spec_.ports);
  if (!ports) return Failure{ports.error()};
  ports_ = std::move(ports).value();
  names_ = std::move(targets.value().list);
  if (site_.allowed.empty()) {
    return Failure{Error{std::string(text_of(TargetSpaceError::nothing_allowed))}};
  }
  askable_ = site_.allowed.without(site_.excluded).without(excluded.value().sweep);
  const AddressSet& asked = targets.value().sweep;
  if (asked.empty() && names_.empty())
    return Failure{Error{"no target is named: an address, a network, a range or a name"}};
  if (asked.empty()) return {};
  left_out_ = size_of(asked) - size_of(asked.intersected(askable_));
  auto space = TargetSpace::make(
      {.asked = asked, .allowed = askable_, .excluded = AddressSet(), .ports = ports_});
  if (!space) {
    const AddressRange& first = asked.ranges().front();
    const bool one = asked.ranges().size() == 1 && first.first == first.last;
    return Failure{Error{control::text_of(dataplane::address_of(first.first)) +
                         (one ? ": " : " and the others: ") + std::string(text_of(space.error()))}};
  }
  space_ = std::move(space).value();
  group_ = dataplane::TargetGroup::make(space_->size(), spec_.seed);
  num_swept_ = std::min(dataplane::TargetOrder(group_, spec_.shard - 1, spec_.shards).num_steps(),
                        space_->size());
  return {};
}

// A packet needs an address of ours of its family, and a neighbour to go by.
OrError<void> ScanJob::check_ways() const {
  if (!space_) return {};
  for (const AddressRange& range : space_->addresses().ranges()) {
    const auto first = dataplane::address_of(range.first);
    const auto own = std::ranges::find_if(site_.addresses, [&](const OwnAddress& each) {
      return each.address.is_v4() == first.is_v4();
    });
    const std::string family = first.is_v4() ? "IPv4" : "IPv6";
    if (own == site_.addresses.end()) {
      return Failure{Error{"scan.addresses has no " + family + " address to ask " +
                           control::text_of(first) + " from"}};
    }
    const AddressRange link = AddressRange::of_prefix(own->address, own->prefix_bits);
    const bool on_link = link.first <= range.first && range.last <= link.last;
    if (!on_link && !own->gateway) {
      return Failure{Error{control::text_of(first) +
                           " is not in the network of scan.addresses and scan.gateways has no " +
                           family + " gateway for it"}};
    }
  }
  return {};
}

void ScanJob::resolve(NameResolver& resolver, const std::atomic<bool>& stop) {
  ResolvedTargets found = resolve_targets(names_, resolver, stop);
  std::erase_if(found.targets, [this](const ResolvedTarget& target) {
    const bool askable = askable_.contains(target.address);
    if (!askable) ++left_out_;
    return !askable;
  });
  take_resolved(std::move(found.targets), std::move(found.unresolved));
}

void ScanJob::take_resolved(std::vector<ResolvedTarget> targets,
                            std::vector<UnresolvedName> unresolved) {
  resolved_ = std::move(targets);
  unresolved_ = std::move(unresolved);
  make_list();
}

void ScanJob::make_list() {
  // Every shard takes its turn of the list.
  std::vector<ResolvedTarget> own;
  for (size_t i = spec_.shard - 1; i < resolved_.size(); i += spec_.shards)
    own.push_back(resolved_[i]);
  list_.emplace(ScanTargetList::Parts{.targets = std::move(own),
                                      .ports = ports_,
                                      .datagrams = spec_.udp && space_ ? &*space_ : nullptr,
                                      .targets_by_udp = spec_.udp,
                                      .shard = spec_.shard,
                                      .shards = spec_.shards});
}

std::unique_ptr<ScanPlan> ScanJob::plan(const Share& share) const {
  if (!space_) return nullptr;
  auto out = std::make_unique<ScanPlan>();
  out->job = id_;
  out->space = &*space_;
  out->probes.group = group_;
  out->probes.shard = share.shard;
  out->probes.shards = share.shards;
  out->probes.from_step = share.from_step;
  out->probes.attempts = spec_.attempts;
  out->probes.wait = share.wait;
  // What is under way while every attempt waits for its answers, half as much again, and some
  // windows; a byte or two each.
  const double seconds = std::chrono::duration<double>(share.wait).count() * spec_.attempts;
  const double in_flight = spec_.rate * seconds * 1.5 + 32768;
  out->probes.in_flight_max = static_cast<uint32_t>(std::min<double>(
      {in_flight, double{1 << 26}, std::max<double>(static_cast<double>(space_->size()), 1024)}));
  out->cookie_key = {random_word(), random_word()};
  for (const uint16_t port : ports_) {
    tls::SweepWords words = tls::sweep_words(port);
    out->first_words.push_back({port, std::move(words.bytes), words.fresh_at});
  }
  out->tell_silent = spec_.all;
  out->tell_closed = spec_.all;
  return out;
}

}  // namespace control
