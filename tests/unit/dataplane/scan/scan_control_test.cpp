// SPDX-License-Identifier: Apache-2.0
// Pause, stop, the next job, and a scan that is killed and goes on.
#include "tests/unit/dataplane/scan/scan_lab.hpp"

#include <gtest/gtest.h>

namespace dataplane {
namespace {

ScanLab::Asked some_network() {
  return {.ranges = {AddressRange::of_prefix(ip4(10, 1, 0, 0), 118)}};
}

void set_sending(ScanLab& lab, bool sending) {
  for (auto& each : lab.cores)
    each->control.sending = sending;
}

TEST(ScanControl, APausedScanSendsNothingAndGivesNobodyUp) {
  ScanLab lab({.cores = 2, .delay = 400 * kMs});
  for (auto& each : lab.cores)
    each->control.rate = 1000;
  lab.begin(some_network());
  lab.pass(300 * kMs);
  set_sending(lab, false);
  lab.round();
  const size_t sent = lab.syns().size();
  EXPECT_GT(sent, 100u);
  lab.pass(20 * kSecond);
  EXPECT_EQ(lab.syns().size(), sent);
  EXPECT_EQ(lab.sum(&ScanProgress::silent), 0u);
  EXPECT_GT(lab.replies.size(), sent / 2) << "answers are heard";
  set_sending(lab, true);
  ASSERT_TRUE(lab.finish());
  lab.expect_truth();
}

// A lease ends by the core's own clock, whether or not control comes round to say so.
TEST(ScanControl, SendsNothingFromTheMomentItWasTold) {
  ScanLab lab({.cores = 2, .delay = 400 * kMs});
  const Tick end = lab.now + 300 * kMs;
  for (auto& each : lab.cores) {
    each->control.rate = 1000;
    each->control.send_until_ns = flowtable::ns_since_epoch(end);
  }
  lab.begin(some_network());
  lab.dial(0, {ip4(10, 1, 9, 9), 1});
  lab.set({ip4(10, 1, 9, 9), 1}, ScanLab::Host::silent);
  lab.pass(20 * kSecond);
  const std::vector<ScanLab::Sent> syns = lab.syns();
  EXPECT_GT(syns.size(), 100u);
  EXPECT_LT(syns.back().at, end);
  EXPECT_EQ(lab.sum(&ScanProgress::silent), 0u) << "nobody is given up";
  for (auto& each : lab.cores) {
    EXPECT_EQ(each->progress.now_ns.get(), flowtable::ns_since_epoch(lab.now));
    each->control.send_until_ns = INT64_MAX;
  }
  ASSERT_TRUE(lab.finish());
  lab.expect_truth();
}

TEST(ScanControl, AStoppedJobIsSilentAtOnce) {
  ScanLab lab;
  lab.server = [](const ScanLab::Sent&) {};  // connections stay open
  lab.cores[0]->control.rate = 1000;
  lab.begin(some_network());
  lab.dial(0, {ip4(10, 1, 9, 9), 1});
  lab.set({ip4(10, 1, 9, 9), 1}, ScanLab::Host::silent);
  lab.pass(300 * kMs);
  EXPECT_GT(lab.cores[0]->progress.connections.get(), 10u);
  lab.cores[0]->control.oldest_job = 8;
  lab.round();
  const size_t sent = lab.sent.size();
  lab.pass(5 * kSecond);
  EXPECT_EQ(lab.syns().size(), static_cast<size_t>(lab.count(ScanCounter::probes_sent)) + 1);
  EXPECT_EQ(lab.sent.size(), sent);
  EXPECT_EQ(lab.cores[0]->progress.connections.get(), 0u);
  EXPECT_EQ(lab.events_of(ScanEventKind::dial_not_sent).size(), 1u);
  const size_t open = lab.events_of(ScanEventKind::established).size();
  EXPECT_EQ(lab.count(ScanCounter::connections_stopped), open);
  EXPECT_EQ(lab.events_of(ScanEventKind::peer_reset).size(), open);
  // Dials of that job are not even begun.
  lab.dial(0, {ip4(10, 1, 9, 9), 1});
  lab.pass(10 * kMs);
  EXPECT_EQ(lab.events_of(ScanEventKind::dial_not_sent).size(), 2u);
  EXPECT_EQ(lab.syns().size(), static_cast<size_t>(lab.count(ScanCounter::probes_sent)) + 1);
}

TEST(ScanControl, AnotherPlanTakesOver) {
  ScanLab lab;
  lab.cores[0]->control.rate = 1000;
  lab.begin(some_network());
  lab.pass(300 * kMs);
  EXPECT_EQ(lab.cores[0]->progress.plan_in_use, lab.cores[0]->plan.get());
  lab.cores[0]->control.plan = nullptr;
  lab.round();
  EXPECT_EQ(lab.cores[0]->progress.plan_in_use, nullptr);
  const size_t sent = lab.syns().size();
  lab.pass(kSecond);
  EXPECT_EQ(lab.syns().size(), sent);
  lab.replies.clear();
  lab.begin({.ranges = {AddressRange::of_prefix(ip4(10, 2, 0, 0), 118)}});
  ASSERT_TRUE(lab.finish());
  lab.expect_truth();
}

TEST(ScanControl, WaitsForTheGatewayAndCountsNobodySilent) {
  ScanLab lab;
  lab.gateway_is_there = false;
  lab.begin(some_network());
  lab.pass(10 * kSecond);
  EXPECT_TRUE(lab.cores[0]->progress.waits_for_gateway.get());
  EXPECT_EQ(lab.sum(&ScanProgress::targets), 0u);
  EXPECT_TRUE(lab.syns().empty());
  lab.gateway_is_there = true;
  ASSERT_TRUE(lab.finish());
  lab.expect_truth();
  EXPECT_FALSE(lab.cores[0]->progress.waits_for_gateway.get());
}

// The process dies: nothing is left but the checkpoints.
TEST(ScanControl, GoesOnFromItsCheckpointsAndLeavesNobodyOut) {
  std::mt19937 random(4);
  for (int scan = 0; scan < 5; ++scan) {
    std::map<Endpoint, int> asked;
    ScanLab::Asked plan = some_network();
    plan.in_flight_max = 256;
    plan.from_steps = {0, 0};
    uint64_t size = 0;
    int kills = 0;
    for (bool over = false; !over; ++kills) {
      ScanLab lab({.cores = 2});
      lab.begin(plan);
      over = lab.finish((200 + random() % 2000) * kMs);
      size = lab.space->size();
      for (const auto& [target, times] : lab.asked)
        asked[target] += times;
      for (size_t core = 0; core < 2; ++core) {
        ASSERT_GE(lab.cores[core]->progress.checkpoint.get(), plan.from_steps[core]);
        plan.from_steps[core] = lab.cores[core]->progress.checkpoint.get();
      }
    }
    EXPECT_GT(kills, 1);
    EXPECT_EQ(asked.size(), size);
  }
}

// The transmit ring is full for a while: nothing is lost by it.
TEST(ScanControl, WaitsForRoomInTheTransmitRing) {
  ScanLab lab;
  lab.begin({.ranges = {AddressRange::of_prefix(ip4(10, 0, 0, 0), 120)}});
  for (int i = 0; i < 40; ++i) {
    lab.wire_is_full = i % 2 == 0;
    lab.pass(7 * kMs);
  }
  lab.wire_is_full = false;
  ASSERT_TRUE(lab.finish());
  for (const auto& [target, told] : lab.replies)
    ASSERT_EQ(told[0].outcome, lab.outcome_of(target));
  EXPECT_EQ(lab.replies.size(), lab.space->size());
  EXPECT_GT(lab.count(ScanCounter::probes_unsent), 0u);
}

}  // namespace
}  // namespace dataplane
