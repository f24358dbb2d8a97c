// SPDX-License-Identifier: Apache-2.0
// Loans of ranges and shares of the rate. (Jobs as a whole: fleet_store_jobs.cpp.)
#include "control/storage/fleet_store.hpp"

#include "control/storage/fleet_transaction.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace control {

using flowtable::Failure;
using flowtable::OrError;

namespace {

// Waits for one another by the job's row, so that no two give out the same rate.
constexpr char kLockJob[] = "SELECT rate FROM fleet_scan WHERE id = $1 FOR UPDATE";

// Its own row does not count as somebody else's, whichever run of the daemon wrote it; another
// run's is still in use until it has run out.
constexpr char kOthers[] =
    "SELECT count(*) FILTER (WHERE sensor <> $2), coalesce(sum(rate) FILTER (WHERE sensor <> $2),"
    " 0), coalesce(bool_or(sensor = $2 AND instance <> $3), false),"
    " coalesce(sum(rate) FILTER (WHERE sensor = $2 AND instance = $3), 0)"
    " FROM fleet_share WHERE fleet = $1 AND valid_until > now()";

constexpr char kSetShare[] =
    "INSERT INTO fleet_share (fleet, sensor, instance, rate, valid_until)"
    " VALUES ($1, $2, $3, $4, now() + $5::interval) ON CONFLICT (fleet, sensor) DO UPDATE SET"
    " instance = excluded.instance, rate = excluded.rate, valid_until = excluded.valid_until";

// One row is picked before the update begins: a plan that asked the inner question again for each
// row would take several.
constexpr char kClaim[] =
    "WITH picked AS MATERIALIZED (SELECT r.fleet, r.zone, r.shard, r.state = 'leased' AS late"
    "  FROM scan_range r JOIN fleet_scan f ON f.id = r.fleet"
    "  WHERE r.fleet = $1 AND r.zone = ANY($2::int[]) AND f.state = 'running'"
    "  AND (r.state = 'waiting' OR r.state = 'leased' AND r.lease_until < now())"
    "  ORDER BY r.zone, r.shard LIMIT 1 FOR UPDATE OF r SKIP LOCKED)"
    " UPDATE scan_range r SET state = 'leased', holder = $3, token = r.token + 1,"
    "  lease_until = now() + $4::interval FROM picked p"
    " WHERE r.fleet = p.fleet AND r.zone = p.zone AND r.shard = p.shard"
    " RETURNING r.zone, r.shard, r.token, p.late, r.progress, r.checkpoint, r.targets, r.open,"
    "  r.closed, r.unreachable, r.silent, r.lost_locally, r.probes";

// Progress never goes back, and only the loan of the token says it.
constexpr char kProgress[] =
    " progress = $5, checkpoint = $6, targets = $7, open = $8, closed = $9, unreachable = $10,"
    " silent = $11, lost_locally = $12, probes = $13"
    " WHERE fleet = $1 AND zone = $2 AND shard = $3 AND token = $4 AND state = 'leased'";

// The scanner has stopped at the end of its lease at the latest: whoever still has the token may
// have it prolonged, late as it is, for nobody took it over meanwhile.
const std::string kRenew =
    std::string("UPDATE scan_range SET lease_until = now() + $14::interval,") + kProgress;
// The holder's name stays: who has finished what.
const std::string kEndLoan =
    std::string("UPDATE scan_range SET state = $14, lease_until = NULL,") + kProgress;

constexpr char kEndJob[] =
    "UPDATE fleet_scan SET state = 'finished', ended = now() WHERE id = $1 AND state = 'running'"
    " AND NOT EXISTS (SELECT 1 FROM scan_range WHERE fleet = $1 AND state <> 'done')";

std::string list_text(const std::vector<uint32_t>& numbers) {
  std::string out = "{";
  for (const uint32_t each : numbers)
    out += (out.size() > 1 ? "," : "") + std::to_string(each);
  return out + "}";
}

RangeLoan loan_of(const QueryRows& rows, int64_t fleet) {
  RangeLoan out;
  out.fleet = fleet;
  out.zone = static_cast<uint32_t>(number_of(rows.text(0, 0)));
  out.shard = static_cast<uint32_t>(number_of(rows.text(0, 1)));
  out.token = number_of(rows.text(0, 2));
  out.taken_over = rows.text(0, 3) == "t";
  out.progress = progress_of(rows, 0, 4);
  return out;
}

}  // namespace

std::string_view name_of(FleetState state) noexcept {
  constexpr std::array<std::string_view, 4> kNames{"running", "paused", "stopped", "finished"};
  return kNames[static_cast<size_t>(state)];
}

FleetStore::~FleetStore() {
  disconnect();
}

OrError<void> FleetStore::connect() {
  if (database_ && database_->is_alive()) return {};
  disconnect();
  const std::string timeout = std::to_string(options_.statement_timeout.count()) + "ms";
  auto opened = DatabaseConnection::open(
      options_.address, {.application_name = "tapseal fleet",
                         .settings = {{"statement_timeout", timeout}, {"lock_timeout", timeout}}});
  if (!opened) {
    return Failure{flowtable::Error{"fleet scans are in the database, which does not answer: " +
                                    opened.error().message}};
  }
  database_.emplace(std::move(opened).value());
  const std::lock_guard lock(mutex_);
  socket_ = dup(database_->socket());
  return {};
}

void FleetStore::disconnect() {
  const std::lock_guard lock(mutex_);
  if (socket_ >= 0) close(socket_);
  socket_ = -1;
  database_.reset();
}

void FleetStore::interrupt() {
  const std::lock_guard lock(mutex_);
  if (socket_ >= 0) (void)shutdown(socket_, SHUT_RDWR);
}

std::string FleetStore::lease_text() const {
  return std::to_string(options_.lease.count()) + " milliseconds";
}

DatabaseConnection::Parameters FleetStore::key_of(const RangeLoan& loan) {
  const RangeProgress& at = loan.progress;
  DatabaseConnection::Parameters out;
  for (const uint64_t each : {static_cast<uint64_t>(loan.fleet), uint64_t{loan.zone},
                              uint64_t{loan.shard}, loan.token, at.index})
    out.emplace_back(std::to_string(each));
  out.emplace_back(at.checkpoint);
  for (const uint64_t each :
       {at.targets, at.open, at.closed, at.unreachable, at.silent, at.lost_locally, at.probes})
    out.emplace_back(std::to_string(each));
  return out;
}

OrDatabaseError<uint32_t> FleetStore::share_of(int64_t fleet, uint32_t in_use) {
  const std::string id = std::to_string(fleet);
  const std::string instance = std::to_string(options_.instance);
  const auto job = database_->query(kLockJob, {id});
  if (!job) return Failure{job.error()};
  if (job.value().num_rows() == 0) return 0u;
  const uint64_t all = number_of(job.value().text(0, 0));
  const auto rows = database_->query(kOthers, {id, options_.sensor, instance});
  if (!rows) return Failure{rows.error()};
  const uint64_t others = number_of(rows.value().text(0, 0));
  const uint64_t theirs = number_of(rows.value().text(0, 1));
  if (rows.value().text(0, 2) == "t") return 0u;
  const uint64_t given = number_of(rows.value().text(0, 3));
  const uint64_t fair = all / (others + 1);
  // What we used to have and use no more is released now; what we are told to give up is not,
  // until we say that we have.
  const uint64_t kept = std::min<uint64_t>(in_use, given);
  const uint64_t free = all > theirs ? all - theirs : 0;
  const uint64_t next = std::min(fair, free);
  const auto set = database_->query(
      kSetShare,
      {id, options_.sensor, instance, std::to_string(std::max(kept, next)), lease_text()});
  if (!set) return Failure{set.error()};
  return static_cast<uint32_t>(next);
}

OrError<uint32_t> FleetStore::share(int64_t fleet, uint32_t in_use) {
  return transact<uint32_t>([&] { return share_of(fleet, in_use); });
}

OrError<void> FleetStore::leave(int64_t fleet) {
  const auto left = transact<bool>([&]() -> OrDatabaseError<bool> {
    const auto gone = database_->query(
        "DELETE FROM fleet_share WHERE fleet = $1 AND sensor = $2 AND instance = $3",
        {std::to_string(fleet), options_.sensor, std::to_string(options_.instance)});
    if (!gone) return Failure{gone.error()};
    return true;
  });
  if (!left) return Failure{left.error()};
  return {};
}

OrError<std::optional<RangeLoan>> FleetStore::claim(int64_t fleet,
                                                    const std::vector<uint32_t>& zones) {
  using Claimed = std::optional<RangeLoan>;
  return transact<Claimed>([&]() -> OrDatabaseError<Claimed> {
    const auto rows = database_->query(
        kClaim, {std::to_string(fleet), list_text(zones), options_.sensor, lease_text()});
    if (!rows) return Failure{rows.error()};
    if (rows.value().num_rows() == 0) return Claimed();
    return Claimed(loan_of(rows.value(), fleet));
  });
}

OrError<Renewal> FleetStore::renew(const RangeLoan& loan, uint32_t in_use) {
  return transact<Renewal>([&]() -> OrDatabaseError<Renewal> {
    Renewal out;
    const auto rate = share_of(loan.fleet, in_use);
    if (!rate) return Failure{rate.error()};
    out.rate = rate.value();
    DatabaseConnection::Parameters parameters = key_of(loan);
    parameters.emplace_back(lease_text());
    const auto renewed = database_->query(kRenew, parameters);
    if (!renewed) return Failure{renewed.error()};
    out.held = renewed.value().num_affected() == 1;
    const auto state = database_->query("SELECT state FROM fleet_scan WHERE id = $1",
                                        {std::to_string(loan.fleet)});
    if (!state) return Failure{state.error()};
    out.state = state.value().num_rows() == 0 ? FleetState::stopped
                                              : fleet_state_of(state.value().text(0, 0));
    return out;
  });
}

OrDatabaseError<bool> FleetStore::end_loan(const RangeLoan& loan, std::string_view state) {
  DatabaseConnection::Parameters parameters = key_of(loan);
  parameters.emplace_back(state);
  const auto ended = database_->query(kEndLoan, parameters);
  if (!ended) return Failure{ended.error()};
  return ended.value().num_affected() == 1;
}

OrError<bool> FleetStore::finish(const RangeLoan& loan) {
  return transact<bool>([&]() -> OrDatabaseError<bool> {
    // One after the other, so that the last one sees that it is.
    const std::string id = std::to_string(loan.fleet);
    const auto locked = database_->query(kLockJob, {id});
    if (!locked) return Failure{locked.error()};
    const auto ended = end_loan(loan, "done");
    if (!ended || !ended.value()) return ended;
    const auto job = database_->query(kEndJob, {id});
    if (!job) return Failure{job.error()};
    return true;
  });
}

OrError<bool> FleetStore::give_back(const RangeLoan& loan) {
  return transact<bool>([&] { return end_loan(loan, "waiting"); });
}

}  // namespace control
