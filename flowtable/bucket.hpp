// SPDX-License-Identifier: Apache-2.0
// One cache line of the flow table's index.
#pragma once

#include "flowtable/base/relaxed.hpp"
#include "flowtable/flow.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace flowtable {

inline constexpr uint32_t kBucketSlotBits = 3;
inline constexpr size_t kBucketSlots = 1U << kBucketSlotBits;
using BucketTags = std::array<uint16_t, kBucketSlots>;

// Bit i is set where tags[i] == tag. All eight are compared at once where the machine can; the
// loop is the definition.
[[nodiscard]] inline uint32_t matching_slots_portable(const BucketTags& tags,
                                                      uint16_t tag) noexcept {
  uint32_t out = 0;
  for (size_t i = 0; i < kBucketSlots; ++i)
    out |= uint32_t{tags[i] == tag} << i;
  return out;
}

#if defined(__SSE2__)
[[nodiscard]] inline uint32_t matching_slots(const BucketTags& tags, uint16_t tag) noexcept {
  const __m128i all = _mm_load_si128(reinterpret_cast<const __m128i*>(tags.data()));
  const __m128i equal = _mm_cmpeq_epi16(all, _mm_set1_epi16(static_cast<int16_t>(tag)));
  return static_cast<uint32_t>(_mm_movemask_epi8(_mm_packs_epi16(equal, _mm_setzero_si128())));
}
#elif defined(__aarch64__)
[[nodiscard]] inline uint32_t matching_slots(const BucketTags& tags, uint16_t tag) noexcept {
  constexpr std::array<uint16_t, kBucketSlots> kBits = {1, 2, 4, 8, 16, 32, 64, 128};
  const uint16x8_t equal = vceqq_u16(vld1q_u16(tags.data()), vdupq_n_u16(tag));
  return vaddvq_u16(vandq_u16(equal, vld1q_u16(kBits.data())));
}
#else
[[nodiscard]] inline uint32_t matching_slots(const BucketTags& tags, uint16_t tag) noexcept {
  return matching_slots_portable(tags, tag);
}
#endif

// Eight slots: a tag (sixteen bits of the hash, never 0 where the slot is taken) and the slab index
// of a flow each. The owner core alone writes, and alone reads `tags` and what is not Relaxed;
// a FlowReader reads `flows` and `sequence`.
struct alignas(64) Bucket {
  static constexpr uint16_t kFreeTag = 0;
  static constexpr uint8_t kAwayMax = 0xff;

  Bucket() noexcept {
    for (Relaxed<uint32_t>& flow : flows)
      flow.set(Flow::kNone);
  }

  BucketTags tags{};
  std::array<Relaxed<uint32_t>, kBucketSlots> flows;  // Flow::kNone: the slot is free
  // Odd while the bucket or the identity of a flow in it is being changed; see BucketChange.
  Relaxed<uint32_t> sequence;
  // Flows whose primary bucket this is and that live in their secondary one, by the lowest bits of
  // their tags. Where it is zero, a lookup that finds nothing here is over.
  std::array<uint8_t, 8> away{};
  // Bit i is set where slot i holds a flow whose secondary bucket this is.
  uint8_t guests = 0;

  [[nodiscard]] bool has_away(uint16_t tag) const noexcept { return away[tag % away.size()] != 0; }
  // Hashes that are all alike might bring more than it counts: then it stays where it is, for ever.
  void add_away(uint16_t tag) noexcept {
    uint8_t& count = away[tag % away.size()];
    if (count < kAwayMax) ++count;
  }
  void remove_away(uint16_t tag) noexcept {
    uint8_t& count = away[tag % away.size()];
    if (count < kAwayMax) --count;
  }

  [[nodiscard]] uint32_t matches(uint16_t tag) const noexcept { return matching_slots(tags, tag); }
  [[nodiscard]] uint32_t free_slots() const noexcept { return matches(kFreeTag); }
};
static_assert(sizeof(Bucket) == 64);
static_assert(alignof(Bucket) == 64);
static_assert(offsetof(Bucket, tags) == 0, "compared by one aligned load");

// The lowest slot of a set that is not empty.
[[nodiscard]] inline uint32_t first_slot(uint32_t slots) noexcept {
  // The extra bit tells the compiler that it is not empty.
  return static_cast<uint32_t>(std::countr_zero(slots | 1U << kBucketSlots));
}

// Keeps a bucket's sequence number odd for a scope. Everything a reader looks at must be written
// with publish() inside it: then whoever sees one of these values also sees the odd number before
// it, and whoever sees the even number after it sees all of them.
class BucketChange {
 public:
  explicit BucketChange(Bucket& bucket) noexcept : bucket_(bucket) {
    bucket_.sequence.set(bucket_.sequence.get() + 1);
  }
  ~BucketChange() { bucket_.sequence.publish(bucket_.sequence.get() + 1); }
  BucketChange(const BucketChange&) = delete;
  BucketChange& operator=(const BucketChange&) = delete;

 private:
  Bucket& bucket_;
};

}  // namespace flowtable
