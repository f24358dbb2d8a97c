// SPDX-License-Identifier: Apache-2.0
// What poll cores count of their own work: each counter, made to count.
#include "tests/unit/dataplane/capture/capture_writer.hpp"
#include "tests/unit/dataplane/poll/poll_fixture.hpp"

#include <gtest/gtest.h>
#include <rte_ethdev.h>

namespace tests {
namespace {

using dataplane::CorePlan;
using dataplane::DropReason;
using dataplane::IdleMode;
using dataplane::PollCores;
using dataplane::PollCounter;
using dataplane::Steering;

dataplane::OpenPorts start(const std::string& device, const dataplane::PortOptions& options) {
  const std::vector<std::string> devices = {device};
  const auto specs = dataplane::parse_port_specs(devices);
  auto opened = dataplane::open_ports(specs.value(), options);
  EXPECT_TRUE(opened.ok()) << opened.error().message;
  for (const auto& port : opened.value().ports)
    EXPECT_TRUE(port->start().ok());
  return std::move(opened).value();
}

// Long frames of several buffers, of flows of both cores.
TEST(PollCounters, CountWhatTwoCoresDo) {
  const dataplane::testing::ScratchFolder folder;
  std::vector<dataplane::testing::WrittenFrame> frames;
  uint64_t bytes = 0;
  for (uint16_t i = 0; i < 20; ++i) {
    const auto port = static_cast<uint16_t>(20000 + i);
    for (const ByteString& frame : tls_connection(v4(1, port), v4(2, 443), 14'000, 9000)) {
      frames.push_back({std::string(frame.begin(), frame.end()), 1'700'000'000'000'000'000,
                        static_cast<uint32_t>(frame.size())});
      bytes += frame.size();
    }
  }
  const std::string path = folder.file("long.pcap");
  dataplane::testing::write_pcap(path, DLT_EN10MB, frames);
  const dataplane::OpenPorts opened = start("pcap:" + path, {.cores = 2});
  const auto& ports = opened.ports;
  ASSERT_EQ(opened.plan.steering, Steering::software);
  PollCores poll(eal_of_tests().eal(), small_cores(2, opened));
  poll.plan_ports(ports, {.idle = IdleMode::sleep});
  Worker worker({&poll.core(0).exchange, &poll.core(1).exchange});
  poll.launch();
  wait_until([&] { return sum_of(poll, PollCounter::rx_packets) >= frames.size(); });
  wait_until([&] { return sum_of(poll, PollCounter::sleeps) > 0; });
  poll.stop();
  EXPECT_EQ(worker.finish().size(), 20U);
  EXPECT_EQ(sum_of(poll, PollCounter::rx_packets), frames.size());
  EXPECT_EQ(sum_of(poll, PollCounter::rx_bytes), bytes);
  EXPECT_GT(sum_of(poll, PollCounter::packets_joined), 20U);
  EXPECT_GT(sum_of(poll, PollCounter::packets_steered_out), 20U);
  EXPECT_GT(sum_of(poll, PollCounter::packets_steered_in), 20U);
  EXPECT_GT(sum_of(poll, PollCounter::loops), 0U);
  EXPECT_GT(sum_of(poll, PollCounter::loops_empty), 0U);
  EXPECT_GT(sum_of(poll, PollCounter::busy_cycles), frames.size());
  for (const auto& port : ports)
    port->stop();
}

// A core that sleeps long, and a wire that does not wait for it.
TEST(PollCounters, CountWhatACoreThatIsBehindCannotTake) {
  const dataplane::OpenPorts opened = start("net_ring", {.cores = 2, .transmit_port = 0});
  const auto& ports = opened.ports;
  ASSERT_EQ(opened.plan.steering, Steering::software);
  PollCores poll(eal_of_tests().eal(), small_cores(2, opened));
  CorePlan receiving{.idle = IdleMode::sleep};
  receiving.queues.push_back({.port = ports[0]->id()});
  poll.plan(0, receiving);
  poll.plan(1, {.idle = IdleMode::sleep, .loops_before_sleep = 1, .sleep_us = 300'000});
  Worker worker({&poll.core(0).exchange, &poll.core(1).exchange});
  poll.launch();
  uint64_t sent = 0;
  const auto send_one = [&] {
    const ByteString frame =
        PacketBuilder(v4(7, static_cast<uint16_t>(1024 + sent % 40'000)), v4(8, 443))
            .tcp(dataplane::TcpFlags::kSyn, 1)
            .build();
    rte_mbuf* mbuf = rte_pktmbuf_alloc(ports[0]->pool().get());
    if (mbuf == nullptr) return;  // all are under way
    std::ranges::copy(frame, reinterpret_cast<uint8_t*>(
                                 rte_pktmbuf_append(mbuf, static_cast<uint16_t>(frame.size()))));
    if (rte_eth_tx_burst(ports[0]->id(), 0, &mbuf, 1) == 1) {
      ++sent;
    } else {
      rte_pktmbuf_free(mbuf);
    }
  };
  wait_until([&] {
    for (int i = 0; i < 500; ++i)
      send_one();
    return sum_of(poll, DropReason::steering_full) > 0;
  });
  wait_until([&] { return sum_of(poll, PollCounter::rx_packets) >= sent; });
  poll.stop();
  static_cast<void>(worker.finish());
  // Every packet went one way.
  uint64_t followed = 0;
  for (uint16_t i = 0; i < poll.size(); ++i)
    followed += poll.core(i).counters.path.get(dataplane::PathCounter::packets);
  EXPECT_EQ(followed + sum_of(poll, DropReason::steering_full), sent);
  ports[0]->stop();
}

}  // namespace
}  // namespace tests
