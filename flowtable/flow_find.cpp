// SPDX-License-Identifier: Apache-2.0
// FlowIndex's lookups: memory answers one question in the time it takes to ask many, so a burst is
// walked in rounds, and each round asks for the lines that the next one reads.
#include "flowtable/flow_index.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <tuple>

namespace flowtable {
namespace {

// Inlined by force: GCC 12 takes a function that only prefetches for one without effect, and drops
// calls of it.
[[gnu::always_inline]] inline void prefetch_flow(const Flow& flow) noexcept {
  // The packet path counts in the second line of what it finds.
  __builtin_prefetch(&flow.key);
  __builtin_prefetch(&flow.first_seen_ns);
}

bool has_key(const Flow& flow, const FlowKey& key) noexcept {
  const auto difference = [&](size_t i) { return flow.key[i].get() ^ key.words[i]; };
  return (difference(0) | difference(1) | difference(2) | difference(3) | difference(4)) == 0;
}
static_assert(std::tuple_size_v<decltype(FlowKey::words)> == 5);

}  // namespace

// Where a lookup of a burst stands.
struct FlowIndex::Step {
  uint32_t primary;
  uint16_t tag;
  uint8_t slots;   // of the bucket it looks at: those with the tag
  bool secondary;  // it looks at the secondary bucket: the primary one has no such tag
};

[[gnu::always_inline]] inline Flow* FlowIndex::match(const FlowKey& key, const Bucket& bucket,
                                                     uint32_t slots) const noexcept {
  for (; slots != 0; slots &= slots - 1) {
    Flow& flow = flows_[bucket.flows[first_slot(slots)].get()];
    if (has_key(flow, key)) return &flow;
  }
  return nullptr;
}

[[gnu::always_inline]] inline void FlowIndex::aim(const FlowLookup& lookup,
                                                  Step& step) const noexcept {
  const Home home = home_of(lookup.hash);
  const Bucket& bucket = buckets_[home.primary];
  const uint32_t slots = bucket.matches(home.tag);
  step = {home.primary, home.tag, static_cast<uint8_t>(slots), slots == 0 && bucket.overflow != 0};
  if (slots != 0) {
    prefetch_flow(flows_[bucket.flows[first_slot(slots)].get()]);
  } else if (step.secondary) {
    __builtin_prefetch(&buckets_[home.secondary]);
  }
}

[[gnu::always_inline]] inline Flow* FlowIndex::answer(const FlowKey& key,
                                                      const Step& step) const noexcept {
  const uint32_t other = other_bucket(step.primary, step.tag);
  if (step.secondary) return match(key, buckets_[other], step.slots);
  const Bucket& primary = buckets_[step.primary];
  Flow* const found = match(key, primary, step.slots);
  if (found != nullptr || step.slots == 0 || primary.overflow == 0) return found;
  // Another flow of the primary bucket has the same tag: one lookup in many thousands.
  return match(key, buckets_[other], buckets_[other].matches(step.tag));
}

void FlowIndex::find(std::span<FlowLookup> burst) const noexcept {
  while (!burst.empty()) {
    const size_t count = std::min(burst.size(), kBurstMax);
    find_round(burst.first(count));
    burst = burst.subspan(count);
  }
}

void FlowIndex::find_round(std::span<FlowLookup> burst) const noexcept {
  std::array<Step, kBurstMax> steps;
  std::array<uint8_t, kBurstMax> further;  // those that look at their secondary bucket
  size_t num_further = 0;
  for (const FlowLookup& lookup : burst)
    __builtin_prefetch(&buckets_[static_cast<uint32_t>(lookup.hash) & mask_]);

  for (size_t i = 0; i < burst.size(); ++i) {
    aim(burst[i], steps[i]);
    further[num_further] = static_cast<uint8_t>(i);
    num_further += steps[i].secondary ? 1 : 0;
  }
  for (size_t i = 0; i < num_further; ++i) {
    Step& step = steps[further[i]];
    const Bucket& bucket = buckets_[other_bucket(step.primary, step.tag)];
    step.slots = static_cast<uint8_t>(bucket.matches(step.tag));
    if (step.slots != 0) prefetch_flow(flows_[bucket.flows[first_slot(step.slots)].get()]);
  }
  for (size_t i = 0; i < burst.size(); ++i)
    burst[i].flow = answer(*burst[i].key, steps[i]);
}

Flow* FlowIndex::find(const FlowKey& key, uint64_t hash) const noexcept {
  Step step;
  aim(FlowLookup{&key, hash, nullptr}, step);
  if (step.secondary) {
    const Bucket& bucket = buckets_[other_bucket(step.primary, step.tag)];
    step.slots = static_cast<uint8_t>(bucket.matches(step.tag));
  }
  return answer(key, step);
}

}  // namespace flowtable
