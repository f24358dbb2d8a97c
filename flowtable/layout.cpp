// SPDX-License-Identifier: Apache-2.0
// The constructors of a poll core's tables and pools, which take all the memory these will ever
// have. No other file of this folder allocates, so a tool can hold the object files to that.
#include "flowtable/base/check.hpp"
#include "flowtable/capture_pool.hpp"
#include "flowtable/flow_table.hpp"
#include "flowtable/opening_table.hpp"
#include "flowtable/syn_cache.hpp"

#include <algorithm>
#include <bit>
#include <memory>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace flowtable {
namespace {

constexpr uint32_t kFlowsMin = 16;

// At most so many flows to two buckets, of 16 slots: 11.6 bytes a flow, which leaves 128 in all.
constexpr uint32_t kFlowsOfTwoMax = 11;

// Even: see FlowIndex::other_bucket().
size_t num_buckets(uint32_t flows_max) noexcept {
  return size_t{2} * (flows_max / kFlowsOfTwoMax + (flows_max % kFlowsOfTwoMax != 0));
}

TickSpan longest_on_wheel(const FlowTimeouts& timeouts) noexcept {
  return TickSpan(std::max(timeouts.timeout_ns(FlowClass::handshaking),
                           timeouts.timeout_ns(FlowClass::established)));
}

size_t small_buffer_bytes(const CapturePool::Options& options) noexcept {
  return size_t{options.small_client_bytes} + options.small_server_bytes;
}

// Asks for huge pages where the kernel gives them on request only, before the memory is touched:
// among millions of flows nearly every line lies on a page of its own, and finding the page takes
// as long as reading the line. Where the kernel refuses, ordinary pages serve.
void prefer_huge_pages([[maybe_unused]] void* memory, [[maybe_unused]] size_t bytes) noexcept {
#if defined(MADV_HUGEPAGE)
  constexpr size_t kHugePage = size_t{2} << 20;
  if (bytes >= kHugePage) (void)madvise(memory, bytes, MADV_HUGEPAGE);
#endif
}

}  // namespace

FlowIndex::FlowIndex(uint32_t flows_max, Flow* flows)
    : flows_(flows),
      buckets_(num_buckets(flows_max)),
      num_buckets_(static_cast<uint32_t>(buckets_.size())) {
  CHECK(buckets_.size() >= 2 && buckets_.size() <= kBucketsMax);
  prefer_huge_pages(buckets_.get(), buckets_.memory_bytes());
  for (size_t i = 0; i < buckets_.size(); ++i)
    std::construct_at(&buckets_[i]);
}

FlowTable::FlowTable(const Options& options)
    : timeouts_(options.timeout),
      slab_(options.flows_max),
      index_(options.flows_max, slab_.records()),
      embryonic_(slab_.records(), timeouts_),
      closing_(slab_.records(), timeouts_),
      wheel_(slab_.records(), timeouts_, longest_on_wheel(timeouts_)) {
  CHECK(options.flows_max >= kFlowsMin);
  prefer_huge_pages(slab_.records(), slab_.memory_bytes());
  if (options.touch_memory) slab_.touch_all();
}

CapturePool::CapturePool(const Options& options)
    : options_(options),
      captures_(options.captures_max),
      holdings_(options.captures_max),
      free_captures_(options.captures_max),
      free_large_(options.large_max),
      small_bytes_(std::make_unique_for_overwrite<uint8_t[]>(options.captures_max *
                                                             small_buffer_bytes(options))),
      large_bytes_(std::make_unique_for_overwrite<uint8_t[]>(size_t{options.large_max} * 2 *
                                                             options.large_bytes)) {
  CHECK(options.captures_max > 0 && options.captures_max < kNone);
  CHECK(options.small_client_bytes > 0 && options.small_client_bytes <= options.large_bytes);
  CHECK(options.small_server_bytes > 0 && options.small_server_bytes <= options.large_bytes);
}

size_t CapturePool::memory_bytes() const noexcept {
  const size_t each = sizeof(HandshakeCapture) + sizeof(Holding) + sizeof(uint32_t);
  const size_t large = size_t{2} * options_.large_bytes + sizeof(uint32_t);
  return sizeof(*this) + options_.captures_max * (each + small_buffer_bytes(options_)) +
         options_.large_max * large;
}

SynCache::SynCache(uint32_t syns_max) : syns_(std::bit_ceil(std::max(syns_max, 1u))) {
  prefer_huge_pages(syns_.get(), syns_.memory_bytes());
  for (size_t i = 0; i < syns_.size(); ++i)
    std::construct_at(&syns_[i]);
}

OpeningTable::OpeningTable(uint32_t openings_max)
    : notes_(std::bit_ceil(std::max<size_t>(openings_max, 1))),
      owners_(notes_.size()),
      given_back_(notes_.size()) {
  prefer_huge_pages(notes_.get(), notes_.memory_bytes());
}

}  // namespace flowtable
