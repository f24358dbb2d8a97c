// SPDX-License-Identifier: Apache-2.0
// Whole runs over virtual devices. What one core, two cores and the same packet path without DPDK
// make of one file must be the same.
#include "tests/unit/dataplane/capture/capture_writer.hpp"
#include "tests/unit/dataplane/poll/poll_fixture.hpp"

#include <gtest/gtest.h>
#include <rte_ethdev.h>

namespace tests {
namespace {

using dataplane::CorePlan;
using dataplane::PollCores;
using dataplane::PollCounter;
using dataplane::Steering;
using dataplane::testing::ScratchFolder;
using dataplane::testing::WrittenFrame;

// 300 connections whose packets are shuffled together, each in its own order.
enum class Ending : uint8_t { closed, open };
std::vector<WrittenFrame> many_connections(Ending ending) {
  std::vector<std::vector<ByteString>> open;
  for (uint16_t i = 0; i < 300; ++i) {
    const auto port = static_cast<uint16_t>(20000 + i);
    const size_t certificate = 500 + 40U * i;
    open.push_back(i % 3 == 0 ? tls_connection(v6(1, port), v6(2, 443), certificate)
                              : tls_connection(v4(1, port), v4(2, 443), certificate));
    if (ending == Ending::open) open.back().resize(open.back().size() - 2);
  }
  std::vector<WrittenFrame> frames;
  int64_t ns = 1'700'000'000'000'000'000;
  for (size_t step = 0;; ++step) {
    bool any = false;
    for (const auto& connection : open) {
      if (step >= connection.size()) continue;
      any = true;
      ns += 37'000;  // whole microseconds: DPDK's driver gives no finer ones
      const ByteString& frame = connection[step];
      frames.push_back(
          {std::string(frame.begin(), frame.end()), ns, static_cast<uint32_t>(frame.size())});
    }
    if (!any) return frames;
  }
}

struct LiveRun {
  std::vector<GivenCapture> captures;
  uint64_t steered = 0;
  uint64_t lost = 0;
};

LiveRun live(const std::vector<std::string>& texts, uint16_t cores, uint64_t packets) {
  const dataplane::OpenPorts opened = start_ports(texts, {.cores = cores});
  const auto& ports = opened.ports;
  EXPECT_EQ(opened.plan.steering, cores == 1 ? Steering::single : Steering::software);
  PollCores poll(eal_of_tests().eal(), small_cores(cores, opened));
  poll.plan_ports(ports, kSleepy);
  Worker worker(exchanges_of(poll));
  poll.launch();
  wait_until([&] { return sum_of(poll, PollCounter::rx_packets) >= packets; });
  poll.stop();
  LiveRun run;
  run.captures = worker.finish();
  run.steered = sum_of(poll, PollCounter::packets_steered_out);
  EXPECT_EQ(run.steered, sum_of(poll, PollCounter::packets_steered_in));
  for (const auto& text : dataplane::drop_reason_table())
    run.lost += sum_of(poll, text.reason);
  for (const auto& port : ports) {
    EXPECT_EQ(port->stats().rx_no_mbuf, 0U);
    port->stop();
  }
  return run;
}

class PollCoresTest : public ::testing::Test {
 protected:
  std::string write(const std::string& name, const std::vector<WrittenFrame>& frames) {
    dataplane::testing::write_pcap(folder_.file(name), DLT_EN10MB, frames);
    return folder_.file(name);
  }
  ScratchFolder folder_;
};

TEST_F(PollCoresTest, FindTheSameCapturesAsTheSamePathWithoutDpdk) {
  const std::vector<WrittenFrame> frames = many_connections(Ending::closed);
  const std::string path = write("many.pcap", frames);
  const std::vector<GivenCapture> expected = offline(path, 42);
  ASSERT_EQ(expected.size(), 300U);

  const LiveRun one = live({"pcap:" + path}, 1, frames.size());
  expect_same(one.captures, expected);
  EXPECT_EQ(one.steered, 0U);
  EXPECT_EQ(one.lost, 0U);

  const LiveRun two = live({"pcap:" + path}, 2, frames.size());
  expect_same(two.captures, expected);
  EXPECT_GT(two.steered, frames.size() / 4);
  EXPECT_EQ(two.lost, 0U);
}

// Two receive queues, and every connection split between them: each direction from its own file.
// Nothing orders the files, so one direction may be over before the other begins: no connection is
// closed here.
TEST_F(PollCoresTest, JoinDirectionsThatArriveOnDifferentQueues) {
  const std::vector<WrittenFrame> frames = many_connections(Ending::open);
  std::vector<WrittenFrame> client;
  std::vector<WrittenFrame> server;
  for (const WrittenFrame& frame : frames) {
    const bool v6 = static_cast<uint8_t>(frame.bytes[12]) == 0x86;
    const char source = frame.bytes[v6 ? 14 + 8 + 15 : 14 + 15];
    (source == 1 ? client : server).push_back(frame);
  }
  ASSERT_FALSE(client.empty() || server.empty());
  const LiveRun run = live({"net_pcap,rx_pcap=" + write("client.pcap", client) +
                            ",rx_pcap=" + write("server.pcap", server)},
                           2, frames.size());
  EXPECT_EQ(run.lost, 0U);
  EXPECT_EQ(run.captures.size(), 300U);
  for (const GivenCapture& capture : run.captures) {
    EXPECT_GT(capture.streams[0].size(), 0U);
    EXPECT_GT(capture.streams[1].size(), 0U);
  }
}

// Frames of 9,000 bytes: five mbufs each.
TEST_F(PollCoresTest, JoinFramesOfSeveralBuffers) {
  std::vector<WrittenFrame> frames;
  for (const ByteString& frame : tls_connection(v4(1, 1234), v4(2, 443), 14'000, 9000)) {
    frames.push_back({std::string(frame.begin(), frame.end()), 1'700'000'000'000'000'000,
                      static_cast<uint32_t>(frame.size())});
  }
  const std::string path = write("jumbo.pcap", frames);
  for (const uint16_t cores : {uint16_t{1}, uint16_t{2}}) {
    const LiveRun run = live({"pcap:" + path}, cores, frames.size());
    expect_same(run.captures, offline(path, 42));
    ASSERT_EQ(run.captures.size(), 1U);
    EXPECT_GT(run.captures[0].streams[0].size() + run.captures[0].streams[1].size(), 14'000U);
  }
}

// Packets sent into a net_ring come back out of it.
TEST_F(PollCoresTest, TakeWhatARingGivesBack) {
  const dataplane::OpenPorts opened = start_ports({"net_ring"}, {.cores = 1, .transmit_port = 0});
  const auto& ports = opened.ports;
  ASSERT_EQ(ports.size(), 1U);
  PollCores poll(eal_of_tests().eal(), small_cores(1, opened));
  poll.plan_ports(ports, kSleepy);
  Worker worker(exchanges_of(poll));
  poll.launch();
  const auto before = std::chrono::system_clock::now();
  const std::vector<ByteString> frames = tls_connection(v4(7, 5000), v4(8, 443), 2000);
  for (const ByteString& frame : frames) {
    rte_mbuf* mbuf = rte_pktmbuf_alloc(ports[0]->pool().get());
    ASSERT_NE(mbuf, nullptr);
    std::ranges::copy(frame, reinterpret_cast<uint8_t*>(
                                 rte_pktmbuf_append(mbuf, static_cast<uint16_t>(frame.size()))));
    ASSERT_EQ(rte_eth_tx_burst(ports[0]->id(), 0, &mbuf, 1), 1);
  }
  wait_until([&] { return sum_of(poll, PollCounter::rx_packets) >= frames.size(); });
  poll.stop();
  const auto captures = worker.finish();
  ASSERT_EQ(captures.size(), 1U);
  // Without time stamps of their own, packets get the machine's time.
  const auto ns = [](auto time) {
    return std::chrono::nanoseconds(time.time_since_epoch()).count();
  };
  constexpr int64_t kSlack = 50'000'000;
  EXPECT_GT(captures[0].first_seen_ns, ns(before) - kSlack);
  EXPECT_LT(captures[0].last_seen_ns, ns(std::chrono::system_clock::now()) + kSlack);
  ports[0]->stop();
  EXPECT_EQ(ports[0]->pool().num_free(), ports[0]->pool().size());
}

TEST_F(PollCoresTest, ChangePlansWhileTheyRun) {
  const dataplane::OpenPorts opened = start_ports({"net_null,size=64"}, {.cores = 2});
  const auto& ports = opened.ports;
  PollCores poll(eal_of_tests().eal(), small_cores(2, opened));
  CorePlan nothing = kSleepy;
  poll.plan(0, nothing);
  poll.plan(1, nothing);
  poll.launch();
  wait_until([&] { return sum_of(poll, PollCounter::sleeps) > 0; });
  EXPECT_EQ(sum_of(poll, PollCounter::rx_packets), 0U);
  poll.plan_ports(ports, kSleepy);
  wait_until([&] { return sum_of(poll, PollCounter::rx_packets) > 10'000; });
  poll.plan(0, nothing);
  poll.plan(1, nothing);
  const uint64_t stopped = sum_of(poll, PollCounter::rx_packets);
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_LE(sum_of(poll, PollCounter::rx_packets), stopped);
  poll.stop();
  // Frames of zeros are no IP packets: every one is accounted for.
  uint64_t dropped = 0;
  for (const auto& text : dataplane::drop_reason_table())
    dropped += sum_of(poll, text.reason);
  EXPECT_EQ(dropped, stopped);
}

}  // namespace
}  // namespace tests
