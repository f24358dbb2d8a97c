// SPDX-License-Identifier: Apache-2.0
// The scanner on real poll cores: whose a frame is, and that what it sends leaves.
#include "dataplane/scan_lane.hpp"

#include "dataplane/scan/ip_writer.hpp"
#include "tests/support/packet_builder.hpp"
#include "tests/unit/dataplane/poll/poll_fixture.hpp"

#include <gtest/gtest.h>
#include <rte_ethdev.h>

#include <algorithm>
#include <array>

namespace tests {
namespace {

using dataplane::DropReason;
using dataplane::PollCores;
using dataplane::PollCounter;
using dataplane::ScanCounter;
using flowtable::IpAddress;

constexpr dataplane::MacAddress kOurs{2, 0, 0, 0, 0, 1};

IpAddress address(uint8_t last) {
  return IpAddress::from_bytes(std::array<uint8_t, 4>{10, 7, 0, last});
}

// "Who has 10.7.0.2? Tell 10.7.0.9": RFC 826, byte for byte.
ByteString arp_request() {
  return {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0,  0, 0, 0, 9, 0x08, 0x06, 0, 1, 8, 0,  6, 4, 0,
          1,    2,    0,    0,    0,    0,    9, 10, 7, 0, 9, 0, 0,    0,    0, 0, 0, 10, 7, 0, 2};
}

class ScanLaneTest : public testing::Test {
 protected:
  void SetUp() override {
    site_.addresses.push_back({address(2), 120, std::nullopt});
    site_.mac = kOurs;
    site_.allowed =
        dataplane::AddressSet(std::array{dataplane::AddressRange::of_prefix(address(0), 120)});
    site_.tcp.connections_max = 16;
    opened_ = start_ports({"net_ring"}, {.cores = 2, .transmit_port = 0});
    ASSERT_EQ(opened_.ports.size(), 1U);
    dataplane::PollCoresOptions options = small_cores(2, opened_);
    options.scan = {.site = &site_,
                    .port = port().id(),
                    .tx_queues = port().num_tx_queues(),
                    .tx_pool = port().tx_pool()};
    cores_ = std::make_unique<PollCores>(eal_of_tests().eal(), options);
    cores_->plan_ports(opened_.ports, kSleepy);
    worker_ = std::make_unique<Worker>(exchanges_of(*cores_));
    cores_->launch();
  }
  void TearDown() override {
    cores_->stop();
    static_cast<void>(worker_->finish());
    port().stop();
  }
  dataplane::Port& port() { return *opened_.ports[0]; }

  // Into the wire that the cores receive from.
  void inject(const ByteString& frame) {
    rte_mbuf* mbuf = rte_pktmbuf_alloc(port().pool().get());
    ASSERT_NE(mbuf, nullptr);
    std::ranges::copy(frame, reinterpret_cast<uint8_t*>(
                                 rte_pktmbuf_append(mbuf, static_cast<uint16_t>(frame.size()))));
    ASSERT_EQ(rte_eth_tx_burst(port().id(), 0, &mbuf, 1), 1);
  }

  dataplane::ScanSite site_;
  dataplane::OpenPorts opened_;
  std::unique_ptr<PollCores> cores_;
  std::unique_ptr<Worker> worker_;
};

TEST_F(ScanLaneTest, AnswersForItsAddressAndTellsTheTapNothing) {
  inject(arp_request());
  wait_until([&] { return sum_of(*cores_, PollCounter::tx_packets) >= 1; });
  // The answer comes back out of the ring. It is not for us, so the tap gets it, and that alone.
  wait_until([&] { return sum_of(*cores_, PollCounter::rx_packets) >= 2; });
  wait_until([&] { return sum_of(*cores_, DropReason::ether_type_other) == 1; });
}

TEST_F(ScanLaneTest, BringsAnAnswerToTheCoreWhosePortItNames) {
  if (port().num_tx_queues() < 2) GTEST_SKIP() << "this net_ring has one queue to send by";
  // One port of each half of the probe ports: each core has one.
  const uint16_t half = static_cast<uint16_t>(site_.probe_ports.count / 2);
  for (const uint16_t ours :
       {site_.probe_ports.first, static_cast<uint16_t>(site_.probe_ports.first + half)}) {
    inject(PacketBuilder({address(9), 443}, {address(2), ours})
               .tcp(dataplane::TcpFlags::kSyn | dataplane::TcpFlags::kAck, 1)
               .build());
  }
  // Nobody asked for either; its checksum is nobody's either.
  const auto given = [&](uint16_t core) {
    const dataplane::ScanCounters& counters = cores_->core(core).scan->own()->core.counters();
    return counters.get(ScanCounter::answers_forged) + counters.get(ScanCounter::checksums_wrong) +
           counters.get(ScanCounter::checksums_partial);
  };
  wait_until([&] { return given(0) == 1 && given(1) == 1; });
  EXPECT_GT(sum_of(*cores_, PollCounter::packets_steered_out), 0U);
}

TEST_F(ScanLaneTest, LeavesOthersPacketsToTheTap) {
  inject(PacketBuilder({address(9), 5000}, {address(77), 443})
             .tcp(dataplane::TcpFlags::kSyn, 1)
             .build());
  wait_until([&] {
    uint64_t packets = 0;
    for (uint16_t i = 0; i < cores_->size(); ++i)
      packets += cores_->core(i).counters.path.get(dataplane::PathCounter::packets);
    return packets == 1;
  });
}

}  // namespace
}  // namespace tests
