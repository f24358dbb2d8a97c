// SPDX-License-Identifier: Apache-2.0
// DPDK's rte_hash, which readers use without locks while one thread writes.
#pragma once

#include "tests/bench/flowtable_peers.hpp"

#include <cstdint>
#include <span>
#include <string_view>

struct rte_hash;

namespace bench {

class RteHash {
 public:
  static constexpr std::string_view kName = "rte_hash";
  static constexpr size_t kBytesMax = 128;  // keys, buckets and its ring of free places

  // Starts DPDK at the first use, without ports, and gives it the arena as a heap.
  RteHash(Arena& arena, uint32_t flows_max);
  ~RteHash();
  RteHash(const RteHash&) = delete;
  RteHash& operator=(const RteHash&) = delete;

  [[nodiscard]] bool insert(const Query& query, Flow* flow);
  // All of the burst in one call, with the hashes: its fastest way.
  void find(std::span<const Query> burst, std::span<Flow*> out) const;
  [[nodiscard]] Flow* erase(const Query& query);
  [[nodiscard]] size_t memory_bytes(const Arena& arena) const;

 private:
  std::byte* heap_begin_ = nullptr;
  size_t heap_bytes_ = 0;
  int socket_ = -1;
  rte_hash* hash_ = nullptr;
};

}  // namespace bench
