// SPDX-License-Identifier: Apache-2.0
#include "control/bus/bus_counter.hpp"

namespace control {
namespace {

using enum BusCounter;

constexpr flowtable::CounterTable<BusCounter> kTable = {{
    {records_published, "records_published", "records that the bus has taken from this sensor"},
    {records_resent, "records_resent", "of those, sent again because nobody said they were stored"},
    {publish_failures, "publish_failures", "attempts to send a record that failed"},
    {notices, "notices", "words of a writer how far this sensor's records are stored"},
    {records_too_large, "records_too_large",
     "records that no message of this bus holds; they are lost"},
    {records_taken, "records_taken", "records that this writer was handed by the bus"},
    {records_stored, "records_stored", "of those, committed to the database"},
    {records_stored_before, "records_stored_before", "of those, found stored already"},
    {records_out_of_turn, "records_out_of_turn",
     "of those, left out because their predecessor is missing; the sensor sends both again"},
    {records_strange, "records_strange", "messages that are no records"},
    {rows_stored, "rows_stored", "sessions of other sensors committed to the database"},
    {rows_refused, "rows_refused", "sessions of other sensors that the database refused"},
    {scan_rows_stored, "scan_rows_stored",
     "rows of other sensors' scanners committed to the database"},
    {scan_rows_refused, "scan_rows_refused",
     "rows of other sensors' scanners that the database refused"},
    {store_failures, "store_failures", "attempts to store a record that failed and were repeated"},
}};

static_assert(flowtable::is_in_order(kTable));

}  // namespace

const flowtable::CounterTable<BusCounter>& bus_counter_table() noexcept {
  return kTable;
}

std::string_view name_of(BusCounter counter) noexcept {
  return kTable[static_cast<size_t>(counter)].name;
}

}  // namespace control
