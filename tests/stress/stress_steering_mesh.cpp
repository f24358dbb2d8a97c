// SPDX-License-Identifier: Apache-2.0
// Cores that throw packets at each other as fast as they can: none may be lost, doubled or changed,
// those from one core must stay in order, and all must have arrived when everybody has stopped.
#include "dataplane/steering_mesh.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <random>
#include <thread>
#include <vector>

namespace dataplane {
namespace {

constexpr uint16_t kCores = 3;
constexpr uint64_t kItemsPerCore = 300'000;

// What stands for a packet: plain memory that the sender writes and the receiver reads, so that
// ThreadSanitizer sees whether the ring orders the two.
struct Parcel {
  uint64_t number = 0;
  uint16_t from = 0;
};

struct Core {
  std::vector<Parcel> parcels{kItemsPerCore};  // of this core, each sent at most once
  std::array<uint64_t, kCores> sent{};         // by receiver
  std::array<uint64_t, kCores> received{};     // by sender
  uint64_t refused = 0;
  uint64_t out_of_order = 0;
};

class MeshUnderStress {
 public:
  MeshUnderStress() : mesh_(kCores, 64) {}

  // The life of PollLoop: send and receive, say that sending is over, receive until all have said
  // so and the rings are empty.
  void run(uint16_t self) {
    Core& core = cores[self];
    std::mt19937 random(self);
    for (uint64_t i = 0; i < kItemsPerCore; ++i) {
      const auto to = static_cast<uint16_t>((self + 1 + random() % (kCores - 1)) % kCores);
      Parcel& parcel = core.parcels[i];
      parcel = {.number = core.sent[to], .from = self};
      if (mesh_.push(self, to, &parcel)) {
        ++core.sent[to];
      } else {
        ++core.refused;
      }
      if (i % 16 == 0) receive(self);
    }
    stopped_.fetch_add(1, std::memory_order_acq_rel);
    while (stopped_.load(std::memory_order_acquire) < kCores)
      receive(self);
    while (receive(self) != 0) {
    }
  }

  std::array<Core, kCores> cores;

 private:
  size_t receive(uint16_t self) {
    size_t total = 0;
    std::array<Parcel*, 32> arrived{};
    for (uint16_t from = 0; from < kCores; ++from) {
      if (from == self) continue;
      const size_t count = mesh_.pop(from, self, arrived);
      for (size_t i = 0; i < count; ++i) {
        uint64_t& next = cores[self].received[from];
        if (arrived[i]->from != from || arrived[i]->number != next) ++cores[self].out_of_order;
        ++next;
      }
      total += count;
    }
    return total;
  }

  SteeringMesh<Parcel*> mesh_;
  std::atomic<uint32_t> stopped_{0};
};

TEST(SteeringMesh, LosesNothingBetweenCoresThatStopTogether) {
  MeshUnderStress stress;
  std::vector<std::thread> threads;
  for (uint16_t core = 0; core < kCores; ++core)
    threads.emplace_back([&stress, core] { stress.run(core); });
  for (std::thread& thread : threads)
    thread.join();
  for (uint16_t core = 0; core < kCores; ++core) {
    uint64_t sent = 0;
    for (uint16_t to = 0; to < kCores; ++to) {
      sent += stress.cores[core].sent[to];
      EXPECT_EQ(stress.cores[to].received[core], stress.cores[core].sent[to]);
    }
    EXPECT_EQ(stress.cores[core].out_of_order, 0U);
    EXPECT_EQ(sent + stress.cores[core].refused, kItemsPerCore);
    EXPECT_GT(sent, 0U);
  }
}

TEST(SteeringMesh, RefusesWhatDoesNotFit) {
  SteeringMesh<int*> mesh(2, 4);
  int item = 0;
  EXPECT_TRUE(mesh.has_room(0, 4));
  for (int i = 0; i < 4; ++i)
    EXPECT_TRUE(mesh.push(0, 1, &item));
  EXPECT_FALSE(mesh.push(0, 1, &item));
  EXPECT_FALSE(mesh.has_room(0, 1));
  EXPECT_TRUE(mesh.has_room(1, 4));
  std::array<int*, 3> out{};
  EXPECT_EQ(mesh.pop(0, 1, out), 3U);
  EXPECT_TRUE(mesh.has_room(0, 3));
  EXPECT_FALSE(mesh.has_room(0, 4));
}

}  // namespace
}  // namespace dataplane
