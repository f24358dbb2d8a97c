// SPDX-License-Identifier: Apache-2.0
#include "flowtable/flow_index.hpp"

#include "flowtable/base/check.hpp"

#include <tuple>

namespace flowtable {
namespace {

// Every field as a new flow has it. What a reader may look at is published: see BucketChange.
void start(Flow& flow, const FlowKey& key, Tick now) noexcept {
  for (size_t i = 0; i < flow.key.size(); ++i)
    flow.key[i].publish(key.words[i]);
  flow.last_seen_ns.publish(ns_since_epoch(now));
  flow.first_seen_ns.publish(ns_since_epoch(now));
  flow.tcp_state.publish(0);
  flow.stage.publish(FlowStage::probing);
  flow.flow_class.publish(FlowClass::embryonic);
  flow.originator.publish(Side::a);
  for (const Side side : {Side::a, Side::b}) {
    flow.bytes[index_of(side)].publish(0);
    flow.packets[index_of(side)].publish(0);
  }
  flow.next_seq = {};
  flow.isn = {};
  flow.tcp_flags = {};
  flow.probes_left = {};
  flow.capture = Flow::kNone;
}

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
  for (uint32_t slot = 0; slot < kBucketSlots; ++slot) {
    const Bucket& full = buckets_[from];
    const uint16_t tag = full.tags[slot];
    const uint32_t to = other_bucket(from, tag);
    if (buckets_[to].free_slots() == 0) continue;
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
  return false;
}

Flow& FlowIndex::least_of(const Home& home) const noexcept {
  Flow* least = nullptr;
  const auto worth = [](const Flow& flow) {
    return std::tuple(rank_of(flow.flow_class.get()), flow.last_seen_ns.get());
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
  start(flows_[index], key, now);
  fill(bucket, index, home);
}

void FlowIndex::rename(const Home& home, uint32_t index, const FlowKey& key) noexcept {
  remove(flows_[index]);
  const bool at_home = buckets_[home.primary].free_slots() != 0;
  const uint32_t bucket = at_home ? home.primary : home.secondary;
  const BucketChange change(buckets_[bucket]);
  for (size_t i = 0; i < key.words.size(); ++i)
    flows_[index].key[i].publish(key.words[i]);
  fill(bucket, index, home);
}

void FlowIndex::fill(uint32_t bucket, uint32_t index, const Home& home) noexcept {
  Bucket& filled = buckets_[bucket];
  const uint32_t slot = first_slot(filled.free_slots());
  DCHECK(slot < kBucketSlots);
  filled.tags[slot] = home.tag;
  if (bucket != home.primary) {
    filled.guests = static_cast<uint8_t>(filled.guests | 1U << slot);
    ++buckets_[home.primary].overflow;
  }
  flows_[index].bucket = bucket << kBucketSlotBits | slot;
  filled.flows[slot].publish(index);
}

void FlowIndex::clear(uint32_t bucket, uint32_t slot) noexcept {
  Bucket& left = buckets_[bucket];
  if ((left.guests >> slot & 1) != 0) {
    --buckets_[other_bucket(bucket, left.tags[slot])].overflow;
    left.guests = static_cast<uint8_t>(left.guests & ~(1U << slot));
  }
  left.tags[slot] = Bucket::kFreeTag;
  left.flows[slot].publish(Flow::kNone);
}

void FlowIndex::remove(Flow& flow) noexcept {
  const uint32_t bucket = flow.bucket >> kBucketSlotBits;
  const uint32_t slot = flow.bucket % kBucketSlots;
  const BucketChange change(buckets_[bucket]);
  clear(bucket, slot);
  flow.bucket = Flow::kNone;
}

}  // namespace flowtable
