// SPDX-License-Identifier: Apache-2.0
// Every counter of the way from the packet to the session, made to count: random traffic for what
// comes about by chance, and a capture file of packets that each are wrong in one way.
#include "control/daemon/book.hpp"
#include "control/daemon/offline_tap.hpp"
#include "tests/unit/daemon/random_traffic.hpp"
#include "tests/unit/daemon/small_tap.hpp"
#include "tests/unit/dataplane/capture/capture_writer.hpp"

#include <gtest/gtest.h>

namespace control {
namespace {

using dataplane::DropReason;
using dataplane::PathCounter;
using tests::ByteString;
using tests::PacketBuilder;
using tests::SmallTap;
using tests::v4;
using tests::v6;
using tls::PipelineCounter;

// What several runs have counted together.
struct Sum {
  std::vector<BookCounts> runs;

  template <typename Name>
  [[nodiscard]] uint64_t get(Name name) const {
    uint64_t out = 0;
    for (const BookCounts& counts : runs)
      out += counts.get(name);
    return out;
  }
};

// Little room of everything in turn.
Sum random_runs() {
  Sum sum;
  for (uint32_t seed = 100; seed < 112; ++seed) {
    tests::RandomTraffic traffic(seed);
    SmallTap tap({.flows_max = seed % 2 == 0 ? 16u : 64u,
                  .captures_max = seed % 3 == 0 ? 3u : 16u,
                  .handoff_capacity = seed % 3 == 1 ? 1u : 16u,
                  .sink_takes = std::chrono::microseconds(seed % 3 == 1 ? 3000 : 0)});
    for (int round = 0; round < 150; ++round) {
      tap.accept(traffic.mixture(1 + traffic.below(20)));
      tap.pass_time(std::chrono::milliseconds(traffic.below(3000)));
    }
    tap.accept(traffic.mixture(100));  // no time passes: of these some are open at the end
    tap.end();
    sum.runs.push_back(tap.counts());
  }
  return sum;
}

TEST(Counters, OfTheWayCountWhatRandomTrafficBrings) {
  const Sum sum = random_runs();
  EXPECT_GT(sum.get(PathCounter::flows_midstream), 0u);
  EXPECT_GT(sum.get(PathCounter::flows_evicted), 0u);
  EXPECT_GT(sum.get(PathCounter::payload_bytes_probed), 0u);
  EXPECT_GT(sum.get(PathCounter::ended_handshake_done), 0u);
  EXPECT_GT(sum.get(PathCounter::ended_timed_out), 0u);
  EXPECT_GT(sum.get(PathCounter::ended_evicted), 0u);
  EXPECT_GT(sum.get(PathCounter::ended_port_reused), 0u);
  EXPECT_GT(sum.get(PathCounter::ended_drained), 0u);
  EXPECT_GT(sum.get(DropReason::unanswered_displaced), 0u);
  EXPECT_GT(sum.get(PipelineCounter::batches), 0u);
  EXPECT_GT(sum.get(PipelineCounter::client_hello_missing), 0u);
  EXPECT_GT(sum.get(PipelineCounter::client_hello_cut), 0u);
  EXPECT_GT(sum.get(PipelineCounter::server_flight_cut), 0u);
  EXPECT_GT(sum.get(PipelineCounter::gap), 0u);
  EXPECT_GT(sum.get(PipelineCounter::too_large), 0u);
  EXPECT_GT(sum.get(PipelineCounter::malformed), 0u);
  EXPECT_GT(sum.get(PipelineCounter::alert), 0u);
  EXPECT_GT(sum.get(PipelineCounter::undecryptable), 0u);
}

// More holes in one direction than are kept.
TEST(Counters, OfHolesCountWhatCannotBeKept) {
  SmallTap tap({});
  tests::Conversation talk(v4(1, 40000), v4(2, 443));
  tap.accept(talk.handshake());
  const std::vector<ByteString> segments = talk.client_sends(tests::client_hello(3000), 20);
  std::vector<ByteString> every_other;
  for (size_t i = 0; i < segments.size(); i += 2)
    every_other.push_back(segments[i]);
  tap.accept(every_other);
  tap.end();
  EXPECT_GT(tap.counts().get(DropReason::segment_holes_full), 0u);
}

// What the tap counts of a file that holds just these bytes of a frame of `wire_bytes`.
struct Recorded {
  ByteString frame;
  size_t wire_bytes = frame.size();
  int link = DLT_EN10MB;
};
uint64_t drops_of(const Recorded& recorded, DropReason reason) {
  const dataplane::testing::ScratchFolder folder;
  const std::string path = folder.file("one.pcap");
  dataplane::testing::write_pcap(
      path, recorded.link,
      {{std::string(recorded.frame.begin(), recorded.frame.end()), 1'700'000'000'000'000'000,
        static_cast<uint32_t>(recorded.wire_bytes)}});
  auto file = dataplane::CaptureFile::open(path);
  if (!file) return 0;
  OfflineTap tap({.flows_max = 1024, .hash_seed = 1});
  EXPECT_EQ(tap.read(file.value()), dataplane::CaptureStep::end);
  return tap.counters().drops.get(reason);
}

PacketBuilder packet() {
  return PacketBuilder(v4(1, 40000), v4(2, 443)).tcp(dataplane::TcpFlags::kSyn, 1);
}
PacketBuilder packet6() {
  return PacketBuilder(v6(1, 40000), v6(2, 443)).tcp(dataplane::TcpFlags::kSyn, 1);
}

TEST(Counters, OfPacketsCountEachWayToBeWrong) {
  const ByteString good = packet().build();
  EXPECT_EQ(drops_of({good, good.size(), DLT_USB_LINUX}, DropReason::link_unsupported), 1u);
  EXPECT_EQ(drops_of({tests::part_of(good, 0, 20), good.size()}, DropReason::frame_truncated), 1u);
  EXPECT_EQ(drops_of({packet().ether_type(0x0806).build()}, DropReason::ether_type_other), 1u);
  PacketBuilder tagged = packet();
  for (uint16_t i = 0; i < 6; ++i)
    tagged.vlan(0x8100, i);
  EXPECT_EQ(drops_of({tagged.build()}, DropReason::vlan_too_deep), 1u);
  EXPECT_EQ(drops_of({packet().ip_first_byte(0x42).build()}, DropReason::ip_header_bad), 1u);
  PacketBuilder extended = packet6();
  for (int i = 0; i < 10; ++i)
    extended.extension(60, ByteString(8, 0));
  EXPECT_EQ(drops_of({extended.build()}, DropReason::ip_extension_bad), 1u);
  EXPECT_EQ(drops_of({packet().ip_protocol(132).build()}, DropReason::transport_other), 1u);
  EXPECT_EQ(drops_of({packet().tcp_offset(2).build()}, DropReason::tcp_header_bad), 1u);
  EXPECT_EQ(drops_of({PacketBuilder(v4(1, 1), v4(2, 2)).udp().udp_length(3).build()},
                     DropReason::udp_header_bad),
            1u);
}

// IEEE 802.11-2020 section 9.2.4.1: frame control, then duration, three addresses, sequence
// control.
ByteString wlan(uint8_t type, uint8_t flags, ByteString sequence_and_more) {
  return tests::join({{type, flags}, ByteString(2 + 3 * 6, 0x02), std::move(sequence_and_more)});
}

TEST(Counters, OfCarriersCountWhatHasNoIpForUs) {
  constexpr int kWlan = 105;  // LINKTYPE_IEEE802_11
  const auto on_air = [](const ByteString& frame) { return Recorded{frame, frame.size(), kWlan}; };
  EXPECT_EQ(drops_of(on_air({0x08, 0x01, 0, 0}), DropReason::link_header_bad), 1u);
  EXPECT_EQ(drops_of(on_air(wlan(0x80, 0x00, {0x10, 0})), DropReason::wlan_not_data), 1u);
  EXPECT_EQ(drops_of(on_air(wlan(0x08, 0x41, {0x10, 0})), DropReason::wlan_protected), 1u);
  EXPECT_EQ(drops_of(on_air(wlan(0x08, 0x05, {0x10, 0})), DropReason::link_fragment), 1u);
  EXPECT_EQ(drops_of(on_air(wlan(0x88, 0x01, {0x10, 0, 0x80, 0})), DropReason::wlan_aggregate), 1u);
}

// RFC 3032 section 2.1: 17 labels, or one and then what is no IP, behind an Ethernet header.
ByteString mpls(size_t labels, const ByteString& carried) {
  ByteString out = packet().ether_type(0x8847).build();
  out.resize(14);
  for (size_t i = 0; i < labels; ++i) {
    const uint8_t bottom = i + 1 == labels ? 1 : 0;
    out = tests::join({out, {0x00, 0x01, bottom, 64}});
  }
  return tests::join({out, carried});
}

// RFC 2003: each header says that another IPv4 header follows.
ByteString ip_in_ip(int depth) {
  const ByteString frame = packet().build();
  ByteString ip = tests::part_of(frame, 14, frame.size() - 14);
  for (int i = 0; i < depth; ++i) {
    ByteString header = tests::part_of(frame, 14, 20);
    const size_t length = header.size() + ip.size();
    header[2] = static_cast<uint8_t>(length >> 8);
    header[3] = static_cast<uint8_t>(length);
    header[9] = 4;
    ip = tests::join({header, ip});
  }
  return tests::join({tests::part_of(frame, 0, 14), ip});
}

TEST(Counters, OfTunnelsCountWhatCannotBeEntered) {
  const ByteString ip = tests::part_of(packet().build(), 14, 40);
  EXPECT_EQ(drops_of({mpls(17, ip)}, DropReason::mpls_too_deep), 1u);
  EXPECT_EQ(drops_of({mpls(1, {0x10, 0, 0, 0x21, 0x45})}, DropReason::mpls_other), 1u);
  EXPECT_EQ(drops_of({ip_in_ip(17)}, DropReason::layers_too_many), 1u);
  // TCP's first fields are GRE's: version 2, and an acknowledgment of PPTP (RFC 2637 section 4.1).
  const auto gre = [](uint16_t flags, uint16_t protocol) {
    return PacketBuilder(v4(1, flags), v4(2, protocol)).tcp(0, 1, 4).ip_protocol(47).build();
  };
  EXPECT_EQ(drops_of({gre(0x0002, 0x0800)}, DropReason::tunnel_header_bad), 1u);
  EXPECT_EQ(drops_of({gre(0x2081, 0x880b)}, DropReason::tunnel_no_ip), 1u);
}

}  // namespace
}  // namespace control
