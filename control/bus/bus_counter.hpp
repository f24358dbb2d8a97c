// SPDX-License-Identifier: Apache-2.0
// What goes over the bus.
#pragma once

#include "flowtable/base/counters.hpp"

#include <cstdint>
#include <string_view>

namespace control {

// One value is one counter, one metric and one row of `tapseal status`, by the name in the table.
enum class BusCounter : uint8_t {
  records_published,
  records_resent,
  publish_failures,
  notices,
  records_too_large,
  records_taken,
  records_stored,
  records_stored_before,
  records_out_of_turn,
  records_strange,
  rows_stored,
  rows_refused,
  scan_rows_stored,
  scan_rows_refused,
  store_failures,
  count_
};

[[nodiscard]] const flowtable::CounterTable<BusCounter>& bus_counter_table() noexcept;
[[nodiscard]] std::string_view name_of(BusCounter counter) noexcept;

using BusCounters = flowtable::Counters<BusCounter>;

}  // namespace control
