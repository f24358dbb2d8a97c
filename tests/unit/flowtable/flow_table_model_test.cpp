// SPDX-License-Identifier: Apache-2.0
// The flow table against the obvious one, over very many random steps.
#include "flowtable/flow_reader.hpp"
#include "flowtable/flow_table.hpp"
#include "tests/support/effort.hpp"
#include "tests/unit/flowtable/flow_samples.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <random>
#include <unordered_map>
#include <vector>

namespace flowtable {
namespace {

constexpr uint32_t kFlowsMax = 1000;
constexpr uint32_t kNumbers = 3000;
constexpr int64_t kMs = 1'000'000;

struct ModelFlow {
  FlowClass flow_class = FlowClass::embryonic;
  int64_t first_seen_ns = 0;
  int64_t last_seen_ns = 0;
  uint64_t bytes = 0;
};

// `hash_mask` all ones: the hash as it is. With few bits set many flows share buckets and tags, and
// all the rare ways of the index are taken all the time.
class TableAgainstModel : public testing::TestWithParam<uint64_t> {
 protected:
  static constexpr uint64_t kGoodHash = std::numeric_limits<uint64_t>::max();

  uint64_t hash_of(uint32_t number) const { return sample_hash(number) & GetParam(); }
  uint32_t random(uint32_t below) { return static_cast<uint32_t>(random_() % below); }
  uint32_t count(FlowClass flow_class) const {
    return static_cast<uint32_t>(std::ranges::count_if(
        model_, [&](const auto& item) { return item.second.flow_class == flow_class; }));
  }
  Flow* find(uint32_t number) const { return table_.find(sample_key(number), hash_of(number)); }
  bool is_over(const ModelFlow& flow) const {
    const int64_t timeout = options_.timeout[static_cast<size_t>(flow.flow_class)].count();
    return std::abs(now_ns_ - flow.last_seen_ns) > timeout;
  }

  void forget(const Flow& flow) {
    const uint32_t number = numbers_.at(flow.load_key().words);
    ASSERT_EQ(model_.erase(number), 1U);
  }

  void check_victim(const Room& room) {
    if (GetParam() != kGoodHash) return;  // two full buckets may ask for anybody
    if (model_.size() < kFlowsMax) {
      ASSERT_EQ(room.evict, nullptr);
      ASSERT_FALSE(room.refused);
    } else if (count(FlowClass::embryonic) + count(FlowClass::closing) == 0) {
      ASSERT_TRUE(room.refused || room.evict->flow_class() != FlowClass::embryonic);
    } else {
      ASSERT_NE(room.evict, nullptr);
      ASSERT_EQ(room.evict->flow_class(),
                count(FlowClass::embryonic) > 0 ? FlowClass::embryonic : FlowClass::closing);
    }
  }

  void insert(uint32_t number) {
    const Room room = table_.must_leave(hash_of(number), tick_from_ns(now_ns_));
    check_victim(room);
    if (room.refused) {
      ASSERT_EQ(table_.insert(sample_key(number), hash_of(number), tick_from_ns(now_ns_)), nullptr);
      return;
    }
    if (room.evict != nullptr) {
      forget(*room.evict);
      table_.erase(*room.evict);
    }
    ASSERT_NE(table_.insert(sample_key(number), hash_of(number), tick_from_ns(now_ns_)), nullptr);
    model_[number] = {FlowClass::embryonic, now_ns_, now_ns_, 0};
  }

  void see_packet(uint32_t number) {
    Flow* flow = find(number);
    const auto known = model_.find(number);
    ASSERT_EQ(flow != nullptr, known != model_.end()) << number;
    if (flow == nullptr) {
      insert(number);
      return;
    }
    ModelFlow& model = known->second;
    ASSERT_EQ(flow->load_key(), sample_key(number));
    ASSERT_EQ(flow->bytes(0), model.bytes);
    ASSERT_EQ(flow->details().first_seen_ns.get(), model.first_seen_ns);
    ASSERT_EQ(flow->flow_class(), model.flow_class);
    ASSERT_EQ(table_.is_expired(*flow, tick_from_ns(now_ns_)), is_over(model));
    flow->count(0, number + 1, 0);
    model.bytes += number + 1;
    flow->last_seen_ns.set(now_ns_);
    model.last_seen_ns = now_ns_;
  }

  void change(uint32_t number) {
    Flow* flow = find(number);
    if (flow == nullptr) return;
    if (random(3) == 0) {
      forget(*flow);
      table_.erase(*flow);
    } else {
      // As on the packet path, a packet is the cause.
      ModelFlow& model = model_.at(number);
      model.flow_class = static_cast<FlowClass>(random(4));
      model.last_seen_ns = now_ns_;
      table_.set_class(*flow, model.flow_class);
      flow->last_seen_ns.set(now_ns_);
    }
  }

  void expire(size_t budget) {
    const size_t before = model_.size();
    const size_t erased = table_.expire(tick_from_ns(now_ns_), budget, [&](const Flow& flow) {
      const uint32_t number = numbers_.at(flow.load_key().words);
      ASSERT_TRUE(is_over(model_.at(number)));
      forget(flow);
    });
    ASSERT_LE(erased, budget);
    ASSERT_EQ(before - model_.size(), erased);
    if (budget < kNoLimit) return;
    // A slot of the wheel late, and for queued classes one timeout.
    for (const auto& [number, flow] : model_) {
      const bool queued =
          flow.flow_class == FlowClass::embryonic || flow.flow_class == FlowClass::closing;
      const int64_t timeout = options_.timeout[static_cast<size_t>(flow.flow_class)].count();
      ASSERT_LE(now_ns_ - flow.last_seen_ns, queued ? 2 * timeout : timeout + 100 * kMs);
    }
  }

  void compare_all() {
    ASSERT_EQ(table_.num_flows(), model_.size());
    std::vector<FlowKey> keys;
    for (uint32_t number = 0; number < kNumbers; ++number)
      keys.push_back(sample_key(number));
    std::vector<FlowLookup> burst;
    for (uint32_t number = 0; number < kNumbers; ++number)
      burst.push_back({&keys[number], hash_of(number), nullptr});
    table_.find(burst);
    for (uint32_t number = 0; number < kNumbers; ++number) {
      ASSERT_EQ(burst[number].flow != nullptr, model_.contains(number)) << number;
      ASSERT_EQ(burst[number].flow, find(number)) << number;
    }
    const FlowReader reader(table_);
    FlowCursor cursor;
    std::vector<FlowSnapshot> seen(kFlowsMax + 1);
    ASSERT_EQ(reader.read(cursor, seen), model_.size());
    for (size_t i = 0; i < model_.size(); ++i)
      ASSERT_EQ(seen[i].bytes[0], model_.at(numbers_.at(seen[i].key.words)).bytes);
  }

  void SetUp() override {
    for (uint32_t number = 0; number < kNumbers; ++number)
      numbers_[sample_key(number).words] = number;
  }

  const FlowTable::Options options_ = sample_options(kFlowsMax);
  FlowTable table_{options_};
  std::unordered_map<uint32_t, ModelFlow> model_;
  std::map<std::array<uint64_t, 5>, uint32_t> numbers_;
  std::mt19937 random_{20240607};
  int64_t now_ns_ = ns_since_epoch(sample_tick(0));
};

TEST_P(TableAgainstModel, AgreesOverManySteps) {
  constexpr int kSteps = tests::effort(1'000'000);
  for (int i = 0; i < kSteps && !HasFatalFailure(); ++i) {
    now_ns_ += random(4) * kMs / 2;
    // Phases of many flows and of few, so that the table is now full, now nearly empty.
    const uint32_t numbers = (i / 100'000) % 2 == 0 ? kNumbers : kNumbers / 10;
    const uint32_t choice = random(100);
    if (choice < 70) {
      see_packet(random(numbers));
    } else if (choice < 98) {
      change(random(numbers));
    } else {
      expire(choice == 98 ? random(8) : kNoLimit);
    }
    if (i % 20'000 == 0) compare_all();
    if (i % 250'000 == 0) now_ns_ += 3'600'000 * kMs;
  }
  compare_all();
}

INSTANTIATE_TEST_SUITE_P(Hashes, TableAgainstModel,
                         testing::Values(std::numeric_limits<uint64_t>::max(),
                                         0x0000'0003'ff00'0000, 0x0000'00ff'e000'0000,
                                         0x0000'0001'f800'0000, 0));

}  // namespace
}  // namespace flowtable
