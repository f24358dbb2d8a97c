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
// calls of it. Into the second-level cache: the first level keeps about a dozen lines under way and
// the rest of a burst would wait for these.
[[gnu::always_inline]] inline void ask_for(const void* line) noexcept {
  __builtin_prefetch(line, 0, 2);
}

[[gnu::always_inline]] inline void ask_for_flow(const Flow& flow) noexcept {
  ask_for(&flow.key);
  ask_for(&flow.first_seen_ns);
}

bool has_key(const Flow& flow, const FlowKey& key) noexcept {
  const auto difference = [&](size_t i) { return flow.key[i].get() ^ key.words[i]; };
  return (difference(0) | difference(1) | difference(2) | difference(3) | difference(4)) == 0;
}
static_assert(std::tuple_size_v<decltype(FlowKey::words)> == 5);

}  // namespace

[[gnu::always_inline]] inline Flow* FlowIndex::match(const FlowKey& key, const Bucket& bucket,
                                                     uint16_t tag) const noexcept {
  for (uint32_t slots = bucket.matches(tag); slots != 0; slots &= slots - 1) {
    Flow& flow = flows_[bucket.flows[first_slot(slots)].get()];
    if (has_key(flow, key)) return &flow;
  }
  return nullptr;
}

// Numbers of lookups in a burst. Not bytes: what is written to those may be any object, and the
// compiler would read everything again behind each.
using BurstIndex = uint16_t;

// The lookups of a burst that have met a flow with their tag.
struct FlowIndex::Listed {
  // candidates[n] is of lookups[n - 1]; [0] is there to be asked for where nobody is listed yet.
  std::array<uint32_t, kBurstMax + 1> candidates;
  std::array<BurstIndex, kBurstMax> lookups;
  size_t count = 0;

  // Puts lookup `i` and the flow of `slots` on the list, if there is one. No branch: whether there
  // is one is not to be foreseen. Asks for the last flow of the list: this one's, or again another.
  [[gnu::always_inline]] void add(const Flow* flows, size_t i, const Bucket& bucket,
                                  uint32_t slots) noexcept {
    lookups[count] = static_cast<BurstIndex>(i);
    candidates[count + 1] = bucket.flows[first_slot(slots) % kBucketSlots].get();
    count += slots != 0 ? 1 : 0;
    ask_for_flow(flows[candidates[count]]);
  }
};

void FlowIndex::find(std::span<FlowLookup> burst) const noexcept {
  while (!burst.empty()) {
    const size_t count = std::min(burst.size(), kBurstMax);
    find_round(burst.first(count));
    burst = burst.subspan(count);
  }
}

void FlowIndex::find_round(std::span<FlowLookup> burst) const noexcept {
  Listed listed;
  listed.candidates[0] = 0;
  std::array<BurstIndex, kBurstMax> further;  // those that look at their secondary bucket
  size_t num_further = 0;
  for (const FlowLookup& lookup : burst)
    ask_for(&buckets_[primary_of(lookup.hash)]);

  for (size_t i = 0; i < burst.size(); ++i) {
    const Bucket& bucket = buckets_[primary_of(burst[i].hash)];
    const uint32_t slots = bucket.matches(tag_of(burst[i].hash));
    burst[i].flow = nullptr;
    listed.add(flows_, i, bucket, slots);
    further[num_further] = static_cast<BurstIndex>(i);
    num_further += static_cast<size_t>(slots == 0) & static_cast<size_t>(bucket.overflow != 0);
  }
  const auto going_on = std::span(further).first(num_further);
  for (const BurstIndex i : going_on)
    ask_for(&buckets_[home_of(burst[i].hash).secondary]);
  for (const BurstIndex i : going_on) {
    const Home home = home_of(burst[i].hash);
    const Bucket& bucket = buckets_[home.secondary];
    listed.add(flows_, i, bucket, bucket.matches(home.tag));
  }
  for (size_t n = 0; n < listed.count; ++n)
    answer(burst[listed.lookups[n]], flows_[listed.candidates[n + 1]]);
}

[[gnu::always_inline]] inline void FlowIndex::answer(FlowLookup& lookup,
                                                     Flow& candidate) const noexcept {
  if (has_key(candidate, *lookup.key)) {
    lookup.flow = &candidate;
    // The packet path counts in the second line of what it finds. From the second level it is near,
    // and asking for it now is faster than leaving it there even for who does not look at it.
    __builtin_prefetch(&candidate.first_seen_ns);
  } else {
    // Another flow has the same tag: one lookup in many thousands.
    lookup.flow = find(*lookup.key, lookup.hash);
  }
}

Flow* FlowIndex::find(const FlowKey& key, uint64_t hash) const noexcept {
  const Home home = home_of(hash);
  const Bucket& primary = buckets_[home.primary];
  Flow* const found = match(key, primary, home.tag);
  if (found != nullptr || primary.overflow == 0) return found;
  return match(key, buckets_[home.secondary], home.tag);
}

}  // namespace flowtable
