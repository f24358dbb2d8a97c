// SPDX-License-Identifier: Apache-2.0
// SYNs whose connections have no flow yet (the idea: Lemon, "Resisting SYN flood DoS attacks with a
// SYN cache", BSDCon 2002).
#pragma once

#include "flowtable/base/aligned_array.hpp"
#include "flowtable/base/byte_reader.hpp"
#include "flowtable/base/tick.hpp"
#include "flowtable/flow_key.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace flowtable {

// All that one SYN said: one cache line.
struct alignas(64) CachedSyn {
  static constexpr size_t kOptionsMax = 40;  // RFC 9293 section 3.1

  Tick tick{};
  uint32_t tag = 0;  // the hash's high half: its low bits chose the place
  uint32_t seq = 0;
  uint16_t window = 0;
  uint16_t wire_bytes = 0;
  uint8_t ttl = 0;
  uint8_t tcp_flags = 0;
  uint8_t options_size = 0;
  Side sender = Side::a;
  std::array<uint8_t, kOptionsMax> options{};

  [[nodiscard]] Bytes tcp_options() const noexcept { return Bytes(options).first(options_size); }
};
static_assert(sizeof(CachedSyn) == 64);

// While very many connections are being opened nearly all of them come to nothing, and a SYN gets
// this line instead of a flow's record, listing, timers and notes, which take nine. Whoever goes on
// then gets a flow from what was kept. A newer SYN overwrites an older one at its place. Memory is
// laid out by the constructor; one owner core.
class SynCache {
 public:
  // Rounded up to a power of two.
  explicit SynCache(uint32_t syns_max);

  // False until the first put(): whoever has no flow need not be looked for here.
  [[nodiscard]] bool in_use() const noexcept { return in_use_; }
  [[gnu::always_inline]] void prefetch(uint64_t hash) const noexcept {
    __builtin_prefetch(&place(hash), 1);
  }

  // `syn.tag` is filled in here. Returns what is at the place now, to be filled in.
  CachedSyn& put(uint64_t hash) noexcept {
    in_use_ = true;
    CachedSyn& syn = place(hash);
    syn.tag = tag_of(hash);
    return syn;
  }
  // The SYN of this hash, until the next put(); null where there is none.
  [[nodiscard]] const CachedSyn* find(uint64_t hash) const noexcept {
    const CachedSyn& syn = place(hash);
    return syn.tag == tag_of(hash) ? &syn : nullptr;
  }
  // It is not found again.
  void forget(uint64_t hash) noexcept { place(hash).tag = kNothing; }

  [[nodiscard]] size_t memory_bytes() const noexcept { return syns_.memory_bytes(); }

 private:
  static constexpr uint32_t kNothing = 0;
  static uint32_t tag_of(uint64_t hash) noexcept {
    return std::max(static_cast<uint32_t>(hash >> 32), kNothing + 1);
  }
  [[nodiscard]] CachedSyn& place(uint64_t hash) const noexcept {
    return syns_[hash & (syns_.size() - 1)];
  }

  AlignedArray<CachedSyn> syns_;
  bool in_use_ = false;
};

}  // namespace flowtable
