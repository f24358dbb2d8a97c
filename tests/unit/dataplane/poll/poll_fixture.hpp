// SPDX-License-Identifier: Apache-2.0
// DPDK for tests: one EAL in ordinary memory for the whole test program, and what poll cores give
// to their workers.
#pragma once

#include "dataplane/poll_core.hpp"
#include "tests/support/packet_builder.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <compare>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace tests {

// Two poll cores, on two CPUs where the machine has them. Started by main() of the test program.
class EalOfTests : public ::testing::Environment {
 public:
  void SetUp() override;
  void TearDown() override { eal_.reset(); }
  [[nodiscard]] const dataplane::Eal& eal() const { return *eal_; }
  // What DPDK has logged so far.
  [[nodiscard]] std::vector<std::string> log() const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> log_;
  std::unique_ptr<dataplane::Eal> eal_;
};
[[nodiscard]] EalOfTests& eal_of_tests();

// All that a worker is given of a capture; ordered, so that sets can be compared.
struct GivenCapture {
  std::array<uint64_t, 5> key{};
  std::array<std::string, 2> streams;
  std::array<uint64_t, 2> bytes{};
  std::array<uint32_t, 2> packets{};
  int64_t first_seen_ns = 0;
  int64_t last_seen_ns = 0;
  int end = 0;
  auto operator<=>(const GivenCapture&) const = default;
};
[[nodiscard]] GivenCapture copy_of(const flowtable::HandshakeCapture& capture);

// Takes captures from exchanges on a thread of its own, as the pipeline would.
class Worker {
 public:
  explicit Worker(std::vector<flowtable::CaptureExchange*> exchanges);
  ~Worker();
  // Ends when everything that was handed off is taken: call after the cores have stopped. Sorted.
  [[nodiscard]] std::vector<GivenCapture> finish();

 private:
  void take_all();

  std::vector<flowtable::CaptureExchange*> exchanges_;
  std::vector<GivenCapture> taken_;
  std::atomic<bool> finish_{false};
  std::thread thread_;
};

// Frames of one TLS connection, in order.
[[nodiscard]] std::vector<ByteString> tls_connection(const flowtable::Endpoint& client,
                                                     const flowtable::Endpoint& server,
                                                     size_t certificate_bytes,
                                                     size_t segment_bytes = 1400);

// Says where two sorted lists part, without printing all of them.
void expect_same(const std::vector<GivenCapture>& got, const std::vector<GivenCapture>& expected);

[[nodiscard]] dataplane::PollCoresOptions small_cores(uint16_t cores);
[[nodiscard]] dataplane::PollCoresOptions small_cores(uint16_t cores,
                                                      const dataplane::OpenPorts& opened);
// Opened and started.
[[nodiscard]] dataplane::OpenPorts start_ports(const std::vector<std::string>& texts,
                                               const dataplane::PortOptions& options);
[[nodiscard]] std::vector<flowtable::CaptureExchange*> exchanges_of(dataplane::PollCores& cores);
// Cores that give their CPU away while they wait.
inline const dataplane::CorePlan kSleepy{.idle = dataplane::IdleMode::sleep};
// What the same packets are through the same path, without any device.
[[nodiscard]] std::vector<GivenCapture> offline(const std::string& path, uint64_t hash_seed);

[[nodiscard]] uint64_t sum_of(const dataplane::PollCores& cores, dataplane::PollCounter counter);
[[nodiscard]] uint64_t sum_of(const dataplane::PollCores& cores, dataplane::DropReason reason);

// Waits until `reached` or fails after ten seconds.
template <typename Reached>
void wait_until(Reached&& reached) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!reached()) {
    ASSERT_LT(std::chrono::steady_clock::now(), end);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

}  // namespace tests
