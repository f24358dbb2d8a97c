// SPDX-License-Identifier: Apache-2.0
#include "control/daemon/engine_options.hpp"

#include "control/daemon/log.hpp"

#include <algorithm>
#include <random>
#include <thread>

namespace control {
namespace {

uint64_t random_seed() {
  std::random_device device;
  return uint64_t{device()} << 32 | device();
}

dataplane::Hugepages hugepages_of(UseHugepages use) noexcept {
  switch (use) {
    case UseHugepages::automatic:
      return dataplane::Hugepages::automatic;
    case UseHugepages::yes:
      return dataplane::Hugepages::yes;
    case UseHugepages::no:
      return dataplane::Hugepages::no;
  }
  return dataplane::Hugepages::automatic;
}

dataplane::IdleMode idle_mode(IdlePolicy policy, bool all_virtual) noexcept {
  switch (policy) {
    case IdlePolicy::automatic:
      break;
    case IdlePolicy::busy:
      return dataplane::IdleMode::busy;
    case IdlePolicy::pause:
      return dataplane::IdleMode::pause;
    case IdlePolicy::sleep:
      return dataplane::IdleMode::sleep;
  }
  return all_virtual ? dataplane::IdleMode::sleep : dataplane::IdleMode::busy;
}

}  // namespace

dataplane::EalOptions eal_options(const Settings& settings,
                                  std::span<const dataplane::PortSpec> ports) {
  dataplane::EalOptions options;
  options.hugepages = hugepages_of(settings.dataplane.hugepages);
  options.memory_mb = settings.dataplane.memory_mb;
  options.cores.assign(settings.dataplane.cores.begin(), settings.dataplane.cores.end());
  options.pci_allow = dataplane::pci_devices(ports);
  options.log = [](std::string_view line) { log_line("dpdk", line); };
  return options;
}

dataplane::PollCoresOptions poll_cores_options(const Settings& settings) {
  const FlowTableSettings& flows = settings.flow_table;
  dataplane::PollCoresOptions options;
  options.path.probes_max = static_cast<uint8_t>(settings.capture.probes_max);
  options.path.ssh = settings.tap.ssh;
  options.path.handshake_timeout = flows.handshake_timeout;
  options.flows.flows_max = flows.flows_max;
  // In the order of FlowClass. A flow that may still show a handshake holds a buffer, or keeps the
  // probe busy: it must not be silent for longer than a handshake may. Where it goes on later it is
  // met midstream.
  options.flows.timeout = {flows.embryonic_timeout, flows.handshake_timeout, flows.idle_timeout,
                           flows.closing_timeout};
  options.captures.captures_max = settings.capture.captures_max;
  options.captures.large_max = settings.capture.large_max;
  options.hash_seed = random_seed();
  return options;
}

dataplane::CorePlan plan_pattern(const Settings& settings,
                                 std::span<const dataplane::PortSpec> ports) {
  const bool all_virtual =
      std::ranges::all_of(ports, [](const auto& port) { return port.vdev != nullptr; });
  dataplane::CorePlan plan;
  plan.idle = idle_mode(settings.dataplane.idle, all_virtual);
  return plan;
}

tls::PipelineOptions pipeline_options(const PipelineSettings& settings, size_t poll_cores) {
  tls::PipelineOptions options;
  const size_t cpus = std::max(1U, std::thread::hardware_concurrency());
  const size_t left = cpus > poll_cores ? cpus - poll_cores : 1;
  options.workers = settings.workers > 0 ? settings.workers : static_cast<unsigned>(left);
  options.tokens = settings.tokens;
  options.batch_max = settings.batch_max;
  options.known_certificates_max = settings.known_certificates_max;
  options.resumable_sessions_max = settings.resumable_sessions_max;
  return options;
}

}  // namespace control
