// SPDX-License-Identifier: Apache-2.0
// A program of its own, because it replaces operator new: after construction nothing of a poll
// core's tables allocates.
#include "flowtable/capture_pool.hpp"
#include "flowtable/flow_table.hpp"
#include "tests/unit/flowtable/flow_samples.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <limits>
#include <new>

namespace {

std::atomic<uint64_t> num_allocations{0};

void* allocate(size_t size, size_t alignment) {
  num_allocations.fetch_add(1, std::memory_order_relaxed);
  void* memory = std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

void* operator new(size_t size) {
  return allocate(size, alignof(std::max_align_t));
}
void* operator new(size_t size, std::align_val_t alignment) {
  return allocate(size, static_cast<size_t>(alignment));
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, size_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, size_t, std::align_val_t) noexcept {
  std::free(memory);
}

namespace flowtable {
namespace {

TEST(NoAllocation, AfterAFlowTableIsBuilt) {
  uint64_t before = num_allocations.load();
  FlowTable table(sample_options(4096));
  EXPECT_GT(num_allocations.load(), before) << "the counter counts";
  before = num_allocations.load();
  for (uint32_t i = 0; i < 100'000; ++i) {
    Flow* flow = insert_sample(table, i, sample_tick(i / 10));
    if (flow != nullptr) table.set_class(*flow, static_cast<FlowClass>(i % 4));
    if (i % 64 == 0) table.expire(sample_tick(i / 10), 100, [](const Flow&) {});
  }
  table.erase_all([](const Flow&) {});
  EXPECT_EQ(num_allocations.load(), before);
}

TEST(NoAllocation, AfterACapturePoolIsBuilt) {
  CapturePool pool(CapturePool::Options{});
  const uint64_t before = num_allocations.load();
  const std::array<uint8_t, 1000> payload{};
  for (int round = 0; round < 3; ++round) {
    while (HandshakeCapture* capture = pool.acquire()) {
      pool.start_stream(*capture, Side::a, true, 0);
      pool.start_stream(*capture, Side::b, false, 0);
      capture->streams[0].insert(500, payload);
      static_cast<void>(pool.grow(*capture));
      capture->streams[0].insert(0, payload);
    }
    for (uint32_t slot = 0; slot < 1024; ++slot)
      pool.release(*pool.at(slot));
  }
  EXPECT_EQ(num_allocations.load(), before);
}

}  // namespace
}  // namespace flowtable
