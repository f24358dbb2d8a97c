// SPDX-License-Identifier: Apache-2.0
// FlowIndex's lookups: memory answers one question in the time it takes to ask many, so a burst is
// walked in rounds, and each round asks for the lines that the next one reads.
#include "flowtable/flow_index.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>

namespace flowtable {
namespace {

// Inlined by force: GCC 12 takes a function that only prefetches for one without effect, and drops
// calls of it. Into the second-level cache: the first level keeps about a dozen lines under way and
// the rest of a burst would wait for these.
[[gnu::always_inline]] inline void ask_for(const void* line) noexcept {
  __builtin_prefetch(line, 0, 2);
}

}  // namespace

[[gnu::always_inline]] inline Flow* FlowIndex::match(const FlowKey& key, const Bucket& bucket,
                                                     uint16_t tag) const noexcept {
  for (uint32_t slots = bucket.matches(tag); slots != 0; slots &= slots - 1) {
    Flow& flow = flows_[bucket.flows[first_slot(slots)].get()];
    if (flow.has_key(key)) return &flow;
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
    ask_for(&flows[candidates[count]]);
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
  bool any_networks = false;
  for (const FlowLookup& lookup : burst) {
    ask_for(&buckets_[primary_of(lookup.hash)]);
    any_networks |= lookup.key->has_networks();
  }
  uint64_t going_on = 0;  // bit i: lookup i looks at its secondary bucket
  static_assert(kBurstMax <= 64);
  for (size_t i = 0; i < burst.size(); ++i) {
    const uint16_t tag = tag_of(burst[i].hash);
    const Bucket& bucket = buckets_[primary_of(burst[i].hash)];
    const uint32_t slots = bucket.matches(tag);
    burst[i].flow = nullptr;
    listed.add(flows_, i, bucket, slots);
    const bool goes_on =
        static_cast<unsigned>(slots == 0) & static_cast<unsigned>(bucket.has_away(tag));
    going_on |= uint64_t{goes_on} << i;
  }
  for (uint64_t left = going_on; left != 0; left &= left - 1)
    ask_for(&buckets_[home_of(burst[std::countr_zero(left)].hash).secondary]);
  if (any_networks) {
    for (size_t n = 0; n < listed.count; ++n)
      ask_for(&flows_[listed.candidates[n + 1]].networks());
  }
  // Half of the answers while the secondary buckets come, half while the flows of these do.
  const auto answer_from = [&](size_t first, size_t end) {
    for (size_t n = first; n < end; ++n)
      answer(burst[listed.lookups[n]], flows_[listed.candidates[n + 1]]);
  };
  const size_t half = listed.count / 2;
  answer_from(0, half);
  for (; going_on != 0; going_on &= going_on - 1) {
    const auto i = static_cast<size_t>(std::countr_zero(going_on));
    const Home home = home_of(burst[i].hash);
    const Bucket& bucket = buckets_[home.secondary];
    listed.add(flows_, i, bucket, bucket.matches(home.tag));
  }
  answer_from(half, listed.count);
}

[[gnu::always_inline]] inline void FlowIndex::answer(FlowLookup& lookup,
                                                     Flow& candidate) const noexcept {
  // Another flow has the same tag: one lookup in many thousands.
  lookup.flow = candidate.has_key(*lookup.key) ? &candidate : find(*lookup.key, lookup.hash);
}

Flow* FlowIndex::find(const FlowKey& key, uint64_t hash) const noexcept {
  const Home home = home_of(hash);
  const Bucket& primary = buckets_[home.primary];
  Flow* const found = match(key, primary, home.tag);
  if (found != nullptr || !primary.has_away(home.tag)) return found;
  return match(key, buckets_[home.secondary], home.tag);
}

}  // namespace flowtable
