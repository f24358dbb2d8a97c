// SPDX-License-Identifier: Apache-2.0
// Every counter of the daemon in one list.
#pragma once

#include "control/daemon/book.hpp"
#include "control/daemon/engine.hpp"
#include "control/ipc/server.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace control {

// `tapseal status` prints these and `tapseal metrics` exports them, under the same names.
struct LedgerRow {
  std::string_view group;  // part of the program that counts
  std::string_view name;
  std::string_view help;
  uint64_t value;
};

// Sums over the poll cores. Server thread.
[[nodiscard]] std::vector<LedgerRow> read_ledger(Engine& engine, const ServerCounters& server);

// What became of everything that began like TLS, as of now, and of its records.
[[nodiscard]] BookStatement read_book(Engine& engine, BookMoment moment);

// What rates are made of.
struct Totals {
  uint64_t packets = 0;
  uint64_t bytes = 0;
  uint64_t sessions = 0;
};
[[nodiscard]] Totals read_totals(Engine& engine);

}  // namespace control
