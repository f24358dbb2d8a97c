// SPDX-License-Identifier: Apache-2.0
// Whole sweeps: what is told of every target is what it is.
#include "dataplane/scan/scan_core.hpp"

#include "tests/unit/dataplane/scan/scan_lab.hpp"

#include <gtest/gtest.h>

namespace dataplane {
namespace {

// A link, and a network behind the gateway.
ScanLab::Asked link_and_network_v4() {
  return {.ranges = {AddressRange::of_prefix(ip4(10, 0, 0, 0), 120),
                     AddressRange::of_prefix(ip4(10, 1, 0, 0), 118)},
          .ports = {22, 443}};
}

ScanLab::Asked link_and_network_v6() {
  return {.ranges = {AddressRange::of_prefix(ip6(0, 0x100), 120),
                     AddressRange::of_prefix(ip6(1, 0), 118)},
          .ports = {443, 8443}};
}

TEST(ScanCore, TellsOfEachTargetWhatItIs) {
  for (const uint16_t cores : {uint16_t{1}, uint16_t{3}}) {
    ScanLab lab({.cores = cores});
    lab.begin(link_and_network_v4());
    ASSERT_TRUE(lab.finish());
    lab.expect_truth();
    // Only the silent are asked twice.
    for (const auto& [target, times] : lab.asked)
      ASSERT_EQ(times, lab.outcome_of(target) == TargetOutcome::silent ? 2 : 1);
    EXPECT_EQ(lab.count(ScanCounter::frames_refused), 0u);
    EXPECT_GT(lab.count(ScanCounter::neighbours_absent), 0u);
    EXPECT_GT(lab.count(ScanCounter::probes_without_neighbour), 0u);
    EXPECT_EQ(lab.count(ScanCounter::probes_lost_locally), 4u) << "ours and the broadcast";
    EXPECT_EQ(lab.count(ScanCounter::probes_sent) + lab.count(ScanCounter::probes_sent_again),
              lab.syns().size());
    EXPECT_EQ(lab.sum(&ScanProgress::probes), lab.syns().size());
    EXPECT_EQ(lab.count(ScanCounter::targets_open), lab.sum(&ScanProgress::open));
    EXPECT_EQ(lab.count(ScanCounter::targets_closed), lab.sum(&ScanProgress::closed));
    EXPECT_EQ(lab.count(ScanCounter::targets_unreachable), lab.sum(&ScanProgress::unreachable));
    EXPECT_EQ(lab.count(ScanCounter::targets_silent), lab.sum(&ScanProgress::silent));
    EXPECT_EQ(lab.events_of(ScanEventKind::established).size(), lab.sum(&ScanProgress::open));
  }
}

TEST(ScanCore, DoesTheSameWithIpv6AndTags) {
  for (const std::optional<uint16_t> vlan :
       {std::optional<uint16_t>(), std::optional<uint16_t>(7)}) {
    ScanLab lab({.cores = 3, .vlan = vlan});
    lab.begin(link_and_network_v6());
    ASSERT_TRUE(lab.finish());
    lab.expect_truth();
    ScanLab tagged({.cores = 1, .vlan = vlan});
    tagged.begin(link_and_network_v4());
    ASSERT_TRUE(tagged.finish());
    tagged.expect_truth();
  }
}

TEST(ScanCore, FindsWhatWasLostByAskingAgain) {
  ScanLab lab({.loss = 0.05});
  ScanLab::Asked asked = link_and_network_v4();
  asked.attempts = 4;
  lab.begin(asked);
  ASSERT_TRUE(lab.finish());
  EXPECT_EQ(lab.sum(&ScanProgress::targets), lab.space->size());
  uint64_t wrong = 0;
  for (const auto& [target, told] : lab.replies) {
    ASSERT_EQ(told.size(), 1u);
    wrong += told[0].outcome != lab.outcome_of(target) ? 1 : 0;
  }
  EXPECT_LE(wrong, 2u) << "0.05^4 of 1900 is a hundredth of one";
  EXPECT_GT(lab.sum(&ScanProgress::answered_again), 0u);
  EXPECT_GT(lab.sum(&ScanProgress::answered_first), lab.sum(&ScanProgress::answered_again));
}

}  // namespace
}  // namespace dataplane
