// SPDX-License-Identifier: Apache-2.0
// The book: what was seen, and what became of it.
#pragma once

#include "dataplane/path_counters.hpp"
#include "tls/pipeline/pipeline_counter.hpp"

#include <string>

namespace control {

// For a person: every counter that is not 0, in three blocks (packets and flows, drops, sessions).
[[nodiscard]] std::string balance_text(const dataplane::CoreCounters& core,
                                       const tls::PipelineCounters& pipeline);

}  // namespace control
