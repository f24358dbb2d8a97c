// SPDX-License-Identifier: Apache-2.0
// The packet buffers of one port.
#pragma once

#include "flowtable/base/result.hpp"

#include <cstdint>
#include <memory>
#include <string>

struct rte_mempool;

namespace dataplane {

// Everything that can hold buffers of a port at one time.
struct MbufDemand {
  uint32_t rx_descriptors = 0;  // of all queues together: each holds an empty buffer
  uint32_t tx_descriptors = 0;  // each holds a sent one until the driver looks again
  uint32_t in_mesh = 0;         // on their way from core to core
  uint16_t cores = 1;           // each holds a burst, and a cache
};

// Buffers needed so that the port can never run dry while every place above is full: descriptors +
// mesh + per core one burst and DPDK's cache, which may hold half as much again as its size.
// Rounded up to 2^n - 1, for which DPDK's ring of free buffers takes the least memory.
[[nodiscard]] uint32_t mbufs_needed(const MbufDemand& demand) noexcept;

// Owns the pool; must outlive the port's queues and not Eal. Poll cores take and give back buffers.
class MbufPool {
 public:
  static constexpr uint32_t kCache = 256;

  struct Options {
    std::string name;  // unique in the process
    uint32_t mbufs = 0;
    uint16_t buffer_bytes = 0;  // for packet bytes; the headroom comes on top
    int socket = -1;            // NUMA node; -1: any
    uint32_t cache = kCache;    // buffers that each core may keep for itself
  };
  [[nodiscard]] static flowtable::OrError<std::unique_ptr<MbufPool>> create(const Options& options);
  ~MbufPool();
  MbufPool(const MbufPool&) = delete;
  MbufPool& operator=(const MbufPool&) = delete;

  [[nodiscard]] rte_mempool* get() const noexcept { return pool_; }
  // Any thread; slow.
  [[nodiscard]] uint32_t num_free() const noexcept;
  [[nodiscard]] uint32_t size() const noexcept;

 private:
  explicit MbufPool(rte_mempool* pool) noexcept : pool_(pool) {}
  rte_mempool* pool_;
};

}  // namespace dataplane
