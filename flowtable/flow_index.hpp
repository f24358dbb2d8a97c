// SPDX-License-Identifier: Apache-2.0
// From a key to its record.
#pragma once

#include "flowtable/base/aligned_array.hpp"
#include "flowtable/base/tick.hpp"
#include "flowtable/bucket.hpp"
#include "flowtable/flow.hpp"
#include "flowtable/flow_key.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace flowtable {

// One question of a burst, and its answer.
struct FlowLookup {
  const FlowKey* key = nullptr;
  uint64_t hash = 0;     // hash_flow_key(*key, the run's seed)
  Flow* flow = nullptr;  // answer: null where the table does not know the key
};

// Buckets of one cache line, two for each key: the primary by the low half of the hash, the
// secondary derived from the primary and the tag, so that it is known from a slot alone. A flow
// lives in its primary bucket unless that was full. There are so many buckets that even a table
// that is full to flows_max fills at most 11 of 16 slots. The owner core calls everything here.
class FlowIndex {
 public:
  static constexpr size_t kBurstMax = 64;
  // Flow::bucket names a bucket and a slot of it, and has to keep kNone free.
  static constexpr size_t kBucketsMax = size_t{1} << (32 - kBucketSlotBits - 1);

  // Where a hash may live.
  struct Home {
    uint32_t primary;
    uint32_t secondary;
    uint16_t tag;
  };

  // `flows` is the slab that the slots point into.
  FlowIndex(uint32_t flows_max, Flow* flows);

  void find(std::span<FlowLookup> burst) const noexcept;
  [[nodiscard]] Flow* find(const FlowKey& key, uint64_t hash) const noexcept;

  [[nodiscard]] Home home_of(uint64_t hash) const noexcept;
  // True where one of the two buckets has a free slot; makes one, if it has to, by moving one flow
  // of the two to that flow's other bucket.
  [[nodiscard]] bool make_slot(const Home& home) noexcept;
  // Where make_slot() failed: the flow of the two buckets whose loss matters least. Embryonic ones
  // first, then closing ones, then the others; of these the one longest silent.
  [[nodiscard]] Flow& least_of(const Home& home) const noexcept;
  // Lists record `index` under `home` after make_slot(), and writes the record's start.
  void add(const Home& home, uint32_t index, const FlowKey& key, Tick now) noexcept;
  void remove(Flow& flow) noexcept;
  // The same record under another key, after make_slot(); keeps everything else of it.
  void rename(const Home& home, uint32_t index, const FlowKey& key) noexcept;

  // Asks the memory for what make_slot() will look at, as far as the primary bucket tells.
  // Inlined by force, all that ask: see ask_for() in flow_find.cpp.
  [[gnu::always_inline]] void prefetch_slot(uint64_t hash) const noexcept {
    const Home home = home_of(hash);
    if (buckets_[home.primary].free_slots() == 0) {
      __builtin_prefetch(&buckets_[home.secondary], 1);
    }
  }
  // Asks the memory for the bucket that lists a flow, to be changed.
  [[gnu::always_inline]] void prefetch_listing(const Flow& flow) const noexcept {
    __builtin_prefetch(&buckets_[flow.details().bucket >> kBucketSlotBits], 1);
  }

  // For readers: the buckets never move while the index lives.
  [[nodiscard]] std::span<const Bucket> buckets() const noexcept {
    return {buckets_.get(), buckets_.size()};
  }
  [[nodiscard]] size_t memory_bytes() const noexcept { return buckets_.memory_bytes(); }

 private:
  struct Listed;
  void find_round(std::span<FlowLookup> burst) const noexcept;
  void answer(FlowLookup& lookup, Flow& candidate) const noexcept;
  [[nodiscard]] Flow* match(const FlowKey& key, const Bucket& bucket, uint16_t tag) const noexcept;

  [[nodiscard]] uint32_t primary_of(uint64_t hash) const noexcept;
  [[nodiscard]] static uint16_t tag_of(uint64_t hash) noexcept;
  [[nodiscard]] uint32_t other_bucket(uint32_t bucket, uint16_t tag) const noexcept;
  [[nodiscard]] bool move_one_out_of(uint32_t from) noexcept;
  [[nodiscard]] bool move_to_other_bucket(uint32_t from, uint32_t slot) noexcept;
  // Both inside a BucketChange of the bucket.
  void fill(uint32_t bucket, uint32_t index, const Home& home) noexcept;
  void clear(uint32_t bucket, uint32_t slot) noexcept;

  Flow* flows_;
  AlignedArray<Bucket> buckets_;
  uint32_t num_buckets_;  // even
};

// The part of `num_buckets` that `number` is of 2^32: a division by another name (Lemire, "Fast
// random integer generation in an interval", 2019), so that any number of buckets will do.
[[nodiscard]] constexpr uint32_t share_of(uint32_t number, uint32_t num_buckets) noexcept {
  return static_cast<uint32_t>(uint64_t{number} * num_buckets >> 32);
}

inline uint32_t FlowIndex::primary_of(uint64_t hash) const noexcept {
  return share_of(static_cast<uint32_t>(hash), num_buckets_);
}

inline uint16_t FlowIndex::tag_of(uint64_t hash) noexcept {
  // The tag shares no bits with the bucket number, nor with the highest bits of the hash: these
  // chose the core, and so are alike for all flows here.
  const uint16_t bits = static_cast<uint16_t>(hash >> 32);
  return bits == Bucket::kFreeTag ? uint16_t{1} : bits;
}

inline FlowIndex::Home FlowIndex::home_of(uint64_t hash) const noexcept {
  const uint16_t tag = tag_of(hash);
  const uint32_t primary = primary_of(hash);
  return {primary, other_bucket(primary, tag), tag};
}

inline uint32_t FlowIndex::other_bucket(uint32_t bucket, uint16_t tag) const noexcept {
  // The two of a flow add up to a number that the tag gives, modulo the number of buckets, so each
  // leads to the other. That number is odd and the number of buckets even: they are never the same.
  constexpr uint32_t kSpread = 0x9e3779b1;
  const uint32_t sum = share_of(tag * kSpread, num_buckets_) | 1;
  return sum >= bucket ? sum - bucket : sum + num_buckets_ - bucket;
}

}  // namespace flowtable
