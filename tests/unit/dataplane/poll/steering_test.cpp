// SPDX-License-Identifier: Apache-2.0
// Packets that a receive queue alone does not bring to their flow: fragments, and frames whose
// headers a card cannot read. Several cores must find what one finds.
#include "dataplane/mbuf_burst.hpp"
#include "tests/support/ip_fragmenter.hpp"
#include "tests/unit/dataplane/capture/capture_writer.hpp"
#include "tests/unit/dataplane/poll/poll_fixture.hpp"

#include <gtest/gtest.h>
#include <rte_ethdev.h>

#include <algorithm>
#include <map>

namespace tests {
namespace {

using dataplane::DropReason;
using dataplane::PollCores;
using dataplane::PollCounter;
using dataplane::RssPlan;
using dataplane::Steering;
using dataplane::testing::ScratchFolder;
using dataplane::testing::WrittenFrame;

constexpr size_t kCertificateBytes = 3000;
constexpr uint16_t kConnections = 120;
constexpr uint64_t kRssTypes = RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_NONFRAG_IPV4_TCP | RTE_ETH_RSS_IPV6 |
                               RTE_ETH_RSS_NONFRAG_IPV6_TCP;

enum class Carrier : uint8_t { plain, fragmented, partly_fragmented, tagged, count_ };

// A frame as this connection's link carries it.
std::vector<ByteString> carried(Carrier carrier, const ByteString& frame, uint32_t id) {
  switch (carrier) {
    case Carrier::fragmented:
      return frames_of_fragments(frame, 16 + id % 40 * 8, id);
    case Carrier::partly_fragmented:
      return id % 2 == 0 ? frames_of_fragments(frame, 504, id) : std::vector<ByteString>(1, frame);
    case Carrier::tagged: {
      const ByteString tags = {0x88, 0xa8, 0, 7, 0x81, 0, 0, 9};
      return {join({part_of(frame, 0, 12), tags, part_of(frame, 12, frame.size() - 12)})};
    }
    default:
      return {frame};
  }
}

// Which frames are cut where their link does so. Of two files nothing says which packet was first,
// so that there a SYN in fragments may come after all of its connection.
enum class Cut : uint8_t { every_frame, with_payload };

// All connections packet by packet. They stay open, because of two files one may be over first.
std::vector<ByteString> mixed_traffic(Cut cut) {
  std::vector<std::vector<ByteString>> connections;
  for (uint16_t i = 0; i < kConnections; ++i) {
    const auto port = static_cast<uint16_t>(20000 + i);
    const bool v6_flow = i / static_cast<int>(Carrier::count_) % 2 == 1;
    std::vector<ByteString> frames =
        v6_flow ? tls_connection(v6(1, port), v6(2, 443), kCertificateBytes)
                : tls_connection(v4(1, port), v4(2, 443), kCertificateBytes);
    frames.resize(frames.size() - 2);
    connections.push_back(std::move(frames));
  }
  constexpr size_t kHeaders = 14 + 40 + 20;
  std::vector<ByteString> out;
  uint32_t id = 0;
  for (size_t step = 0; step < connections.front().size(); ++step) {
    for (size_t i = 0; i < connections.size(); ++i) {
      auto carrier = static_cast<Carrier>(i % static_cast<size_t>(Carrier::count_));
      const ByteString& frame = connections[i][step];
      const bool whole = cut == Cut::with_payload && frame.size() <= kHeaders;
      if (whole && carrier != Carrier::tagged) carrier = Carrier::plain;
      const auto frames = carried(carrier, frame, ++id);
      out.insert(out.end(), frames.begin(), frames.end());
    }
  }
  return out;
}

std::vector<WrittenFrame> written(const std::vector<ByteString>& frames) {
  std::vector<WrittenFrame> out;
  int64_t ns = 1'700'000'000'000'000'000;
  for (const ByteString& frame : frames) {
    ns += 1000;
    out.push_back(
        {std::string(frame.begin(), frame.end()), ns, static_cast<uint32_t>(frame.size())});
  }
  return out;
}

// The queue that a card chooses, by the definition of RSS: the Toeplitz hash of what it
// understands. A fragment has no ports, and of two tags it understands nothing.
size_t queue_of(const ByteString& frame, size_t queues, const RssPlan& plan) {
  const std::vector<uint8_t> key = dataplane::symmetric_key(40);
  const bool is_v4 = frame[12] == 0x08;
  const bool is_v6 = frame[12] == 0x86;
  if (!is_v4 && !is_v6) return 0;
  const size_t address_bytes = is_v4 ? 8 : 32;
  const size_t addresses = is_v4 ? 14 + 12 : 14 + 8;
  const bool whole = is_v4 ? (frame[20] & 0x3f) == 0 && frame[21] == 0 : frame[20] == 6;
  const ByteString input = part_of(frame, addresses, address_bytes + (whole ? 4 : 0));
  return dataplane::toeplitz_hash(key, input) % plan.reta_period % queues;
}

struct Outcome {
  std::vector<GivenCapture> captures;
  std::map<DropReason, uint64_t> lost;
  uint64_t steered = 0;
};

Outcome finish(PollCores& poll, Worker& worker) {
  poll.stop();
  Outcome run;
  run.captures = worker.finish();
  run.steered = sum_of(poll, PollCounter::packets_steered_out);
  EXPECT_EQ(run.steered, sum_of(poll, PollCounter::packets_steered_in));
  for (const auto& text : dataplane::drop_reason_table())
    if (const uint64_t drops = sum_of(poll, text.reason)) run.lost[text.reason] = drops;
  return run;
}

// What a capture must show whatever the order in which its packets came: who, and what was said in
// clear. How much of the encrypted rest lies behind it depends on the order.
void expect_same_handshakes(std::vector<GivenCapture> got, std::vector<GivenCapture> expected) {
  const auto by_key = [](const GivenCapture& a, const GivenCapture& b) { return a.key < b.key; };
  std::ranges::sort(got, by_key);
  std::ranges::sort(expected, by_key);
  ASSERT_EQ(got.size(), expected.size());
  for (size_t i = 0; i < got.size(); ++i) {
    ASSERT_EQ(got[i].key, expected[i].key);
    EXPECT_EQ(got[i].end, expected[i].end);
    for (size_t side = 0; side < 2; ++side) {
      const std::string& a = got[i].streams[side];
      const std::string& b = expected[i].streams[side];
      const size_t common = std::min(a.size(), b.size());
      EXPECT_EQ(a.substr(0, common), b.substr(0, common));
      EXPECT_GT(common, 150u);
    }
    EXPECT_GT(got[i].streams[0].size() + got[i].streams[1].size(), kCertificateBytes);
  }
}

class SteeringTest : public ::testing::Test {
 protected:
  std::string write(const std::string& name, const std::vector<ByteString>& frames) {
    dataplane::testing::write_pcap(folder_.file(name), DLT_EN10MB, written(frames));
    return folder_.file(name);
  }
  ScratchFolder folder_;
};

TEST_F(SteeringTest, BySoftwareBringsFragmentsToTheirFlows) {
  const std::vector<ByteString> frames = mixed_traffic(Cut::every_frame);
  const std::string path = write("mixed.pcap", frames);
  const std::vector<GivenCapture> expected = offline(path, 42);
  ASSERT_EQ(expected.size(), kConnections);
  for (const uint16_t cores : {uint16_t{1}, uint16_t{2}}) {
    const auto opened = start_ports({"pcap:" + path}, {.cores = cores});
    PollCores poll(eal_of_tests().eal(), small_cores(cores, opened));
    poll.plan_ports(opened.ports, kSleepy);
    Worker worker(exchanges_of(poll));
    poll.launch();
    wait_until([&] { return sum_of(poll, PollCounter::rx_packets) >= frames.size(); });
    const Outcome run = finish(poll, worker);
    EXPECT_TRUE(run.lost.empty());
    EXPECT_EQ(run.steered > 0, cores > 1);
    expect_same(run.captures, expected);
    if (opened.joined_pool != nullptr) {
      EXPECT_EQ(opened.joined_pool->num_free(), opened.joined_pool->size());
    }
  }
}

// One file per queue, filled as a card would fill its queues.
TEST_F(SteeringTest, ByTheCardIsMendedByTheCores) {
  const RssPlan plan{.steering = Steering::hardware, .rss_types = kRssTypes, .reta_period = 128};
  const std::vector<ByteString> frames = mixed_traffic(Cut::with_payload);
  const std::vector<GivenCapture> expected = offline(write("mixed.pcap", frames), 42);
  std::array<std::vector<ByteString>, 2> queues;
  for (const ByteString& frame : frames)
    queues[queue_of(frame, 2, plan)].push_back(frame);
  ASSERT_GT(queues[1].size(), frames.size() / 5);
  const auto opened = start_ports({"net_pcap,rx_pcap=" + write("zero.pcap", queues[0]) +
                                   ",rx_pcap=" + write("one.pcap", queues[1])},
                                  {.cores = 2});
  dataplane::PollCoresOptions options = small_cores(2, opened);
  options.rss = plan;
  PollCores poll(eal_of_tests().eal(), options);
  poll.plan_ports(opened.ports, kSleepy);
  Worker worker(exchanges_of(poll));
  poll.launch();
  wait_until([&] { return sum_of(poll, PollCounter::rx_packets) >= frames.size(); });
  const Outcome run = finish(poll, worker);
  EXPECT_TRUE(run.lost.empty());
  EXPECT_GT(run.steered, 0U);
  expect_same_handshakes(run.captures, expected);
}

// What the card has judged rightly costs no hop.
TEST_F(SteeringTest, LeavesWholePacketsWhereTheCardHasBroughtThem) {
  const RssPlan plan{.steering = Steering::hardware, .rss_types = kRssTypes, .reta_period = 64};
  std::array<std::vector<ByteString>, 2> queues;
  for (uint16_t port = 1; port <= 200; ++port) {
    const bool odd = port % 2 == 1;
    for (const ByteString& frame : odd ? tls_connection(v6(1, port), v6(2, 443), 500)
                                       : tls_connection(v4(1, port), v4(2, 443), 500))
      queues[queue_of(frame, 2, plan)].push_back(frame);
  }
  const auto opened = start_ports({"net_pcap,rx_pcap=" + write("zero.pcap", queues[0]) +
                                   ",rx_pcap=" + write("one.pcap", queues[1])},
                                  {.cores = 2});
  dataplane::PollCoresOptions options = small_cores(2, opened);
  options.rss = plan;
  PollCores poll(eal_of_tests().eal(), options);
  poll.plan_ports(opened.ports, kSleepy);
  Worker worker(exchanges_of(poll));
  poll.launch();
  const size_t frames = queues[0].size() + queues[1].size();
  wait_until([&] { return sum_of(poll, PollCounter::rx_packets) >= frames; });
  const Outcome run = finish(poll, worker);
  EXPECT_EQ(run.steered, 0U);
  EXPECT_EQ(run.captures.size(), 200U);
}

// Without buffers a packet put together cannot go on: counted, and nothing else suffers.
TEST_F(SteeringTest, CountsPacketsThatFindNoBuffer) {
  auto opened = start_ports({"net_ring"}, {.cores = 2, .transmit_port = 0});
  dataplane::PollCoresOptions options = small_cores(2, opened);
  const auto tiny =
      dataplane::MbufPool::create({.name = "tiny", .mbufs = 1, .buffer_bytes = 256, .cache = 0});
  ASSERT_TRUE(tiny.ok());
  options.joined_pool = tiny.value()->get();
  PollCores poll(eal_of_tests().eal(), options);
  poll.plan_ports(opened.ports, kSleepy);
  Worker worker(exchanges_of(poll));
  poll.launch();
  uint64_t sent = 0;
  const auto send = [&](const ByteString& frame) {
    rte_mbuf* mbuf = dataplane::make_packet(*opened.ports[0]->pool().get(), frame);
    ASSERT_NE(mbuf, nullptr);
    ASSERT_EQ(rte_eth_tx_burst(opened.ports[0]->id(), 0, &mbuf, 1), 1);
    ++sent;
    wait_until([&] { return sum_of(poll, PollCounter::rx_packets) >= sent; });
  };
  uint32_t id = 0;
  for (uint16_t port = 1; port <= 20; ++port) {
    for (const ByteString& frame : tls_connection(v4(1, port), v4(2, 443), 500)) {
      for (const ByteString& fragment : frames_of_fragments(frame, 504, ++id))
        send(fragment);
    }
  }
  const Outcome run = finish(poll, worker);
  ASSERT_EQ(run.lost.size(), 1U);
  EXPECT_GT(run.lost.at(DropReason::steering_pool_empty), 0U);
  EXPECT_EQ(tiny.value()->num_free(), 1U);
  opened.ports[0]->stop();
  EXPECT_EQ(opened.ports[0]->pool().num_free(), opened.ports[0]->pool().size());
}

TEST_F(SteeringTest, MakesPacketsOfBytesInAsManyPiecesAsTheyNeed) {
  const auto pool = dataplane::MbufPool::create(
      {.name = "pieces", .mbufs = 63, .buffer_bytes = 2048, .cache = 0});
  ASSERT_TRUE(pool.ok());
  dataplane::LinearBuffer room;
  for (const size_t size : {1u, 2048u, 2049u, 65575u}) {
    ByteString bytes(size);
    for (size_t i = 0; i < size; ++i)
      bytes[i] = static_cast<uint8_t>(i * 31 + i / 256);
    rte_mbuf* mbuf = dataplane::make_packet(*pool.value()->get(), bytes);
    ASSERT_NE(mbuf, nullptr);
    EXPECT_EQ(mbuf->pkt_len, size);
    EXPECT_EQ(mbuf->nb_segs, (size + 2047) / 2048);
    EXPECT_TRUE(std::ranges::equal(dataplane::bytes_of(*mbuf, room), bytes));
    rte_pktmbuf_free_bulk(&mbuf, 1);
    room.clear();
    EXPECT_EQ(pool.value()->num_free(), 63U);
  }
  // 64 pieces are one too many: none is kept.
  EXPECT_EQ(dataplane::make_packet(*pool.value()->get(), ByteString(63 * 2048 + 1)), nullptr);
  EXPECT_EQ(pool.value()->num_free(), 63U);
}

}  // namespace
}  // namespace tests
