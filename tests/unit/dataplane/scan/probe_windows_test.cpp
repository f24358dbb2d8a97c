// SPDX-License-Identifier: Apache-2.0
// Every target asked, the unanswered again, each counted once: against a network that is written
// down as a table.
#include "dataplane/scan/probe_windows.hpp"

#include "tests/support/effort.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <queue>
#include <random>
#include <set>

namespace dataplane {
namespace {

using flowtable::Tick;
using flowtable::tick_from_ns;

TEST(Landmarks, IsAMap) {
  std::mt19937_64 random(1);
  for (const uint32_t capacity : {1u, 7u, 100u, 5000u}) {
    Landmarks ours(capacity);
    std::map<uint64_t, uint32_t> model;
    for (int step = 0; step < 60'000; ++step) {
      // Few different ones, so that runs form and wrap.
      const uint64_t element = 1 + random() % (capacity * 3) * 0x123456789;
      const auto found = ours.find(element);
      ASSERT_EQ(found.has_value(), model.contains(element));
      if (found) {
        ASSERT_EQ(*found, model[element]);
        ours.remove(element);
        model.erase(element);
      } else if (model.size() < capacity) {
        ours.add(element, model[element] = static_cast<uint32_t>(random()));
      }
      ASSERT_EQ(ours.size(), model.size());
    }
    for (const auto& [element, place] : model)
      ASSERT_EQ(ours.find(element), place);
  }
}

// A network whose answers are decided before it is asked. Time goes on by 10 us for each probe.
class Network {
 public:
  struct Options {
    uint64_t targets = 0;
    double loss = 0;  // of each probe with its answer
    int64_t delay_ns = 0;
    double repeats = 0;  // of answers
  };
  Network(const Options& options, uint32_t seed) : options_(options), random_(seed) {
    for (uint64_t i = 0; i < options.targets; ++i)
      truth_.push_back(static_cast<ProbeState>(random_() % 4));  // asked: silent
  }

  // Plays until the scan is over, or `most_probes` were sent.
  void play(ProbeWindows& scan, uint64_t most_probes = UINT64_MAX) {
    while (!scan.finished() && most_probes > 0) {
      now_ += std::chrono::microseconds(10);
      for (; !answers_.empty() && answers_.top().at <= now_; answers_.pop())
        (void)scan.answered(answers_.top().number, truth_[answers_.top().number]);
      const auto probe = scan.next(now_);
      if (!probe) continue;
      --most_probes;
      ASSERT_LT(probe->number, options_.targets);
      ASSERT_FALSE(answered_.contains(probe->number)) << "only the unanswered are asked again";
      ++asked_[probe->number];
      hear(probe->number);
    }
  }
  const std::map<uint64_t, int>& asked() const { return asked_; }
  uint64_t num_of(ProbeState state) const {
    return static_cast<uint64_t>(std::ranges::count(truth_, state));
  }

 private:
  struct Answer {
    Tick at;
    uint64_t number;
    bool operator<(const Answer& other) const { return at > other.at; }
  };
  bool chance(double share) { return std::uniform_real_distribution<>()(random_) < share; }
  void hear(uint64_t number) {
    if (truth_[number] == ProbeState::asked || chance(options_.loss)) return;
    const auto delay = std::chrono::nanoseconds(options_.delay_ns);
    answers_.push({now_ + delay, number});
    if (chance(options_.repeats)) answers_.push({now_ + 2 * delay, number});
    if (options_.delay_ns == 0) answered_.insert(number);
  }

  Options options_;
  std::mt19937 random_;
  std::vector<ProbeState> truth_;
  std::map<uint64_t, int> asked_;
  std::set<uint64_t> answered_;
  std::priority_queue<Answer> answers_;
  Tick now_ = tick_from_ns(1'700'000'000'000'000'000);
};

ProbePlan plan_of(uint64_t targets, uint32_t in_flight, uint8_t attempts) {
  return {.group = TargetGroup::make(targets, targets),
          .in_flight_max = in_flight,
          .attempts = attempts,
          .wait = std::chrono::milliseconds(10)};
}

TEST(ProbeWindows, CountsEachTargetOnceAsItIs) {
  for (const uint64_t targets : {1, 2, 63, 64, 65, 1000, 40'000}) {
    for (const uint32_t in_flight : {1u, 8u, 1000u, 100'000u}) {
      if (targets / in_flight > 2000) continue;
      for (const uint8_t attempts : {uint8_t{1}, uint8_t{3}}) {
        Network network({.targets = targets, .loss = 0, .delay_ns = 1000, .repeats = 0.3}, 7);
        ProbeWindows scan(plan_of(targets, in_flight, attempts));
        network.play(scan);
        const auto& counts = scan.counts();
        ASSERT_EQ(counts.targets, targets);
        EXPECT_EQ(counts.open, network.num_of(ProbeState::open));
        EXPECT_EQ(counts.closed, network.num_of(ProbeState::closed));
        EXPECT_EQ(counts.unreachable, network.num_of(ProbeState::unreachable));
        EXPECT_EQ(counts.silent, network.num_of(ProbeState::asked));
        EXPECT_EQ(counts.probes, targets + counts.silent * (attempts - 1));
        EXPECT_EQ(network.asked().size(), targets);
        EXPECT_EQ(scan.checkpoint(), scan.num_steps());
      }
    }
  }
}

TEST(ProbeWindows, AsksAgainWhatWasLost) {
  Network network({.targets = 50'000, .loss = 0.05, .delay_ns = 0, .repeats = 0}, 3);
  ProbeWindows scan(plan_of(50'000, 4096, 4));
  network.play(scan);
  const auto& counts = scan.counts();
  const uint64_t answering = 50'000 - network.num_of(ProbeState::asked);
  const uint64_t found = counts.open + counts.closed + counts.unreachable;
  // 0.05^4 of 37,500: about a quarter of one.
  EXPECT_GE(found + 3, answering);
  EXPECT_EQ(counts.silent, 50'000 - found);
}

TEST(ProbeWindows, TellsLateAnswersFromRepeatedOnes) {
  ProbeWindows scan(plan_of(100, 200, 1));
  const Tick begin = tick_from_ns(1'000'000'000);
  std::vector<uint64_t> numbers;
  while (const auto probe = scan.next(begin))
    numbers.push_back(probe->number);
  ASSERT_EQ(numbers.size(), 100u);
  using enum ProbeWindows::Answer;
  EXPECT_EQ(scan.answered(numbers[0], ProbeState::open), first);
  EXPECT_EQ(scan.answered(numbers[0], ProbeState::closed), repeated);
  EXPECT_FALSE(scan.next(begin + std::chrono::milliseconds(9)));
  EXPECT_FALSE(scan.finished());
  EXPECT_FALSE(scan.next(begin + std::chrono::milliseconds(10)));
  EXPECT_TRUE(scan.finished());
  EXPECT_EQ(scan.answered(numbers[1], ProbeState::open), late);
  EXPECT_EQ(scan.counts().open, 1u);
  EXPECT_EQ(scan.counts().silent, 99u);
  EXPECT_EQ(scan.counts().late, 1u);
  EXPECT_EQ(scan.counts().repeated, 1u);
}

TEST(ProbeWindows, WaitsForProbesThatAreHeld) {
  ProbeWindows scan(plan_of(8, 8, 1));
  Tick now = tick_from_ns(1'000'000'000);
  std::vector<ProbeWindows::Probe> probes;
  while (const auto probe = scan.next(now)) {
    scan.hold(*probe);
    probes.push_back(*probe);
  }
  ASSERT_EQ(probes.size(), 8u);
  now += std::chrono::seconds(9);
  EXPECT_FALSE(scan.next(now));
  EXPECT_EQ(scan.counts().targets, 0u);
  for (const auto& probe : probes)
    scan.release(probe, now);
  scan.lose(probes[3]);
  EXPECT_FALSE(scan.next(now + std::chrono::milliseconds(9)));
  EXPECT_EQ(scan.counts().targets, 0u) << "the time to answer begins with the release";
  for (int ms = 10; !scan.finished() && ms < 100; ms += 10)
    EXPECT_FALSE(scan.next(now + std::chrono::milliseconds(ms)));
  EXPECT_TRUE(scan.finished());
  EXPECT_EQ(scan.counts().silent, 7u);
  EXPECT_EQ(scan.counts().lost_locally, 1u);
}

class Ledger : public TargetLedger {
 public:
  bool has_room(uint32_t) noexcept override { return room; }
  void count(uint64_t number, ProbeState state) noexcept override { counted[number] = state; }
  bool room = false;
  std::map<uint64_t, ProbeState> counted;
};

TEST(ProbeWindows, CountsWhenThereIsRoomAndAsksAgainWhereItIsTold) {
  Ledger ledger;
  ProbeWindows scan(plan_of(4, 4, 1), &ledger);
  Tick now = tick_from_ns(1'000'000'000);
  std::map<uint64_t, int> asked;
  const auto ask = [&] {
    while (const auto probe = scan.next(now)) {
      EXPECT_EQ(probe->attempt, 0);
      ++asked[probe->number];
    }
    now += std::chrono::milliseconds(10);
  };
  ask();
  EXPECT_EQ(scan.answered(2, ProbeState::closed), ProbeWindows::Answer::first);
  scan.ask_again();
  ask();
  EXPECT_EQ(asked, (std::map<uint64_t, int>{{0, 2}, {1, 2}, {2, 1}, {3, 2}}));
  ask();
  EXPECT_TRUE(ledger.counted.empty());
  ledger.room = true;
  ask();
  ask();  // what comes behind the last of them is nothing
  EXPECT_TRUE(scan.finished());
  EXPECT_EQ(ledger.counted.size(), 4u);
  EXPECT_EQ(ledger.counted[2], ProbeState::closed);
  EXPECT_EQ(ledger.counted[3], ProbeState::asked);
}

TEST(ProbeWindows, GoesOnFromItsCheckpointAndLeavesNothingOut) {
  std::mt19937 random(5);
  for (int round = 0; round < tests::effort(50); ++round) {
    constexpr uint64_t kTargets = 20'000;
    ProbePlan plan = plan_of(kTargets, 2048, 2);
    plan.shards = 1 + static_cast<uint64_t>(round) % 4;
    std::set<uint64_t> asked;
    uint64_t twice = 0;
    for (plan.shard = 0; plan.shard < plan.shards; ++plan.shard) {
      plan.from_step = 0;
      for (bool over = false; !over;) {
        ProbeWindows scan(plan);
        Network network({.targets = kTargets, .loss = 0, .delay_ns = 1000, .repeats = 0}, 9);
        network.play(scan, 3000 + random() % 20'000);
        for (const auto& [number, times] : network.asked())
          twice += asked.insert(number).second ? 0 : 1;
        over = scan.finished();
        ASSERT_GE(scan.checkpoint(), plan.from_step);
        plan.from_step = scan.checkpoint();
      }
    }
    ASSERT_EQ(asked.size(), kTargets);
    ASSERT_LT(twice, kTargets) << "no more than what was under way";
  }
}

}  // namespace
}  // namespace dataplane
