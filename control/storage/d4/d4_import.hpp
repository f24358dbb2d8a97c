// SPDX-License-Identifier: Apache-2.0
// A D4 analyzer's history into our memory.
#pragma once

#include "control/storage/connection.hpp"
#include "control/storage/d4/d4_source.hpp"
#include "flowtable/base/result.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace control {

struct D4ImportOptions {
  std::string source;                     // postgresql://…
  DatabaseAddress memory{};               // its schema is up to date
  std::string folder{};                   // of certificate files; empty: none
  size_t batch_rows = 2000;               // sessions in a transaction
  std::function<void()> before_commit{};  // of each batch of sessions; for tests
};

struct D4ImportSums {
  uint64_t sessions = 0;         // stored now
  uint64_t sessions_before = 0;  // found stored by an earlier import
  uint64_t sessions_refused = 0;
  uint64_t certificates = 0;        // whose DER was found, whether new to us or not
  uint64_t certificates_lost = 0;   // whose file is not readable here: nothing of them can be kept
  uint64_t certificates_known = 0;  // of those, which our memory holds from elsewhere
  uint64_t keys = 0;
  uint64_t fingerprints = 0;
  uint64_t chains_incomplete = 0;     // sessions whose chain is left out because of a lost one
  std::string oldest;                 // session stored now, "YYYY-MM-DD", or empty
  std::vector<std::string> problems;  // the first of them, with the row's name
};

// Whatever of both forms is there. A session is stored once however often this is repeated and
// wherever it was killed: each transaction moves the row of `ingest_cursor` that is the source's
// (sensor d4:<database>, epoch of its server and form). Everything else is merged by its key.
flowtable::OrError<D4ImportSums> import_d4(const D4ImportOptions& options);

}  // namespace control
