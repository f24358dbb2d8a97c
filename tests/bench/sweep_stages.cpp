// SPDX-License-Identifier: Apache-2.0
// What the parts of one probe cost, each alone.
#include "dataplane/scan/last_line.hpp"
#include "dataplane/scan/neighbours.hpp"
#include "dataplane/scan/rate_table.hpp"
#include "dataplane/scan/scan_cookie.hpp"
#include "dataplane/scan/syn_template.hpp"
#include "dataplane/scan/target_order.hpp"
#include "tests/bench/measure.hpp"
#include "tests/bench/sweep_site.hpp"

#include <array>

namespace bench {
namespace {

using dataplane::TargetGroup;
using dataplane::TargetOrder;
using flowtable::Endpoint;
using flowtable::Tick;

constexpr uint64_t kTimes = 10'000'000;

template <typename Work>
void measure(const Wanted& wanted, std::string_view name, Work&& work) {
  if (!wanted.wants(name)) return;
  const Stopwatch watch;
  for (uint64_t at = 0; at < kTimes; ++at)
    work(at);
  print_rate(name, "tapseal", "1/s", static_cast<double>(kTimes), watch.taken());
}

void measure_frames(const Wanted& wanted, const dataplane::TargetSpace& space) {
  const dataplane::ScanSite site = sweep_site(Caps::none);
  const dataplane::SynTemplate syn({{}, site.mac, site.vlan}, site.addresses[0].address, site.mss);
  static dataplane::ScanCounters counters;
  Nothing sink;
  dataplane::LastLine line(site, sink, counters);
  std::array<uint8_t, 256> frame{};
  measure(wanted, "stage: SYN by a template", [&](uint64_t at) {
    use(syn.write({}, {space.at(at), static_cast<uint16_t>(at), static_cast<uint32_t>(at), 5},
                  frame));
  });
  const size_t length = syn.write({}, {space.at(77), 40'000, 1, 5}, line.room());
  measure(wanted, "stage: last look", [&](uint64_t) { line.send(length); });
}

void measure_caps(const Wanted& wanted, const dataplane::TargetSpace& space) {
  dataplane::RateTable subnets(1e6, {120, 64});
  TargetOrder order(TargetGroup::make(space.size(), 3), 0, 1);
  measure(wanted, "stage: permutation, target, cap of its subnet", [&](uint64_t at) {
    const Endpoint to = space.at(*order.next());
    const Tick now = flowtable::tick_from_ns(static_cast<int64_t>(at) * 50);
    if (subnets.may_go_unclaimed(to.address, now)) subnets.went(to.address, now);
  });
}

}  // namespace

void measure_stages(const Wanted& wanted) {
  const dataplane::TargetSpace space = sweep_space();
  TargetOrder order(TargetGroup::make(space.size(), 3), 0, 1);
  measure(wanted, "stage: permutation", [&](uint64_t) { use(*order.next()); });
  measure(wanted, "stage: target of a number", [&](uint64_t at) { use(space.at(at)); });
  const dataplane::ScanCookie cookie({1, 2}, {40'000, 10'000});
  const auto source = sweep_site(Caps::none).addresses[0].address;
  const auto cookies = cookie.from(source);
  measure(wanted, "stage: cookie", [&](uint64_t at) { use(cookies.of(space.at(at), 0)); });
  measure_frames(wanted, space);
  measure_caps(wanted, space);
}

}  // namespace bench
