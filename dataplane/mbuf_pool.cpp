// SPDX-License-Identifier: Apache-2.0
#include "dataplane/mbuf_pool.hpp"

#include "dataplane/mbuf_burst.hpp"

#include <rte_errno.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>

#include <algorithm>
#include <bit>

namespace dataplane {

uint32_t mbufs_needed(const MbufDemand& demand) noexcept {
  // DPDK's RTE_MEMPOOL cache flushes when it holds 1.5 times its size.
  constexpr uint32_t kPerCore = MbufPool::kCache + MbufPool::kCache / 2 + MbufBurst::kMax;
  const uint32_t needed =
      demand.rx_descriptors + demand.tx_descriptors + demand.in_mesh + kPerCore * demand.cores;
  return std::bit_ceil(needed + 1) - 1;
}

flowtable::OrError<std::unique_ptr<MbufPool>> MbufPool::create(const Options& options) {
  // Poll cores of a shared machine can be taken off their CPU inside the pool's ring; in its
  // relaxed-tail-sync mode another core then does not spin until they are back.
  constexpr const char* kRing = "ring_mt_rts";
  const auto room = static_cast<uint16_t>(options.buffer_bytes + RTE_PKTMBUF_HEADROOM);
  rte_mempool* pool = rte_pktmbuf_pool_create_by_ops(options.name.c_str(), options.mbufs,
                                                     options.cache, 0, room, options.socket, kRing);
  if (pool == nullptr) {
    const uint64_t mb = uint64_t{options.mbufs} * (room + sizeof(rte_mbuf)) >> 20;
    return flowtable::Failure{flowtable::Error{
        "no memory for " + std::to_string(options.mbufs) + " packet buffers (" +
        std::to_string(mb + 1) + " MB): " + rte_strerror(rte_errno) + ": raise memory_mb"}};
  }
  return std::unique_ptr<MbufPool>(new MbufPool(pool));
}

MbufPool::~MbufPool() {
  rte_mempool_free(pool_);
}

uint32_t MbufPool::num_free() const noexcept {
  return rte_mempool_avail_count(pool_);
}

uint32_t MbufPool::size() const noexcept {
  return pool_->size;
}

}  // namespace dataplane
