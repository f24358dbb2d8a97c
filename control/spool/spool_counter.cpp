// SPDX-License-Identifier: Apache-2.0
#include "control/spool/spool_counter.hpp"

namespace control {
namespace {

using enum SpoolCounter;

constexpr flowtable::CounterTable<SpoolCounter> kTable = {{
    {records_appended, "records_appended", "records handed to the spool"},
    {rows_appended, "rows_appended", "sessions of the tap handed to the spool"},
    {scan_rows_appended, "scan_rows_appended", "rows of the scanner handed to the spool"},
    {audit_rows_appended, "audit_rows_appended", "audit rows of jobs handed to the spool"},
    {records_recovered, "records_recovered",
     "records of earlier runs, found waiting on disk when the spool was opened"},
    {rows_recovered, "rows_recovered",
     "sessions of the tap of earlier runs, found waiting on disk when the spool was opened"},
    {scan_rows_recovered, "scan_rows_recovered",
     "rows of the scanner of earlier runs, found waiting on disk when the spool was opened"},
    {audit_rows_recovered, "audit_rows_recovered",
     "audit rows of jobs of earlier runs, found waiting on disk when the spool was opened"},
    {records_released, "records_released", "records known to be durable in the database"},
    {rows_released, "rows_released", "sessions of the tap known to be durable in the database"},
    {scan_rows_released, "scan_rows_released",
     "rows of the scanner known to be durable in the database"},
    {audit_rows_released, "audit_rows_released",
     "audit rows of jobs known to be durable in the database"},
    {records_dropped_full, "records_dropped_full",
     "records dropped unread because the spool was full"},
    {rows_dropped_full, "rows_dropped_full",
     "sessions of the tap dropped unread because the spool was full"},
    {scan_rows_dropped_full, "scan_rows_dropped_full",
     "rows of the scanner dropped unread because the spool was full"},
    {audit_rows_dropped_full, "audit_rows_dropped_full",
     "audit rows of jobs dropped unread because the spool was full"},
    {records_dropped_damaged, "records_dropped_damaged",
     "records that the disk gave back damaged or not at all"},
    {rows_dropped_damaged, "rows_dropped_damaged",
     "sessions of the tap that the disk gave back damaged or not at all"},
    {scan_rows_dropped_damaged, "scan_rows_dropped_damaged",
     "rows of the scanner that the disk gave back damaged or not at all"},
    {audit_rows_dropped_damaged, "audit_rows_dropped_damaged",
     "audit rows of jobs that the disk gave back damaged or not at all"},
    {records_refused, "records_refused",
     "records not taken because the spool was full or neither disk nor memory would hold them"},
    {rows_refused, "rows_refused",
     "sessions of the tap not taken because the spool was full or neither disk nor memory would "
     "hold them"},
    {scan_rows_refused, "scan_rows_refused",
     "rows of the scanner not taken because the spool was full or neither disk nor memory would "
     "hold them"},
    {audit_rows_refused, "audit_rows_refused",
     "audit rows of jobs not taken because the spool was full or neither disk nor memory would "
     "hold them"},
    {records_in_memory_only, "records_in_memory_only",
     "records that the disk would not take and that wait in memory alone"},
    {write_errors, "write_errors", "writes, creations and removals of files that failed"},
    {sync_errors, "sync_errors", "times that the disk would not confirm what was written to it"},
    {read_errors, "read_errors", "reads that failed; what they were to bring counts as damaged"},
    {bytes_written, "bytes_written", "bytes of records written to disk"},
    {segments_begun, "segments_begun", "segment files begun"},
    {segments_sealed, "segments_sealed", "segment files completed"},
    {segments_dropped, "segments_dropped", "segment files dropped because the spool was full"},
    {segments_released, "segments_released",
     "segment files removed after all in them was released"},
    {torn_tails, "torn_tails",
     "segment files whose last write a killed process had left half done; it is cut off"},
    {files_ignored, "files_ignored",
     "files in the spool's directory that are none of its own, or contradict others"},
}};

static_assert(flowtable::is_in_order(kTable));

constexpr size_t kPerFate = 4;
static_assert(static_cast<size_t>(records_refused) ==
              kPerFate * static_cast<size_t>(SpoolFate::refused));

constexpr SpoolCounter at(SpoolFate fate, size_t which) {
  return static_cast<SpoolCounter>(kPerFate * static_cast<size_t>(fate) + which);
}

}  // namespace

const flowtable::CounterTable<SpoolCounter>& spool_counter_table() noexcept {
  return kTable;
}

std::string_view name_of(SpoolCounter counter) noexcept {
  return kTable[static_cast<size_t>(counter)].name;
}

void count(SpoolCounters& counters, SpoolFate fate, const SpoolAmount& amount) noexcept {
  counters.add(at(fate, 0), amount.records);
  counters.add(at(fate, 1), amount.load.rows);
  counters.add(at(fate, 2), amount.load.scan_rows);
  counters.add(at(fate, 3), amount.load.audit_rows);
}

SpoolAmount counted(const SpoolCounters& counters, SpoolFate fate) noexcept {
  return {counters.get(at(fate, 0)),
          {counters.get(at(fate, 1)), counters.get(at(fate, 2)), counters.get(at(fate, 3))}};
}

}  // namespace control
