// SPDX-License-Identifier: Apache-2.0
// One core writes a flow table as fast as it can, others read it meanwhile. Every field a flow has
// says whose it is, so a copy that mixes two flows, or two lives of one record, gives itself away.
#include "flowtable/flow_reader.hpp"
#include "flowtable/flow_table.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <iostream>
#include <memory>
#include <random>
#include <span>
#include <thread>
#include <vector>

namespace flowtable {
namespace {

using std::chrono::seconds;

// Few records, so that each is used again and again.
constexpr uint32_t kFlowsMax = 256;
constexpr uint64_t kSeed = 0x5eed;

uint64_t spread(uint64_t number, uint64_t salt) {
  const uint64_t mixed = (number + salt) * 0x9e3779b97f4a7c15;
  return mixed ^ mixed >> 29;
}

// The n-th flow there ever was. Nothing of it occurs in another.
FlowKey key_of(uint64_t number) {
  FlowKey key;
  for (size_t i = 0; i < key.words.size(); ++i)
    key.words[i] = i == 0 ? number : spread(number, i);
  const auto ports = static_cast<uint32_t>(key.words[4]);
  key.words[4] = FlowKey::last_word(ports, FlowKey::kHasNetworks);
  return key;
}

int64_t first_seen_of(uint64_t number) {
  return static_cast<int64_t>(number << 20);
}

// After `packets` packets.
uint64_t bytes_of(uint64_t number, uint64_t packets) {
  return number << 20 | packets;
}

class Writer {
 public:
  Writer() {
    FlowTable::Options options;
    options.flows_max = kFlowsMax;
    options.timeout.fill(seconds(3600));
    table_ = std::make_unique<FlowTable>(options);
  }
  const FlowTable& table() const { return *table_; }
  uint64_t num_started() const { return next_; }

  void step() {
    const uint64_t choice = random_();
    if (choice % 4 == 0) {
      start();
    } else if (!flows_.empty()) {
      const size_t which = (choice >> 8) % flows_.size();
      if (choice % 16 == 1) {
        end(which);
      } else {
        see_packet(*flows_[which]);
      }
    }
  }

 private:
  void start() {
    // Few hashes: flows crowd in few buckets and move between them.
    const FlowKey key = key_of(next_);
    const uint64_t hash = hash_flow_key(key, kSeed) & 0xffff'f800'0000;
    const Room room = table_->must_leave(hash, tick_from_ns(first_seen_of(next_)));
    if (room.refused) return;
    if (room.evict != nullptr) {
      std::erase(flows_, room.evict);
      table_->erase(*room.evict);
    }
    Flow* flow = table_->insert(key, hash, tick_from_ns(first_seen_of(next_)));
    ASSERT_NE(flow, nullptr);
    for (Relaxed<uint64_t>& counted : flow->counted)
      counted.set(bytes_of(next_, 0));
    flows_.push_back(flow);
    ++next_;
  }

  void see_packet(Flow& flow) {
    for (const size_t side : {0, 1})
      flow.count(side, 1, 0);
    flow.last_seen_ns.add(1);
  }

  void end(size_t which) {
    table_->erase(*flows_[which]);
    flows_[which] = flows_.back();
    flows_.pop_back();
  }

  std::unique_ptr<FlowTable> table_;
  std::vector<Flow*> flows_;
  std::mt19937_64 random_{1};
  uint64_t next_ = 1;
};

// Zero bytes: the moment between insert() and the writer's own first store.
bool counts_belong(uint64_t bytes, uint64_t number) {
  return bytes == 0 || bytes >> 20 == number;
}

// True where every field of the copy belongs to the flow that its key names.
bool is_consistent(const FlowSnapshot& seen) {
  const uint64_t number = seen.key.words[0];
  return seen.key == key_of(number) && ns_since_epoch(seen.first_seen) == first_seen_of(number) &&
         ns_since_epoch(seen.last_seen) >> 20 == static_cast<int64_t>(number) &&
         counts_belong(seen.bytes[0], number) && counts_belong(seen.bytes[1], number);
}

struct ReaderTally {
  uint64_t seen = 0;
  uint64_t torn = 0;
  uint64_t skipped = 0;
};

ReaderTally read_until(const FlowTable& table, const std::atomic<bool>& stop) {
  const FlowReader reader(table);
  ReaderTally tally;
  std::array<FlowSnapshot, 32> page;
  while (!stop.load(std::memory_order_relaxed)) {
    FlowCursor cursor;
    size_t count = page.size();
    while (count == page.size()) {
      count = reader.read(cursor, page);
      tally.seen += count;
      for (const FlowSnapshot& snapshot : std::span(page).first(count))
        tally.torn += is_consistent(snapshot) ? 0 : 1;
    }
    tally.skipped += cursor.skipped;
  }
  return tally;
}

TEST(StressFlowReader, NeverAcceptsACopyThatMixesTwoFlows) {
  Writer writer;
  std::atomic<bool> stop{false};
  std::array<ReaderTally, 2> tallies;
  std::vector<std::thread> readers;
  for (ReaderTally& tally : tallies)
    readers.emplace_back([&] { tally = read_until(writer.table(), stop); });
  const auto end = std::chrono::steady_clock::now() + seconds(4);
  while (std::chrono::steady_clock::now() < end) {
    for (int i = 0; i < 4096; ++i)
      writer.step();
  }
  stop.store(true);
  for (std::thread& reader : readers)
    reader.join();
  for (const ReaderTally& tally : tallies) {
    EXPECT_EQ(tally.torn, 0U);
    EXPECT_GT(tally.seen, 1000U);
    // Skipping is for a writer that was interrupted in the middle of a change.
    EXPECT_LT(tally.skipped, tally.seen / 10);
    std::cout << "seen " << tally.seen << ", skipped " << tally.skipped << '\n';
  }
  EXPECT_GT(writer.num_started(), 10'000U);
}

}  // namespace
}  // namespace flowtable
