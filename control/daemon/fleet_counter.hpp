// SPDX-License-Identifier: Apache-2.0
// What this scanner's part in the fleet counts.
#pragma once

#include "flowtable/base/counters.hpp"

#include <cstdint>
#include <string_view>

namespace control {

enum class FleetCounter : uint8_t {
  ranges_claimed,
  ranges_taken_over,
  ranges_finished,
  ranges_given_back,
  leases_renewed,
  leases_run_out,
  leases_fenced,
  database_away,
  count_
};

inline constexpr flowtable::CounterTable<FleetCounter> kFleetCounterTable = {{
    {FleetCounter::ranges_claimed, "ranges_claimed", "parts of shared scans taken on loan"},
    {FleetCounter::ranges_taken_over, "ranges_taken_over",
     "of these, such as another scanner had and did not give back"},
    {FleetCounter::ranges_finished, "ranges_finished", "of these, finished"},
    {FleetCounter::ranges_given_back, "ranges_given_back",
     "of these, given back for others to go on with"},
    {FleetCounter::leases_renewed, "leases_renewed", "renewals that the database confirmed"},
    {FleetCounter::leases_run_out, "leases_run_out",
     "leases that ended unrenewed: nothing of their range was sent any more"},
    {FleetCounter::leases_fenced, "leases_fenced",
     "renewals refused because another scanner has the range"},
    {FleetCounter::database_away, "database_away",
     "questions of the fleet that the database did not answer"},
}};
static_assert(flowtable::is_in_order(kFleetCounterTable));
using FleetCounters = flowtable::Counters<FleetCounter>;

}  // namespace control
