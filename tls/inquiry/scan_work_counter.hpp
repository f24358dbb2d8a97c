// SPDX-License-Identifier: Apache-2.0
// What the scanner's workers count.
#pragma once

#include "flowtable/base/counters.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tls {

// One value is one counter, one metric label and one row of `tapseal status`. The book balances:
// services = reports + those under way, and reports = with_tls + without_tls + not_open.
enum class ScanWorkCounter : uint8_t {
  events,
  events_late,
  replies,
  services,
  services_waited,
  services_overflowed,
  services_of_no_job,
  questions_forgotten,
  reports,
  with_tls,
  without_tls,
  not_open,
  false_open,
  stopped,
  observations,
  connections,
  thrown_away_bytes,
  orders,
  orders_waited,
  dials,
  redials,
  dials_waited,
  count_
};

[[nodiscard]] const flowtable::CounterTable<ScanWorkCounter>& scan_work_counter_table() noexcept;
[[nodiscard]] std::string_view name_of(ScanWorkCounter counter) noexcept;

using ScanWorkCounters = flowtable::Counters<ScanWorkCounter>;

}  // namespace tls
