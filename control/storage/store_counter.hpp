// SPDX-License-Identifier: Apache-2.0
// What the writer counts.
#pragma once

#include "flowtable/base/counters.hpp"

#include <cstdint>
#include <string_view>

namespace control {

// One value is one counter, one metric and one row of `tapseal status`, by the name in the table.
// The book balances, with what the spool counts: rows_accepted + recovered = rows_stored +
// rows_refused + store_queue_full + store_stopped + dropped or refused by the spool + the rows that
// are waiting. So does that of the scanner, by the counters that begin with scan_.
enum class StoreCounter : uint8_t {
  rows_accepted,
  rows_stored,
  rows_refused,
  store_queue_full,
  store_stopped,
  batches_stored,
  batches_stored_before,
  retries,
  connections,
  certificates_new,
  chains_new,
  accept_waits,
  scan_rows_accepted,
  scan_rows_stored,
  scan_rows_refused,
  scan_queue_full,
  scan_stopped,
  scan_log_lost,
  scan_log_refused,
  links_refused,
  count_
};

[[nodiscard]] const flowtable::CounterTable<StoreCounter>& store_counter_table() noexcept;
[[nodiscard]] std::string_view name_of(StoreCounter counter) noexcept;

using StoreCounters = flowtable::Counters<StoreCounter>;

}  // namespace control
