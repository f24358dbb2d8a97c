// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/bare_core.hpp"

#include "dataplane/eal.hpp"
#include "tests/bench/measure.hpp"

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_launch.h>
#include <rte_mbuf.h>
#include <rte_prefetch.h>

#include <array>

namespace bench {

BareCore::BareCore(uint16_t port) : port_(port) {
  rte_eal_remote_launch(run, this, dataplane::Eal::lcore_of(0));
}

BareCore::~BareCore() {
  stop_.store(true);
  rte_eal_wait_lcore(dataplane::Eal::lcore_of(0));
}

int BareCore::run(void* self) {
  static_cast<BareCore*>(self)->poll();
  return 0;
}

void BareCore::poll() noexcept {
  constexpr size_t kBurst = 64, kAhead = 8, kAddressesAt = 26;
  std::array<rte_mbuf*, kBurst> burst;
  while (!stop_.load(std::memory_order_relaxed)) {
    const uint64_t begin = rte_rdtsc();
    const size_t count = rte_eth_rx_burst(port_, 0, burst.data(), kBurst);
    if (count == 0) continue;
    for (size_t i = 0; i < count; ++i)
      rte_prefetch0(burst[i]);
    for (size_t i = 0; i < count; ++i) {
      if (i + kAhead < count) rte_prefetch0(rte_pktmbuf_mtod(burst[i + kAhead], const void*));
      use(*rte_pktmbuf_mtod_offset(burst[i], const uint8_t*, kAddressesAt));
    }
    rte_pktmbuf_free_bulk(burst.data(), static_cast<unsigned>(count));
    packets_.store(packets_.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
    cycles_.store(cycles_.load(std::memory_order_relaxed) + rte_rdtsc() - begin,
                  std::memory_order_relaxed);
  }
}

}  // namespace bench
