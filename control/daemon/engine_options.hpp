// SPDX-License-Identifier: Apache-2.0
// From what a person sets to what each part is told.
#pragma once

#include "control/config/settings.hpp"
#include "dataplane/core_plan.hpp"
#include "dataplane/eal.hpp"
#include "dataplane/poll_core.hpp"
#include "dataplane/port_spec.hpp"
#include "tls/pipeline/pipeline.hpp"

namespace control {

[[nodiscard]] dataplane::EalOptions eal_options(const Settings& settings,
                                                std::span<const dataplane::PortSpec> ports);
[[nodiscard]] dataplane::PollCoresOptions poll_cores_options(const Settings& settings);
// Everything of a core's plan but its queues. A core may sleep where every port is virtual, unless
// the settings say otherwise: such devices are shared with whoever sends.
[[nodiscard]] dataplane::CorePlan plan_pattern(const Settings& settings,
                                               std::span<const dataplane::PortSpec> ports);
[[nodiscard]] tls::PipelineOptions pipeline_options(const PipelineSettings& settings,
                                                    size_t poll_cores);

}  // namespace control
