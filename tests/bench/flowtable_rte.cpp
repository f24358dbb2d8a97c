// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/flowtable_rte.hpp"

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_hash.h>
#include <rte_malloc.h>

#include <array>
#include <cstdio>
#include <cstdlib>

namespace bench {
namespace {

constexpr const char* kHeap = "bench";

void must(bool done, const char* what) {
  if (done) return;
  std::fprintf(stderr, "%s: %s\n", what, rte_strerror(rte_errno));
  std::exit(1);
}

// Its own memory is small and holds only its books; the tables live in the arena.
void start_eal() {
  static bool started = false;
  if (started) return;
  // Not --in-memory: DPDK refuses it together with --no-huge.
  std::array<const char*, 10> words = {
      "bench", "--no-shconf",    "--no-huge",        "-m", "64", "--no-pci", "--lcores",
      "0@0",   "--no-telemetry", "--log-level=error"};
  must(rte_eal_init(static_cast<int>(words.size()), const_cast<char**>(words.data())) >= 0,
       "rte_eal_init");
  started = true;
}

rte_hash* make_hash(uint32_t flows_max, int socket) {
  rte_hash_parameters wanted{};
  wanted.name = "flows";
  wanted.entries = flows_max;
  // The query as a whole: it has compare functions for 48 bytes, and none for 40.
  wanted.key_len = sizeof(Query);
  wanted.socket_id = socket;
  wanted.extra_flag = RTE_HASH_EXTRA_FLAGS_RW_CONCURRENCY_LF;
  return rte_hash_create(&wanted);
}

}  // namespace

RteHash::RteHash(Arena& arena, uint32_t flows_max) {
  start_eal();
  heap_bytes_ = (size_t{flows_max} * kBytesMax + (size_t{32} << 20)) / kHugePage * kHugePage;
  auto* const piece = static_cast<std::byte*>(arena.allocate(heap_bytes_ + kHugePage));
  const size_t beyond = static_cast<size_t>(piece - arena.begin()) % kHugePage;
  heap_begin_ = piece + (beyond == 0 ? 0 : kHugePage - beyond);
  must(rte_malloc_heap_create(kHeap) == 0, "rte_malloc_heap_create");
  must(rte_malloc_heap_memory_add(kHeap, heap_begin_, heap_bytes_, nullptr, 0, kHugePage) == 0,
       "rte_malloc_heap_memory_add");
  socket_ = rte_malloc_heap_get_socket(kHeap);
  hash_ = make_hash(flows_max, socket_);
  must(hash_ != nullptr, "rte_hash_create");
}

RteHash::~RteHash() {
  rte_hash_free(hash_);
  must(rte_malloc_heap_memory_remove(kHeap, heap_begin_, heap_bytes_) == 0,
       "rte_malloc_heap_memory_remove");
  must(rte_malloc_heap_destroy(kHeap) == 0, "rte_malloc_heap_destroy");
}

bool RteHash::insert(const Query& query, Flow* flow) {
  return rte_hash_add_key_with_hash_data(hash_, &query, static_cast<hash_sig_t>(query.hash),
                                         flow) == 0;
}

void RteHash::find(std::span<const Query> burst, std::span<Flow*> out) const {
  std::array<const void*, kBurst> keys;
  std::array<hash_sig_t, kBurst> hashes;
  std::array<void*, kBurst> found{};
  uint64_t hits = 0;
  for (size_t i = 0; i < burst.size(); ++i) {
    keys[i] = &burst[i];
    hashes[i] = static_cast<hash_sig_t>(burst[i].hash);
  }
  (void)rte_hash_lookup_with_hash_bulk_data(
      hash_, keys.data(), hashes.data(), static_cast<uint32_t>(burst.size()), &hits, found.data());
  for (size_t i = 0; i < burst.size(); ++i)
    out[i] = (hits >> i & 1) != 0 ? static_cast<Flow*>(found[i]) : nullptr;
}

Flow* RteHash::erase(const Query& query) {
  void* flow = nullptr;
  const auto hash = static_cast<hash_sig_t>(query.hash);
  if (rte_hash_lookup_with_hash_data(hash_, &query, hash, &flow) < 0) return nullptr;
  // In this mode a place is free only when no reader can be at it: here none is.
  const int32_t place = rte_hash_del_key_with_hash(hash_, &query, hash);
  must(place >= 0 && rte_hash_free_key_with_position(hash_, place) == 0, "rte_hash_del_key");
  return static_cast<Flow*>(flow);
}

size_t RteHash::memory_bytes(const Arena& arena) const {
  rte_malloc_socket_stats stats{};
  must(rte_malloc_get_socket_stats(socket_, &stats) == 0, "rte_malloc_get_socket_stats");
  return arena.bytes_in_use() - (heap_bytes_ + kHugePage) + stats.heap_allocsz_bytes;
}

}  // namespace bench
