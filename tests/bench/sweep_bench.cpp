// SPDX-License-Identifier: Apache-2.0
// How fast one core makes SYNs: into nothing, and by DPDK into a device that takes all.
#include "dataplane/eal.hpp"
#include "dataplane/port.hpp"
#include "dataplane/port_spec.hpp"
#include "dataplane/tx_burst.hpp"
#include "tests/bench/measure.hpp"
#include "tests/bench/sweep_site.hpp"

#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <string>

namespace bench {
namespace {

constexpr uint64_t kProbes = 20'000'000;
constexpr uint64_t kWarmUp = 2'000'000;

void measure_sweep(std::string_view name, const SweepUnderTest::Options& options,
                   dataplane::FrameSink& sink) {
  SweepUnderTest sweep(options, sink);
  (void)sweep.send(kWarmUp);
  const Stopwatch watch;
  const uint64_t sent = sweep.send(kProbes);
  print_rate(name, "tapseal", "probes/s", static_cast<double>(sent), watch.taken());
}

// What txonly does: buffers from the pool, a frame's bytes into each, and off.
void measure_copies(std::string_view name, const dataplane::Port& port) {
  constexpr uint16_t kBurst = 64;
  constexpr uint16_t kFrame = 74;
  std::array<uint8_t, kFrame> frame{};
  std::array<rte_mbuf*, kBurst> burst{};
  const Stopwatch watch;
  for (uint64_t sent = 0; sent < kProbes;) {
    if (rte_pktmbuf_alloc_bulk(port.tx_pool(), burst.data(), kBurst) != 0) return;
    for (rte_mbuf* const each : burst) {
      std::copy_n(frame.begin(), kFrame, rte_pktmbuf_mtod(each, uint8_t*));
      each->data_len = kFrame;
      each->pkt_len = kFrame;
    }
    sent += rte_eth_tx_burst(port.id(), 0, burst.data(), kBurst);
  }
  print_rate(name, "copies of one frame", "probes/s", static_cast<double>(kProbes), watch.taken());
}

std::unique_ptr<dataplane::Eal> start_eal() {
  dataplane::EalOptions options;
  options.hugepages = dataplane::Hugepages::automatic;
  options.memory_mb = 128;
  options.cores = {static_cast<unsigned>(sched_getcpu())};
  options.file_prefix = "tapseal-bench-" + std::to_string(getpid());
  auto started = dataplane::Eal::start(options);
  if (!started.ok()) {
    std::fprintf(stderr, "%s\n", started.error().message.c_str());
    return nullptr;
  }
  return std::move(started).value();
}

int measure_device(const Wanted& wanted) {
  const std::unique_ptr<dataplane::Eal> eal = start_eal();
  if (eal == nullptr) return 1;
  const auto specs = dataplane::parse_port_specs(std::array<std::string, 1>{"net_null0"});
  if (!specs.ok()) return 1;
  auto opened = dataplane::open_ports(specs.value(), {.cores = 1, .transmit_port = 0});
  if (!opened.ok() || !opened.value().ports[0]->start().ok()) {
    std::fprintf(stderr, "net_null does not open\n");
    return 1;
  }
  const dataplane::Port& port = *opened.value().ports[0];
  static dataplane::PollCounters counters;
  {
    dataplane::TxBurst tx({port.id(), 0, port.tx_pool()}, counters);
    constexpr std::string_view kSweep = "SYNs into net_null";
    if (wanted.wants(kSweep)) {
      measure_copies(kSweep, port);
      measure_sweep(kSweep, {}, tx);
    }
    constexpr std::string_view kCapped = "SYNs into net_null, capped by subnet and host";
    if (wanted.wants(kCapped)) measure_sweep(kCapped, {.caps = Caps::subnet_and_host}, tx);
    constexpr std::string_view kMany = "SYNs into net_null, 8 M under way";
    if (wanted.wants(kMany)) measure_sweep(kMany, {.in_flight_max = 1 << 24}, tx);
  }
  return 0;
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  const bench::Wanted wanted{argc > 1 ? argv[1] : ""};
  bench::stay_on_cpu(1);
  constexpr std::string_view kNothing = "SYNs into nothing";
  if (wanted.wants(kNothing)) {
    bench::Nothing sink;
    bench::measure_sweep(kNothing, {}, sink);
  }
  bench::measure_stages(wanted);
  return bench::measure_device(wanted);
}
