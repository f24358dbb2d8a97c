// SPDX-License-Identifier: Apache-2.0
#include "tls/inquiry/scan_work_counter.hpp"

namespace tls {

namespace {

using enum ScanWorkCounter;

constexpr flowtable::CounterTable<ScanWorkCounter> kTable{{
    {events, "events", "events taken from the poll cores"},
    {events_late, "events_late", "events of connections that nobody waits for any more"},
    {replies, "replies", "outcomes of targets taken from the poll cores"},
    {services, "services", "services to ask: open targets and questions"},
    {services_waited, "services_waited", "services put off because enough were being asked"},
    {services_overflowed, "services_overflowed", "services given up because too many were put off"},
    {services_of_no_job, "services_of_no_job", "open targets of a job that was stopped"},
    {questions_forgotten, "questions_forgotten", "questions of a job that was stopped before them"},
    {reports, "reports", "services reported"},
    {with_tls, "with_tls", "reported services that speak TLS"},
    {without_tls, "without_tls", "reported services that are open and came to no TLS"},
    {not_open, "not_open", "reported services that could not be reached"},
    {false_open, "false_open", "services of which a middlebox said that they are open"},
    {stopped, "stopped", "services whose job was stopped before they were known"},
    {observations, "observations", "TLS sessions of our own observed"},
    {connections, "connections", "connections made for reported services"},
    {thrown_away_bytes, "thrown_away_bytes", "bytes of plaintext behind an agreement to TLS"},
    {orders, "orders", "orders given to the poll cores"},
    {orders_waited, "orders_waited", "orders that found their ring full and waited"},
    {dials, "dials", "connections asked of the poll cores"},
    {redials, "redials", "connections asked for again because a core had no room"},
    {dials_waited, "dials_waited", "dials that found their ring full and waited"},
}};

static_assert(flowtable::is_in_order(kTable));

}  // namespace

const flowtable::CounterTable<ScanWorkCounter>& scan_work_counter_table() noexcept {
  return kTable;
}

std::string_view name_of(ScanWorkCounter counter) noexcept {
  const auto index = static_cast<size_t>(counter);
  return index < kTable.size() ? kTable[index].name : std::string_view{};
}

}  // namespace tls
