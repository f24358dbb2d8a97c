// SPDX-License-Identifier: Apache-2.0
// Caps on what goes to one subnet or one host.
#pragma once

#include "dataplane/scan/address_set.hpp"
#include "dataplane/scan/address_words.hpp"
#include "flowtable/base/tick.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace dataplane {

// A pacer (pacer.hpp) for each prefix, in a table of fixed size. Prefixes that share a place share
// its rate, which is stricter than asked for and never laxer. Who has to wait claims a time, so
// that those who wait do not all come at once; whether it may go is asked again when it comes.
// Allocates in the constructor only; one core.
class RateTable {
 public:
  static constexpr size_t kPlaces = size_t{1} << 16;

  // Of prefixes of `bits_v4` (of the 128-bit form) and `bits_v6`. per_second 0: no cap.
  struct Prefixes {
    int bits_v4;
    int bits_v6;
  };
  RateTable(double per_second, const Prefixes& prefixes)
      : prefixes_(prefixes), capped_(per_second > 0), places_(capped_ ? kPlaces : 1) {
    if (!capped_) return;
    // As in Pacer: no window of 100 ms has more than the rate allows.
    const double burst = std::max(per_second / 1000, 1.0);
    spacing_ = flowtable::TickSpan(static_cast<int64_t>(1e9 / (per_second - (burst - 1) * 10)) + 1);
    tolerance_ = flowtable::TickSpan(
        static_cast<int64_t>((burst - 1) * static_cast<double>(spacing_.count())));
  }

  // Of an address whose turn it is by its claim.
  [[nodiscard]] bool may_go(const flowtable::IpAddress& to, flowtable::Tick now) const noexcept {
    return !capped_ || place(to).due <= now + tolerance_;
  }
  // Of one that has claimed nothing: those who have go first.
  [[nodiscard]] bool may_go_unclaimed(const flowtable::IpAddress& to,
                                      flowtable::Tick now) const noexcept {
    if (!capped_) return true;
    const Place& at = place(to);
    return at.due <= now + tolerance_ && at.claimed <= now;
  }
  // Before a burst of others, so that they wait for memory together.
  [[gnu::always_inline]] void prefetch(const flowtable::IpAddress& to) const noexcept {
    if (capped_) __builtin_prefetch(&place(to), 1);
  }
  void went(const flowtable::IpAddress& to, flowtable::Tick now) noexcept {
    if (!capped_) return;
    Place& at = place(to);
    at.due = std::max(at.due, now) + spacing_;
  }
  // When to come again.
  [[nodiscard]] flowtable::Tick claim(const flowtable::IpAddress& to,
                                      flowtable::Tick now) noexcept {
    if (!capped_) return now;
    Place& at = place(to);
    const flowtable::Tick mine = std::max({at.claimed, at.due, now});
    at.claimed = mine + spacing_;
    return mine;
  }
  // The same of one whose claim was too early.
  [[nodiscard]] flowtable::Tick due(const flowtable::IpAddress& to,
                                    flowtable::Tick now) const noexcept {
    return capped_ ? std::max(place(to).due - tolerance_, now) : now;
  }

 private:
  struct Place {
    flowtable::Tick due{};
    flowtable::Tick claimed{};
  };

  [[nodiscard]] size_t index_of(const flowtable::IpAddress& to) const noexcept {
    if (!capped_) return 0;
    const AddressWords words = words_of(to);
    const uint64_t prefix = is_mapped(words) ? v4_number_of(words) >> (128 - prefixes_.bits_v4)
                                             : folded(number_of(to) >> (128 - prefixes_.bits_v6));
    return static_cast<size_t>(prefix * 0x9E3779B97F4A7C15 >> 48);
  }
  [[nodiscard]] static uint64_t folded(Uint128 prefix) noexcept {
    return static_cast<uint64_t>(prefix) ^ static_cast<uint64_t>(prefix >> 64);
  }
  [[nodiscard]] const Place& place(const flowtable::IpAddress& to) const noexcept {
    return places_[index_of(to)];
  }
  [[nodiscard]] Place& place(const flowtable::IpAddress& to) noexcept {
    return places_[index_of(to)];
  }

  Prefixes prefixes_;
  bool capped_;
  std::vector<Place> places_;
  flowtable::TickSpan spacing_{};
  flowtable::TickSpan tolerance_{};
};

}  // namespace dataplane
