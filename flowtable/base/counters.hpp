// SPDX-License-Identifier: Apache-2.0
// Counters named by an enum.
#pragma once

#include "flowtable/base/relaxed.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace flowtable {

// One counter for each value of Name, a dense `enum class` that ends with `count_`. One core
// writes, everybody reads; a block starts on a cache line of its own, so that cores do not share
// one. Values only grow. Wrap-around at 2^64 is out of reach.
template <typename Name>
class alignas(64) Counters {
 public:
  static constexpr size_t kSize = static_cast<size_t>(Name::count_);

  void add(Name name, uint64_t amount = 1) noexcept { slot(name).add(amount); }
  [[nodiscard]] uint64_t get(Name name) const noexcept {
    return values_[static_cast<size_t>(name)].get();
  }

 private:
  Relaxed<uint64_t>& slot(Name name) noexcept { return values_[static_cast<size_t>(name)]; }
  std::array<Relaxed<uint64_t>, kSize> values_;
};

// What a counter is called, and what it counts.
template <typename Name>
struct CounterText {
  Name counter;
  std::string_view name;
  std::string_view help;
};

// In the order of the enum.
template <typename Name>
using CounterTable = std::array<CounterText<Name>, Counters<Name>::kSize>;

template <typename Name>
constexpr bool is_in_order(const CounterTable<Name>& table) noexcept {
  for (size_t i = 0; i < table.size(); ++i) {
    if (static_cast<size_t>(table[i].counter) != i) return false;
  }
  return true;
}

}  // namespace flowtable
