// SPDX-License-Identifier: Apache-2.0
// `tapseal scan`, `scans`, `pause`, `resume`, `stop` and `store`.
#include "control/daemon/commands.hpp"
#include "control/daemon/imported_lines.hpp"

namespace control {
namespace {

constexpr std::string_view kDraining = "the daemon is ending: no scan begins any more";

// A scan's results are not to be missed by who reads at a common pace.
Subscription::Limits scan_limits() {
  Subscription::Limits limits;
  limits.rows_max = 65'536;
  limits.bytes_max = size_t{64} << 20;
  return limits;
}

ScanFollower follower_of(const Request& request) {
  if (request.flag("detach")) return {};
  return {request.flag("records") ? ScanFormat::records : ScanFormat::rows,
          std::make_shared<Subscription>(scan_limits())};
}

void add_fields(const Json& fields, Reply& reply) {
  for (const auto& [name, value] : fields.items())
    reply.field(name, value);
}

uint32_t number_of(const Request& request) {
  return static_cast<uint32_t>(request.number("scan").value_or(0));
}

void answer_state(const Request& request, const flowtable::OrError<ScanState>& state,
                  Reply& reply) {
  if (!state) return reply.fail(ErrorCode::failed, state.error().message);
  reply.field("scan", number_of(request));
  reply.field("state", name_of(state.value()));
}

}  // namespace

void Commands::scan(const Request& request, Reply& reply) {
  if (draining_) return reply.fail(ErrorCode::unavailable, std::string(kDraining));
  // Whoever asks is not to blame where the daemon does not scan at all.
  const bool scans = engine_.scanner().workers() != nullptr;
  const ErrorCode wrong = scans ? ErrorCode::bad_argument : ErrorCode::unavailable;
  if (request.flag("dry-run")) {
    const auto fields = engine_.scanner().plan(request.arguments());
    if (!fields) return reply.fail(wrong, fields.error().message);
    return add_fields(fields.value(), reply);
  }
  if (request.flag("fleet")) {
    const auto fields = engine_.scanner().begin_fleet(request.arguments(), request.peer);
    if (!fields) return reply.fail(wrong, fields.error().message);
    return add_fields(fields.value(), reply);
  }
  const ScanFollower follower = follower_of(request);
  const auto fields = engine_.scanner().begin(request.arguments(), request.peer, follower);
  if (!fields) return reply.fail(wrong, fields.error().message);
  add_fields(fields.value(), reply);
  reply.follow(follower.to);
}

void Commands::scans(const Request& request, Reply& reply) {
  const auto most = static_cast<size_t>(request.number("limit").value_or(100));
  for (Json& row : engine_.scanner().rows(most)) {
    row.erase("rate_asked");  // for who looks on while it runs; no column
    if (!reply.row(row)) return;
  }
  add_fleet(most, reply);
}

// What several scanners share is in the database; what it does not tell says so in a row.
void Commands::add_fleet(size_t most, Reply& reply) {
  Fleet* const fleet = engine_.scanner().fleet();
  if (fleet == nullptr || draining_) return;
  const auto rows = fleet->rows(most);
  if (!rows) {
    reply.row({{"fleet", "all"}, {"state", "unknown"}, {"note", rows.error().message}});
    return;
  }
  for (const Json& row : rows.value())
    if (!reply.row(row)) return;
}

// True where the request is about a scan that several scanners share: it is answered then.
bool Commands::set_fleet_state(const Request& request, FleetState state, Reply& reply) {
  if (!request.flag("fleet")) return false;
  Fleet* const fleet = engine_.scanner().fleet();
  if (fleet == nullptr || draining_) {
    reply.fail(ErrorCode::unavailable, "this daemon has no part in a fleet");
    return true;
  }
  const auto set = fleet->set_state(request.number("scan").value_or(0), state);
  if (!set) {
    reply.fail(ErrorCode::failed, set.error().message);
    return true;
  }
  reply.field("scan", number_of(request));
  reply.field("state", name_of(set.value()));
  return true;
}

void Commands::pause(const Request& request, Reply& reply) {
  if (set_fleet_state(request, FleetState::paused, reply)) return;
  answer_state(request, engine_.scanner().pause(number_of(request)), reply);
}

void Commands::resume(const Request& request, Reply& reply) {
  if (draining_) return reply.fail(ErrorCode::unavailable, std::string(kDraining));
  if (set_fleet_state(request, FleetState::running, reply)) return;
  const ScanFollower follower = follower_of(request);
  answer_state(request, engine_.scanner().resume(number_of(request), request.flag("all"), follower),
               reply);
  reply.follow(follower.to);
}

void Commands::stop(const Request& request, Reply& reply) {
  if (set_fleet_state(request, FleetState::stopped, reply)) return;
  answer_state(request, engine_.scanner().stop(number_of(request)), reply);
}

void Commands::store(const Request& request, Reply& reply) {
  if (draining_) return reply.fail(ErrorCode::unavailable, std::string(kDraining));
  auto read = read_imported_lines(request.text("results").value_or(""),
                                  engine_.tap().pipeline().certificates());
  if (!read) return reply.fail(ErrorCode::bad_argument, read.error().message);
  reply.field("services", read.value().services);
  reply.field("certificates", read.value().certificates);
  engine_.sink().accept(std::move(read.value().observations));
}

}  // namespace control
