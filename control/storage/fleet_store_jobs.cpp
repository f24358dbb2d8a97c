// SPDX-License-Identifier: Apache-2.0
// Fleet scans as a whole. (Loans of their ranges: fleet_store.cpp.)
#include "control/storage/fleet_store.hpp"
#include "control/storage/fleet_transaction.hpp"

#include <string>

namespace control {

using flowtable::Error;
using flowtable::Failure;
using flowtable::OrError;

namespace {

constexpr char kJoin[] =
    "INSERT INTO fleet_member (sensor, askable, seen) VALUES ($1, $2, now())"
    " ON CONFLICT (sensor) DO UPDATE SET askable = excluded.askable, seen = excluded.seen";

constexpr char kCreate[] =
    "INSERT INTO fleet_scan (uid, seed, targets, left_out, shards, rate, sensor, who, spec,"
    " config_hash, barred) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, decode($10, 'hex'), $11)"
    " RETURNING id";

constexpr char kAddZone[] =
    "WITH added AS (INSERT INTO fleet_zone (fleet, zone, targets, addresses, shards)"
    "  VALUES ($1::bigint, $2::int, $3::bigint, $4, $5::int))"
    " INSERT INTO scan_range (fleet, zone, shard)"
    " SELECT $1::bigint, $2::int, n FROM generate_series(0, $5::int - 1) n";

// One row per job and per scanner of it; a job's own row, without a scanner, comes first.
constexpr char kRows[] =
    "WITH jobs AS (SELECT * FROM fleet_scan ORDER BY id DESC LIMIT $1),"
    " parts AS (SELECT r.fleet, r.holder AS scanner, count(*) AS ranges,"
    "  count(*) FILTER (WHERE r.state = 'done') AS done,"
    "  count(*) FILTER (WHERE r.state = 'leased' AND r.lease_until > now()) AS leased,"
    "  sum(r.progress) AS progress, sum(r.targets) AS targets, sum(r.open) AS open,"
    "  sum(r.closed) AS closed, sum(r.unreachable) AS unreachable, sum(r.silent) AS silent,"
    "  sum(r.lost_locally) AS lost_locally, sum(r.probes) AS probes, grouping(r.holder) AS whole"
    "  FROM scan_range r JOIN jobs j ON j.id = r.fleet"
    "  GROUP BY GROUPING SETS ((r.fleet), (r.fleet, r.holder)))"
    " SELECT j.id, p.scanner, j.state, j.who,"
    "  to_char(j.created, 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), j.spec, j.targets, j.left_out,"
    "  j.barred, CASE WHEN p.whole = 1 THEN j.rate ELSE coalesce(s.rate, 0) END,"
    "  p.ranges, p.done, p.leased, p.progress, '', p.targets, p.open, p.closed, p.unreachable,"
    "  p.silent, p.lost_locally, p.probes"
    " FROM jobs j JOIN parts p ON p.fleet = j.id"
    " LEFT JOIN fleet_share s ON s.fleet = j.id AND s.sensor = p.scanner AND s.valid_until > now()"
    " WHERE p.whole = 1 OR p.scanner IS NOT NULL"
    " ORDER BY j.id DESC, p.whole DESC, p.scanner";

// From which states one may go to another.
constexpr char kSetState[] =
    "UPDATE fleet_scan SET state = $2, ended = CASE WHEN $2 = 'stopped' THEN now() END"
    " WHERE id = $1 AND (state, $2) IN (('running', 'paused'), ('running', 'stopped'),"
    " ('paused', 'stopped'), ('paused', 'running'), ('stopped', 'running'))";

FleetRow row_of(const QueryRows& rows, int row) {
  FleetRow out;
  out.id = static_cast<int64_t>(number_of(rows.text(row, 0)));
  out.scanner = rows.text(row, 1);
  out.state = rows.text(row, 2);
  out.who = rows.text(row, 3);
  out.started = rows.text(row, 4);
  out.spec = rows.text(row, 5);
  out.targets = number_of(rows.text(row, 6));
  out.left_out = number_of(rows.text(row, 7));
  out.barred = rows.text(row, 8);
  out.rate = static_cast<uint32_t>(number_of(rows.text(row, 9)));
  out.ranges = static_cast<uint32_t>(number_of(rows.text(row, 10)));
  out.ranges_done = static_cast<uint32_t>(number_of(rows.text(row, 11)));
  out.ranges_leased = static_cast<uint32_t>(number_of(rows.text(row, 12)));
  out.progress = progress_of(rows, row, 13);
  return out;
}

}  // namespace

OrError<void> FleetStore::join(const std::string& askable) {
  const auto joined = transact<bool>([&]() -> OrDatabaseError<bool> {
    const auto done = database_->query(kJoin, {options_.sensor, askable});
    if (!done) return Failure{done.error()};
    return true;
  });
  if (!joined) return Failure{joined.error()};
  return {};
}

OrError<std::vector<std::string>> FleetStore::others_askable(std::chrono::seconds within) {
  using Texts = std::vector<std::string>;
  return transact<Texts>([&]() -> OrDatabaseError<Texts> {
    const auto rows = database_->query(
        "SELECT askable FROM fleet_member WHERE sensor <> $1 AND seen > now() - $2::interval"
        " ORDER BY sensor",
        {options_.sensor, std::to_string(within.count()) + " seconds"});
    if (!rows) return Failure{rows.error()};
    Texts out;
    for (int row = 0; row < rows.value().num_rows(); ++row)
      out.emplace_back(rows.value().text(row, 0));
    return out;
  });
}

OrError<int64_t> FleetStore::create(const FleetJob& job) {
  return transact<int64_t>([&]() -> OrDatabaseError<int64_t> {
    uint64_t targets = 0;
    for (const FleetJob::Zone& each : job.zones)
      targets += each.targets;
    const auto made = database_->query(
        kCreate,
        {std::to_string(job.uid), std::to_string(job.seed), std::to_string(targets),
         std::to_string(job.left_out), std::to_string(job.shards), std::to_string(job.rate),
         options_.sensor, job.who, job.spec, job.config_hash, job.barred});
    if (!made) return Failure{made.error()};
    const std::string id(made.value().text(0, 0));
    int number = 0;
    for (const FleetJob::Zone& each : job.zones) {
      const auto added =
          database_->query(kAddZone, {id, std::to_string(number++), std::to_string(each.targets),
                                      each.addresses, std::to_string(each.shards)});
      if (!added) return Failure{added.error()};
    }
    return static_cast<int64_t>(number_of(id));
  });
}

OrError<std::vector<FleetScan>> FleetStore::running() {
  using Scans = std::vector<FleetScan>;
  return transact<Scans>([&]() -> OrDatabaseError<Scans> {
    const auto rows = database_->query(
        "SELECT id, sensor, spec, seed FROM fleet_scan WHERE state = 'running'"
        " ORDER BY id");
    if (!rows) return Failure{rows.error()};
    Scans out;
    for (int row = 0; row < rows.value().num_rows(); ++row) {
      FleetScan& each = out.emplace_back();
      each.id = static_cast<int64_t>(number_of(rows.value().text(row, 0)));
      each.sensor = rows.value().text(row, 1);
      each.spec = rows.value().text(row, 2);
      each.seed = number_of(rows.value().text(row, 3));
    }
    return out;
  });
}

OrError<std::vector<FleetJob::Zone>> FleetStore::zones(int64_t fleet) {
  using Zones = std::vector<FleetJob::Zone>;
  return transact<Zones>([&]() -> OrDatabaseError<Zones> {
    const auto rows = database_->query(
        "SELECT addresses, targets, shards FROM fleet_zone WHERE fleet = $1 ORDER BY zone",
        {std::to_string(fleet)});
    if (!rows) return Failure{rows.error()};
    Zones out;
    for (int row = 0; row < rows.value().num_rows(); ++row)
      out.push_back({std::string(rows.value().text(row, 0)), number_of(rows.value().text(row, 1)),
                     static_cast<uint32_t>(number_of(rows.value().text(row, 2)))});
    return out;
  });
}

OrError<FleetState> FleetStore::set_state(int64_t fleet, FleetState state) {
  const auto changed = transact<std::string>([&]() -> OrDatabaseError<std::string> {
    const std::string id = std::to_string(fleet);
    const auto done = database_->query(kSetState, {id, std::string(name_of(state))});
    if (!done) return Failure{done.error()};
    if (done.value().num_affected() == 1) return std::string();
    const auto now = database_->query("SELECT state FROM fleet_scan WHERE id = $1", {id});
    if (!now) return Failure{now.error()};
    if (now.value().num_rows() == 0)
      return "there is no fleet scan " + id + ": see `tapseal scans`";
    return "fleet scan " + id + " is " + std::string(now.value().text(0, 0)) +
           " and cannot become " + std::string(name_of(state));
  });
  if (!changed) return Failure{changed.error()};
  if (!changed.value().empty()) return Failure{Error{changed.value()}};
  return state;
}

OrError<std::vector<FleetRow>> FleetStore::rows(size_t most) {
  using Rows = std::vector<FleetRow>;
  return transact<Rows>([&]() -> OrDatabaseError<Rows> {
    const auto rows = database_->query(kRows, {std::to_string(most)});
    if (!rows) return Failure{rows.error()};
    Rows out;
    for (int row = 0; row < rows.value().num_rows(); ++row)
      out.push_back(row_of(rows.value(), row));
    return out;
  });
}

}  // namespace control
