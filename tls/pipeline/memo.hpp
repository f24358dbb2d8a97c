// SPDX-License-Identifier: Apache-2.0
// What was made of a key before.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "tls/digest/keyed_hash.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace tls {

// Bounded: sets of four entries, of which one that was not asked for lately makes room. Keys are
// compared whole, so what comes out is always what make() would give again. One thread.
template <typename Value>
class Memo {
 public:
  // Longer keys are not kept: what they are made of is a peer's to choose.
  static constexpr size_t kKeyBytesMax = 4096;

  // Rounded up to a power of two, at least four.
  explicit Memo(size_t entries_max) : entries_(std::bit_ceil(std::max(entries_max, kWays))) {}

  // The value of the key, from memory or by make(). Stays until the next call.
  template <typename Make>
  const Value& find_or_make(flowtable::Bytes key, Make&& make) {
    const uint64_t hash = keyed_hash(key, seed_);
    const std::span<Entry> set = set_of(hash);
    for (Entry& entry : set) {
      if (entry.hash != hash || !std::ranges::equal(entry.key, key)) continue;
      entry.state = State::asked_for;
      return entry.value;
    }
    if (key.size() > kKeyBytesMax) return unkept_ = make();
    Value made = make();  // before the entry is touched: it may throw
    Entry& entry = room_in(set);
    entry.key.assign(key.begin(), key.end());
    entry.hash = hash;
    entry.state = State::kept;
    return entry.value = std::move(made);
  }

 private:
  static constexpr size_t kWays = 4;

  enum class State : uint8_t { empty, kept, asked_for };
  struct Entry {
    uint64_t hash = 0;
    State state = State::empty;
    std::vector<uint8_t> key;
    Value value{};
  };

  [[nodiscard]] std::span<Entry> set_of(uint64_t hash) noexcept {
    return std::span(entries_).subspan((hash & (entries_.size() - 1)) & ~(kWays - 1), kWays);
  }
  // An empty one, else one that was not asked for since this was last needed.
  [[nodiscard]] Entry& room_in(std::span<Entry> set) noexcept {
    const auto least = [&] { return std::ranges::min_element(set, {}, &Entry::state); };
    if (least()->state != State::asked_for) return *least();
    for (Entry& entry : set)
      entry.state = State::kept;
    next_ = (next_ + 1) % kWays;  // else it would always be the first
    return set[next_];
  }

  const uint64_t seed_ = process_seed();
  std::vector<Entry> entries_;
  Value unkept_{};
  size_t next_ = 0;
};

}  // namespace tls
