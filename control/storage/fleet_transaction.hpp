// SPDX-License-Identifier: Apache-2.0
// What the two halves of FleetStore share.
#pragma once

#include "control/storage/fleet_store.hpp"

#include <charconv>
#include <cstdint>
#include <string_view>

namespace control {

[[nodiscard]] inline uint64_t number_of(std::string_view text) noexcept {
  uint64_t out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

[[nodiscard]] inline FleetState fleet_state_of(std::string_view name) noexcept {
  for (const FleetState each : {FleetState::running, FleetState::paused, FleetState::finished})
    if (name_of(each) == name) return each;
  return FleetState::stopped;
}

// The columns progress, checkpoint, targets, open, closed, unreachable, silent, lost_locally and
// probes, which begin at `column`.
[[nodiscard]] inline RangeProgress progress_of(const QueryRows& rows, int row, int column) {
  RangeProgress out;
  out.index = number_of(rows.text(row, column));
  out.checkpoint = rows.text(row, column + 1);
  uint64_t* const counts[] = {&out.targets, &out.open,         &out.closed, &out.unreachable,
                              &out.silent,  &out.lost_locally, &out.probes};
  int next = column + 2;
  for (uint64_t* const each : counts)
    *each = number_of(rows.text(row, next++));
  return out;
}

// The body's error, or the server's at COMMIT, undoes all of it. A server that was restarted shows
// at the first statement: then once more.
template <typename Result, typename Body>
flowtable::OrError<Result> FleetStore::transact(const Body& body) {
  for (int round = 0;; ++round) {
    if (auto ready = connect(); !ready) return flowtable::Failure{ready.error()};
    auto begun = database_->run_script("BEGIN");
    if (!begun) {
      disconnect();
      if (round == 0) continue;
      return flowtable::Failure{flowtable::Error{"the database: " + begun.error().message}};
    }
    OrDatabaseError<Result> made = body();
    if (made) {
      if (auto ended = database_->run_script("COMMIT"); !ended)
        made = flowtable::Failure{ended.error()};
    }
    if (made) return std::move(made).value();
    // Whatever state it is in, a new session is in none.
    disconnect();
    return flowtable::Failure{flowtable::Error{"the database: " + made.error().message}};
  }
}

}  // namespace control
