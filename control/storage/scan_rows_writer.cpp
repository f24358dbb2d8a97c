// SPDX-License-Identifier: Apache-2.0
#include "control/storage/scan_rows_writer.hpp"

#include "control/storage/staged_merge.hpp"

namespace control {
namespace {

using flowtable::Failure;

// What was asked for, by whom and when stays as it was first said: this is the audit's row.
constexpr Merge kMergeScans{
    "scan", "id, sensor",
    "DO UPDATE SET ended = excluded.ended, state = excluded.state, targets = excluded.targets,"
    " sent = excluded.sent, open = excluded.open, closed = excluded.closed,"
    " unreachable = excluded.unreachable, silent = excluded.silent,"
    " lost_locally = excluded.lost_locally, tls = excluded.tls,"
    " certificates = excluded.certificates"};

// Asked again in the same job: the later answer stays. Deep looks that it did not repeat stay, too.
constexpr Merge kMergeServices{
    "scan_service", "scan, sensor, server, port, transport, name",
    "DO UPDATE SET ended = excluded.ended, tls = excluded.tls, outcome = excluded.outcome,"
    " connections = excluded.connections,"
    " no_tls = excluded.no_tls, starttls = excluded.starttls, speaks = excluded.speaks,"
    " step = excluded.step, code = excluded.code, alert = excluded.alert,"
    " jarm = coalesce(excluded.jarm, scan_service.jarm),"
    " accepted = coalesce(excluded.accepted, scan_service.accepted),"
    " group_classic = coalesce(excluded.group_classic, scan_service.group_classic),"
    " group_post_quantum = coalesce(excluded.group_post_quantum, scan_service.group_post_quantum)"
    " WHERE scan_service.ended <= excluded.ended"};

constexpr Merge kMergeTargets{
    "scan_target", "scan, sensor, server, port",
    "DO UPDATE SET ts = excluded.ts, outcome = excluded.outcome, attempt = excluded.attempt,"
    " icmp_type = excluded.icmp_type, icmp_code = excluded.icmp_code"
    " WHERE scan_target.ts <= excluded.ts"};

}  // namespace

OrDatabaseError<void> make_scan_staging(DatabaseConnection& database) {
  return database.run_script(
      "CREATE TEMP TABLE stage_scan (LIKE scan INCLUDING DEFAULTS) ON COMMIT DELETE ROWS;"
      "CREATE TEMP TABLE stage_scan_service (LIKE scan_service INCLUDING DEFAULTS)"
      " ON COMMIT DELETE ROWS;"
      "CREATE TEMP TABLE stage_scan_target (LIKE scan_target INCLUDING DEFAULTS)"
      " ON COMMIT DELETE ROWS");
}

OrDatabaseError<void> store_scan_rows(DatabaseConnection& database, const ScanRows& rows) {
  const auto jobs = stage_and_merge(database, kMergeScans, scan_columns(), rows.jobs);
  if (!jobs) return Failure{jobs.error()};
  const auto services =
      stage_and_merge(database, kMergeServices, scan_service_columns(), rows.services);
  if (!services) return Failure{services.error()};
  const auto targets =
      stage_and_merge(database, kMergeTargets, scan_target_columns(), rows.targets);
  if (!targets) return Failure{targets.error()};
  return {};
}

}  // namespace control
