// SPDX-License-Identifier: Apache-2.0
// What the pipeline counts.
#pragma once

#include "flowtable/base/counters.hpp"
#include "tls/pipeline/observation.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tls {

// One value is one counter, one metric label and one row of `tapseal status`. The book balances:
// captures = sessions + not_tls, and sessions = complete + the sum of the reasons.
enum class PipelineCounter : uint8_t {
  captures,
  batches,
  not_tls,
  sessions,
  complete,
  // As MissingReason names them, in its order.
  client_hello_missing,
  server_hello_missing,
  client_hello_cut,
  server_flight_cut,
  gap,
  too_large,
  malformed,
  alert,
  undecryptable,
  certificates_new,
  certificates_known,
  resumptions_linked,
  resumptions_unlinked,
  resumable_evicted,
  count_
};

[[nodiscard]] const flowtable::CounterTable<PipelineCounter>& pipeline_counter_table() noexcept;
[[nodiscard]] std::string_view name_of(PipelineCounter counter) noexcept;

// The counter of a session's outcome: `complete`, or the reason's.
[[nodiscard]] PipelineCounter counter_of(MissingReason reason) noexcept;

using PipelineCounters = flowtable::Counters<PipelineCounter>;

}  // namespace tls
