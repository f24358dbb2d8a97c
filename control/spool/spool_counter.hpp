// SPDX-License-Identifier: Apache-2.0
// What the spool counts.
#pragma once

#include "control/spool/spool_load.hpp"
#include "flowtable/base/counters.hpp"

#include <cstdint>
#include <string_view>

namespace control {

// One value is one counter, one metric and one row of `tapseal status`, by the name in the table.
// The book balances at every moment, for records and for each kind of row:
// appended + recovered = released + dropped_full + dropped_damaged + refused + waiting.
enum class SpoolCounter : uint8_t {
  records_appended,
  rows_appended,
  scan_rows_appended,
  audit_rows_appended,
  records_recovered,
  rows_recovered,
  scan_rows_recovered,
  audit_rows_recovered,
  records_released,
  rows_released,
  scan_rows_released,
  audit_rows_released,
  records_dropped_full,
  rows_dropped_full,
  scan_rows_dropped_full,
  audit_rows_dropped_full,
  records_dropped_damaged,
  rows_dropped_damaged,
  scan_rows_dropped_damaged,
  audit_rows_dropped_damaged,
  records_refused,
  rows_refused,
  scan_rows_refused,
  audit_rows_refused,
  records_in_memory_only,
  write_errors,
  sync_errors,
  read_errors,
  bytes_written,
  segments_begun,
  segments_sealed,
  segments_dropped,
  segments_released,
  torn_tails,
  files_ignored,
  count_
};

[[nodiscard]] const flowtable::CounterTable<SpoolCounter>& spool_counter_table() noexcept;
[[nodiscard]] std::string_view name_of(SpoolCounter counter) noexcept;

using SpoolCounters = flowtable::Counters<SpoolCounter>;

// Records and what they weigh: a line of the book.
struct SpoolAmount {
  uint64_t records = 0;
  SpoolLoad load;

  constexpr SpoolAmount& operator+=(const SpoolAmount& other) noexcept {
    records += other.records;
    load += other.load;
    return *this;
  }
  constexpr SpoolAmount& operator-=(const SpoolAmount& other) noexcept {
    records -= other.records;
    load -= other.load;
    return *this;
  }
  friend constexpr SpoolAmount operator-(SpoolAmount left, const SpoolAmount& right) noexcept {
    return left -= right;
  }
  friend constexpr bool operator==(const SpoolAmount&, const SpoolAmount&) noexcept = default;
};

// What becomes of a record; the four counters of each stand together in the table.
enum class SpoolFate : uint8_t {
  appended,
  recovered,
  released,
  dropped_full,
  dropped_damaged,
  refused
};
void count(SpoolCounters& counters, SpoolFate fate, const SpoolAmount& amount) noexcept;
[[nodiscard]] SpoolAmount counted(const SpoolCounters& counters, SpoolFate fate) noexcept;

}  // namespace control
