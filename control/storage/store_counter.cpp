// SPDX-License-Identifier: Apache-2.0
#include "control/storage/store_counter.hpp"

namespace control {
namespace {

constexpr flowtable::CounterTable<StoreCounter> kTable = {{
    {StoreCounter::rows_accepted, "rows_accepted", "sessions handed to the writer"},
    {StoreCounter::rows_stored, "rows_stored", "sessions committed to the database"},
    {StoreCounter::rows_refused, "rows_refused",
     "sessions whose values the database refused; each is logged"},
    {StoreCounter::store_queue_full, "store_queue_full",
     "sessions dropped because the spool's disk was slower than they came"},
    {StoreCounter::store_stopped, "store_stopped",
     "sessions that were not yet in the spool when the writer had to stop"},
    {StoreCounter::batches_stored, "batches_stored",
     "records of the spool committed, each in a transaction"},
    {StoreCounter::batches_stored_before, "batches_stored_before",
     "records found committed already, after a death in between; stored once"},
    {StoreCounter::retries, "retries", "attempts to store a record that failed and were repeated"},
    {StoreCounter::connections, "connections", "connections made to the database"},
    {StoreCounter::certificates_new, "certificates_new", "certificates never seen before"},
    {StoreCounter::chains_new, "chains_new", "certificate chains never seen before"},
    {StoreCounter::accept_waits, "accept_waits",
     "deliveries that had to wait for room in the queue"},
    {StoreCounter::scan_rows_accepted, "scan_rows_accepted",
     "sessions, services and targets of the scanner handed to the writer"},
    {StoreCounter::scan_rows_stored, "scan_rows_stored", "of those, committed to the database"},
    {StoreCounter::scan_rows_refused, "scan_rows_refused",
     "of those, what the database refused; each is logged"},
    {StoreCounter::scan_queue_full, "scan_queue_full",
     "of those, dropped because the spool's disk was slower than they came"},
    {StoreCounter::scan_stopped, "scan_stopped",
     "of those, not yet in the spool when the writer had to stop"},
    {StoreCounter::scan_log_lost, "scan_log_lost",
     "rows of jobs that were not yet in the spool when the writer had to stop"},
    {StoreCounter::scan_log_refused, "scan_log_refused",
     "rows of jobs that the database refused; each is logged"},
    {StoreCounter::links_refused, "links_refused",
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
