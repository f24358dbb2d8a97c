// SPDX-License-Identifier: Apache-2.0
#include "dataplane/tx_burst.hpp"

#include "tests/unit/dataplane/poll/poll_fixture.hpp"

#include <gtest/gtest.h>
#include <rte_ethdev.h>

#include <algorithm>
#include <array>

namespace tests {
namespace {

using dataplane::PollCounter;
using dataplane::PollCounters;
using dataplane::TxBurst;

constexpr size_t kFrameBytes = 60;

// Writes one frame whose bytes are `mark`; false where there was no room.
bool send_one(TxBurst& burst, uint8_t mark) {
  const std::span<uint8_t> room = burst.room();
  if (room.size() < kFrameBytes) return false;
  std::fill_n(room.begin(), kFrameBytes, mark);
  burst.send(kFrameBytes);
  return true;
}

// A net_ring gives back what was sent into it, and holds 1,024 frames.
class TxBurstTest : public testing::Test {
 protected:
  void SetUp() override {
    opened_ = start_ports({"net_ring"}, {.cores = 1, .transmit_port = 0});
    ASSERT_EQ(opened_.ports.size(), 1U);
    ASSERT_NE(port().tx_pool(), nullptr);
  }
  void TearDown() override { port().stop(); }
  dataplane::Port& port() { return *opened_.ports[0]; }
  TxBurst::Place place() { return {port().id(), 0, port().tx_pool()}; }

  // Frames that lie in the device; they are freed.
  std::vector<uint8_t> receive_all() {
    std::vector<uint8_t> marks;
    std::array<rte_mbuf*, 32> received;
    while (const uint16_t count = rte_eth_rx_burst(port().id(), 0, received.data(), 32)) {
      for (uint16_t i = 0; i < count; ++i) {
        EXPECT_EQ(received[i]->pkt_len, kFrameBytes);
        marks.push_back(*rte_pktmbuf_mtod(received[i], const uint8_t*));
      }
      rte_pktmbuf_free_bulk(received.data(), count);
    }
    return marks;
  }

  dataplane::OpenPorts opened_;
  PollCounters counters_;
};

TEST_F(TxBurstTest, SendsInOrderAndCountsWhatTheDeviceTook) {
  TxBurst burst(place(), counters_);
  for (uint8_t mark = 1; mark <= 100; ++mark)
    ASSERT_TRUE(send_one(burst, mark));
  burst.flush();
  const std::vector<uint8_t> marks = receive_all();
  ASSERT_EQ(marks.size(), 100U);
  for (size_t i = 0; i < marks.size(); ++i)
    EXPECT_EQ(marks[i], i + 1);
  EXPECT_EQ(counters_.get(PollCounter::tx_packets), 100U);
  EXPECT_EQ(counters_.get(PollCounter::tx_bytes), 100U * kFrameBytes);
  EXPECT_EQ(counters_.get(PollCounter::tx_full), 0U);
}

TEST_F(TxBurstTest, KeepsItsRoomUntilItIsSent) {
  TxBurst burst(place(), counters_);
  EXPECT_EQ(burst.room().data(), burst.room().data());
}

TEST_F(TxBurstTest, HoldsBackWhenTheDeviceIsFullAndLosesNothing) {
  // More buffers than the device has places.
  auto pool =
      dataplane::MbufPool::create({.name = "many", .mbufs = 4095, .buffer_bytes = 256, .cache = 0});
  ASSERT_TRUE(pool.ok());
  size_t sent = 0;
  {
    TxBurst burst({port().id(), 0, pool.value()->get()}, counters_);
    while (sent < 5000 && send_one(burst, static_cast<uint8_t>(sent)))
      ++sent;
    ASSERT_LT(sent, 5000U);
    burst.flush();
    EXPECT_GT(counters_.get(PollCounter::tx_full), 0U);
    std::vector<uint8_t> marks = receive_all();
    burst.flush();
    const std::vector<uint8_t> rest = receive_all();
    marks.insert(marks.end(), rest.begin(), rest.end());
    ASSERT_EQ(marks.size(), sent);
    for (size_t i = 0; i < marks.size(); ++i)
      ASSERT_EQ(marks[i], static_cast<uint8_t>(i));
  }
  EXPECT_EQ(pool.value()->num_free(), pool.value()->size());
}

TEST_F(TxBurstTest, HasNoRoomWithoutBuffers) {
  std::vector<rte_mbuf*> taken;
  while (rte_mbuf* const mbuf = rte_pktmbuf_alloc(port().tx_pool()))
    taken.push_back(mbuf);
  TxBurst burst(place(), counters_);
  EXPECT_TRUE(burst.room().empty());
  EXPECT_EQ(counters_.get(PollCounter::tx_no_mbuf), 1U);
  for (rte_mbuf* const mbuf : taken)
    rte_pktmbuf_free(mbuf);
  EXPECT_FALSE(burst.room().empty());
}

}  // namespace
}  // namespace tests
