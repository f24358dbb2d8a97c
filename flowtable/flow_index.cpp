// SPDX-License-Identifier: Apache-2.0
#include "flowtable/flow_index.hpp"

#include "flowtable/base/check.hpp"

#include <tuple>

namespace flowtable {
namespace {

// Who is missed more, the later.
uint8_t rank_of(FlowClass flow_class) noexcept {
  switch (flow_class) {
    case FlowClass::embryonic:
      return 0;
    case FlowClass::closing:
      return 1;
    default:
      return 2;
  }
}

}  // namespace

bool FlowIndex::make_slot(const Home& home) noexcept {
  const bool free_slot =
      buckets_[home.primary].free_slots() != 0 || buckets_[home.secondary].free_slots() != 0;
  return free_slot || move_one_out_of(home.primary) || move_one_out_of(home.secondary);
}

bool FlowIndex::move_one_out_of(uint32_t from) noexcept {
  // Guests first, for they go home: the more flows are away, the more lookups read two buckets.
  const uint32_t guests = buckets_[from].guests;
  const uint32_t all = (1U << kBucketSlots) - 1;
  for (const uint32_t some : {guests, all & ~guests}) {
    for (uint32_t slots = some; slots != 0; slots &= slots - 1)
      if (move_to_other_bucket(from, first_slot(slots))) return true;
  }
  return false;
}

bool FlowIndex::move_to_other_bucket(uint32_t from, uint32_t slot) noexcept {
  const Bucket& full = buckets_[from];
  const uint16_t tag = full.tags[slot];
  const uint32_t to = other_bucket(from, tag);
  if (buckets_[to].free_slots() == 0) return false;
  const bool guest = (full.guests >> slot & 1) != 0;
  const uint32_t primary = guest ? to : from;
  const uint32_t index = full.flows[slot].get();
  // First there, then gone here: a reader may meet the flow twice, but not miss it.
  {
    const BucketChange change(buckets_[to]);
    fill(to, index, Home{primary, other_bucket(primary, tag), tag});
  }
  const BucketChange change(buckets_[from]);
  clear(from, slot);
  return true;
}

Flow& FlowIndex::least_of(const Home& home) const noexcept {
  Flow* least = nullptr;
  const auto worth = [](const Flow& flow) {
    return std::tuple(rank_of(flow.flow_class()), flow.last_seen_ns.get());
  };
  for (const uint32_t bucket : {home.primary, home.secondary}) {
    for (const Relaxed<uint32_t>& index : buckets_[bucket].flows) {
      Flow& flow = flows_[index.get()];
      if (least == nullptr || worth(flow) < worth(*least)) least = &flow;
    }
  }
  return *least;
}

void FlowIndex::add(const Home& home, uint32_t index, const FlowKey& key, Tick now) noexcept {
  const bool at_home = buckets_[home.primary].free_slots() != 0;
  const uint32_t bucket = at_home ? home.primary : home.secondary;
  const BucketChange change(buckets_[bucket]);
  flows_[index].start(key, now);
  fill(bucket, index, home);
}

void FlowIndex::rename(const Home& home, uint32_t index, const FlowKey& key) noexcept {
  remove(flows_[index]);
  const bool at_home = buckets_[home.primary].free_slots() != 0;
  const uint32_t bucket = at_home ? home.primary : home.secondary;
  const BucketChange change(buckets_[bucket]);
  flows_[index].publish_key(key);
  fill(bucket, index, home);
}

void FlowIndex::fill(uint32_t bucket, uint32_t index, const Home& home) noexcept {
  Bucket& filled = buckets_[bucket];
  const uint32_t slot = first_slot(filled.free_slots());
  DCHECK(slot < kBucketSlots);
  filled.tags[slot] = home.tag;
  if (bucket != home.primary) {
    filled.guests = static_cast<uint8_t>(filled.guests | 1U << slot);
    buckets_[home.primary].add_away(home.tag);
  }
  flows_[index].details().bucket = bucket << kBucketSlotBits | slot;
  filled.flows[slot].publish(index);
}

void FlowIndex::clear(uint32_t bucket, uint32_t slot) noexcept {
  Bucket& left = buckets_[bucket];
  if ((left.guests >> slot & 1) != 0) {
    buckets_[other_bucket(bucket, left.tags[slot])].remove_away(left.tags[slot]);
    left.guests = static_cast<uint8_t>(left.guests & ~(1U << slot));
  }
  left.tags[slot] = Bucket::kFreeTag;
  left.flows[slot].publish(Flow::kNone);
}

void FlowIndex::remove(Flow& flow) noexcept {
  uint32_t& listing = flow.details().bucket;
  const uint32_t bucket = listing >> kBucketSlotBits;
  const uint32_t slot = listing % kBucketSlots;
  const BucketChange change(buckets_[bucket]);
  clear(bucket, slot);
  listing = Flow::kNone;
}

}  // namespace flowtable
