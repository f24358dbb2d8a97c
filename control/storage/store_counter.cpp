// SPDX-License-Identifier: Apache-2.0
#include "control/storage/store_counter.hpp"

namespace control {
namespace {

using enum StoreCounter;

constexpr flowtable::CounterTable<StoreCounter> kTable = {{
    {rows_accepted, "rows_accepted", "sessions handed to the writer"},
    {rows_stored, "rows_stored", "sessions committed to the database"},
    {rows_refused, "rows_refused", "sessions whose values the database refused; each is logged"},
    {store_queue_full, "store_queue_full",
     "sessions dropped because the spool's disk was slower than they came"},
    {store_stopped, "store_stopped",
     "sessions that were not yet in the spool when the writer had to stop"},
    {batches_stored, "batches_stored", "records of the spool committed, each in a transaction"},
    {batches_stored_before, "batches_stored_before",
     "records found committed already, after a death in between; stored once"},
    {retries, "retries", "attempts to store a record that failed and were repeated"},
    {connections, "connections", "connections made to the database"},
    {certificates_new, "certificates_new", "certificates never seen before"},
    {chains_new, "chains_new", "certificate chains never seen before"},
    {accept_waits, "accept_waits", "deliveries that had to wait for room in the queue"},
    {scan_rows_accepted, "scan_rows_accepted",
     "sessions, services and targets of the scanner handed to the writer"},
    {scan_rows_stored, "scan_rows_stored", "of those, committed to the database"},
    {scan_rows_refused, "scan_rows_refused", "of those, what the database refused; each is logged"},
    {scan_queue_full, "scan_queue_full",
     "of those, dropped because the spool's disk was slower than they came"},
    {scan_stopped, "scan_stopped", "of those, not yet in the spool when the writer had to stop"},
    {scan_log_lost, "scan_log_lost",
     "rows of jobs that were not yet in the spool when the writer had to stop"},
    {scan_log_refused, "scan_log_refused",
     "rows of jobs that the database refused; each is logged"},
    {links_refused, "links_refused",
     "certificates, chains, fingerprints and links that the database refused; each is logged"},
}};

static_assert(flowtable::is_in_order(kTable));

}  // namespace

const flowtable::CounterTable<StoreCounter>& store_counter_table() noexcept {
  return kTable;
}

std::string_view name_of(StoreCounter counter) noexcept {
  return kTable[static_cast<size_t>(counter)].name;
}

}  // namespace control
