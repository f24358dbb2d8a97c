// SPDX-License-Identifier: Apache-2.0
// No window of 100 ms has more SYNs than a cap allows, dials and what is sent again included.
#include "tests/unit/dataplane/scan/scan_lab.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <deque>

namespace dataplane {
namespace {

// The most of these, by whom they count for, in any window of 100 ms.
template <typename KeyOf>
size_t most_in_window(const std::vector<ScanLab::Sent>& syns, const KeyOf& key_of) {
  std::map<IpAddress, std::deque<Tick>> recent;
  size_t most = 0;
  for (const ScanLab::Sent& each : syns) {
    std::deque<Tick>& times = recent[key_of(each.frame.destination)];
    while (!times.empty() && each.at - times.front() >= 100 * kMs)
      times.pop_front();
    times.push_back(each.at);
    most = std::max(most, times.size());
  }
  return most;
}

IpAddress all_of(const IpAddress&) {
  return {};
}
IpAddress host_of(const IpAddress& address) {
  return address;
}
IpAddress subnet_of(const IpAddress& address) {
  return address_of(AddressRange::of_prefix(address, address.is_v4() ? 120 : 64).first);
}
size_t allowed(double per_second) {
  return static_cast<size_t>(std::ceil(per_second / 10));
}

struct Case {
  const char* name;
  uint16_t cores;
  RateCaps caps;
  std::vector<AddressRange> ranges;
};

std::vector<Case> cases() {
  const std::vector<AddressRange> v4 = {AddressRange::of_prefix(ip4(10, 1, 0, 0), 119)};
  const std::vector<AddressRange> v6 = {AddressRange::of_prefix(ip6(1, 0), 121),
                                        AddressRange::of_prefix(ip6(2, 0), 121)};
  return {{"all", 1, {.all = 2000, .per_subnet = 0, .per_host = 0}, v4},
          {"subnets", 1, {.all = 5000, .per_subnet = 300, .per_host = 0}, v4},
          {"fast subnets", 1, {.all = 0, .per_subnet = 2500, .per_host = 0}, v4},
          {"hosts", 1, {.all = 4000, .per_subnet = 0, .per_host = 10}, v4},
          {"everything", 1, {.all = 700, .per_subnet = 450, .per_host = 20}, v6},
          {"three cores", 3, {.all = 3000, .per_subnet = 900, .per_host = 30}, v4}};
}

TEST(ScanCaps, HoldInEveryWindow) {
  for (const Case& each : cases()) {
    SCOPED_TRACE(each.name);
    ScanLab lab({.cores = each.cores, .caps = each.caps, .step = std::chrono::microseconds(300)});
    lab.begin({.ranges = each.ranges, .ports = {22, 25, 80, 443, 993, 8443}});
    for (uint16_t core = 0; core < each.cores; ++core)
      for (uint16_t port = 1; port < 20; ++port)
        lab.dial(core, {address_of(each.ranges[0].first + port), port});
    const Tick begin = lab.now;
    ASSERT_TRUE(lab.finish(std::chrono::seconds(100)));
    const std::vector<ScanLab::Sent> syns = lab.syns();
    EXPECT_GE(syns.size(), lab.space->size());
    EXPECT_GT(lab.count(ScanCounter::dial_syns_sent), 0u);
    if (each.caps.all > 0) {
      EXPECT_LE(most_in_window(syns, all_of), allowed(each.caps.all));
    }
    if (each.caps.per_subnet > 0) {
      EXPECT_LE(most_in_window(syns, subnet_of), allowed(each.caps.per_subnet));
    }
    if (each.caps.per_host > 0) {
      EXPECT_LE(most_in_window(syns, host_of), allowed(each.caps.per_host));
      EXPECT_GT(lab.count(ScanCounter::starts_over_cap), 0u);
      EXPECT_GT(lab.count(ScanCounter::starts_deferred), 0u);
    }
    // And they are no brake where nothing is over them: each alone would take so long.
    const double seconds = std::chrono::duration<double>(lab.now - begin).count();
    const double all = each.caps.all > 0 ? static_cast<double>(syns.size()) / each.caps.all : 0;
    const double subnets =
        each.caps.per_subnet > 0 ? static_cast<double>(syns.size()) / 2 / each.caps.per_subnet : 0;
    const double hosts = each.caps.per_host > 0 ? 12 / each.caps.per_host : 0;
    EXPECT_LE(seconds, 1.4 * std::max({all, subnets, hosts}) + 3);
  }
}

TEST(ScanCaps, TheRateOfAJobHoldsToo) {
  ScanLab lab({.cores = 2, .step = std::chrono::microseconds(300)});
  for (auto& each : lab.cores)
    each->control.rate = 400;
  lab.begin({.ranges = {AddressRange::of_prefix(ip4(10, 1, 0, 0), 119)}});
  ASSERT_TRUE(lab.finish());
  EXPECT_LE(most_in_window(lab.syns(), all_of), 80u);
  lab.expect_truth();
  // And a new one holds at once.
  ScanLab second({.step = std::chrono::microseconds(300)});
  second.cores[0]->control.rate = 5000;
  second.begin({.ranges = {AddressRange::of_prefix(ip4(10, 1, 0, 0), 112)}});
  second.pass(200 * kMs);
  second.cores[0]->control.rate = 100;
  second.round();
  const size_t before = second.syns().size();
  second.pass(kSecond);
  EXPECT_LE(second.syns().size() - before, 101u);
  EXPECT_GE(second.syns().size() - before, 90u);
}

// What one of several scanners may have of a rate they share: probes and dials together.
TEST(ScanCaps, ALowerCeilingHoldsForAllThatBegins) {
  ScanLab lab({.caps = {.all = 2000}, .step = std::chrono::microseconds(300)});
  lab.cores[0]->control.ceiling = 500;
  lab.begin({.ranges = {AddressRange::of_prefix(ip4(10, 1, 0, 0), 115)}});
  for (uint16_t port = 1; port < 60; ++port)
    lab.dial(0, {ip4(10, 1, 0, 9), port});
  lab.pass(kSecond);
  EXPECT_LE(most_in_window(lab.syns(), all_of), 50u);
  EXPECT_GT(lab.count(ScanCounter::dial_syns_sent), 40u);
  // One above the site's own lifts nothing.
  lab.cores[0]->control.ceiling = 10'000;
  lab.pass(kSecond);
  EXPECT_LE(most_in_window(lab.syns(), all_of), 200u);
  lab.cores[0]->control.ceiling = 0;
  ASSERT_TRUE(lab.finish());
  EXPECT_LE(most_in_window(lab.syns(), all_of), 200u);
  EXPECT_GT(most_in_window(lab.syns(), all_of), 150u);
}

TEST(ScanCaps, TheWalkWaitsWhereAllRoomIsTaken) {
  // One host of which 20,000 ports are asked, ten a second: more than can wait.
  ScanLab lab({.caps = {.all = 0, .per_subnet = 0, .per_host = 10}});
  std::vector<uint16_t> ports;
  for (uint16_t port = 1; port <= 20'000; ++port)
    ports.push_back(port);
  lab.begin({.ranges = {AddressRange::of_prefix(ip4(10, 1, 0, 9), 128)},
             .ports = ports,
             .in_flight_max = 32'768});
  lab.pass(3 * kSecond);
  EXPECT_GT(lab.count(ScanCounter::starts_full), 0u);
  EXPECT_NEAR(static_cast<double>(lab.syns().size()), 30, 2);
  EXPECT_EQ(lab.sum(&ScanProgress::targets), 0u);
  // A job that ends takes all that with it.
  for (auto& each : lab.cores)
    each->control.oldest_job = 8;
  lab.round();
  const size_t before = lab.syns().size();
  lab.pass(kSecond);
  EXPECT_EQ(lab.syns().size(), before);
  EXPECT_GT(lab.count(ScanCounter::probes_dropped), 16'000u);
}

}  // namespace
}  // namespace dataplane
