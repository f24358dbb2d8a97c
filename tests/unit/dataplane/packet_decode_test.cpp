// SPDX-License-Identifier: Apache-2.0
#include "dataplane/packet_decode.hpp"

#include "tests/support/packet_builder.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace dataplane {
namespace {

using flowtable::Bytes;
using flowtable::FlowKey;
using tests::ByteString;
using tests::PacketBuilder;
using tests::v4;
using tests::v6;

const ByteString kHello = {'h', 'e', 'l', 'l', 'o'};
constexpr uint8_t kPushAck = TcpFlags::kPsh | TcpFlags::kAck;
constexpr uint64_t kSeed = 0x1234;
// Offsets in an untagged IPv4 frame without options.
constexpr size_t kEthernet = 14, kIpv4 = 20, kTcp = 20;

PacketBuilder client4() {
  return PacketBuilder(v4(1, 40000), v4(2, 443)).tcp(kPushAck, 1000, 2000).payload(kHello);
}
PacketBuilder client6() {
  return PacketBuilder(v6(1, 40000), v6(2, 443)).tcp(kPushAck, 1000, 2000).payload(kHello);
}

DropReason decode(Bytes frame, PacketView& out, uint32_t wire_bytes = 0) {
  return decode_packet(LinkType::ethernet, frame, {{}, wire_bytes, kSeed}, out);
}

struct Case {
  std::string name;
  ByteString frame;
  DropReason reason;
};

ByteString cut(ByteString frame, size_t bytes) {
  frame.resize(bytes);
  return frame;
}

std::vector<Case> good_cases() {
  constexpr DropReason kNone = DropReason::none;
  const ByteString eight(8, 0);
  const ByteString sixteen = tests::join({{0, 1}, ByteString(14, 0)});
  return {
      {"ipv4", client4().build(), kNone},
      {"ipv6", client6().build(), kNone},
      {"802.1Q", client4().vlan(0x8100, 7).build(), kNone},
      {"802.1ad", client6().vlan(0x88a8, 7).vlan(0x8100, 8).build(), kNone},
      {"old QinQ", client4().vlan(0x9100, 7).vlan(0x8100, 8).build(), kNone},
      {"four tags",
       client4().vlan(0x88a8, 1).vlan(0x8100, 2).vlan(0x8100, 3).vlan(0x8100, 4).build(), kNone},
      {"tcp options", client4().tcp_options(10).build(), kNone},
      {"ethernet padding", client4().padding(17).build(), kNone},
      {"ipv6 padding", client6().padding(17).build(), kNone},
      {"segmentation offload", client4().ip_length(0).build(), kNone},
      {"segmentation offload, ipv6", client6().ip_length(0).build(), kNone},
      {"hop-by-hop", client6().extension(0, eight).build(), kNone},
      {"three extensions",
       client6().extension(0, eight).extension(43, sixteen).extension(60, eight).build(), kNone},
      {"whole packet with a fragment header", client6().extension(44, eight).build(), kNone},
  };
}

std::vector<Case> bad_cases() {
  const ByteString whole = client4().build();
  const ByteString eight(8, 0);
  PacketBuilder many = client6();
  for (int i = 0; i < 9; ++i)
    many.extension(60, eight);
  return {
      {"empty", {}, DropReason::frame_truncated},
      {"cut in ethernet", cut(whole, 13), DropReason::frame_truncated},
      {"cut in a tag", cut(client4().vlan(0x8100, 7).build(), 16), DropReason::frame_truncated},
      {"five tags",
       client4()
           .vlan(0x8100, 1)
           .vlan(0x8100, 2)
           .vlan(0x8100, 3)
           .vlan(0x8100, 4)
           .vlan(0x8100, 5)
           .build(),
       DropReason::vlan_too_deep},
      {"arp", client4().ether_type(0x0806).build(), DropReason::ether_type_other},
      {"802.3 length", client4().ether_type(60).build(), DropReason::ether_type_other},
      {"ipv4 header short", cut(whole, kEthernet + 19), DropReason::ip_header_bad},
      {"ipv4 wrong version", client4().ip_first_byte(0x65).build(), DropReason::ip_header_bad},
      {"ipv4 length of header", client4().ip_first_byte(0x44).build(), DropReason::ip_header_bad},
      {"ipv4 total below header", client4().ip_length(19).build(), DropReason::ip_header_bad},
      {"ipv4 options beyond total", client4().ip_first_byte(0x4f).ip_length(60).padding(20).build(),
       DropReason::tcp_header_bad},
      {"ipv4 first fragment", client4().ipv4_fragment(0x2000).build(), DropReason::ip_fragment},
      {"ipv4 last fragment", client4().ipv4_fragment(0x0001).build(), DropReason::ip_fragment},
      {"ipv6 wrong version", client6().ip_first_byte(0x45).build(), DropReason::ip_header_bad},
      {"ipv6 fragment", client6().extension(44, {0, 0, 0, 1, 0, 0, 0, 1}).build(),
       DropReason::ip_fragment},
      {"ipv6 extension beyond packet", client6().extension(0, {0, 40, 0, 0, 0, 0, 0, 0}).build(),
       DropReason::ip_extension_bad},
      {"ipv6 nine extensions", many.build(), DropReason::ip_extension_bad},
      {"sctp", client4().ip_protocol(132).build(), DropReason::transport_other},
      {"esp over ipv6", client6().ip_protocol(50).build(), DropReason::transport_other},
      {"udp header short", client4().udp().ip_length(27).build(), DropReason::udp_header_bad},
      {"udp length below header", client4().udp().udp_length(7).build(),
       DropReason::udp_header_bad},
      {"tcp header short", client4().ip_length(39).build(), DropReason::tcp_header_bad},
      {"tcp offset small", client4().tcp_offset(4).build(), DropReason::tcp_header_bad},
      {"tcp offset beyond packet", client4().tcp_offset(15).build(), DropReason::tcp_header_bad},
  };
}

TEST(PacketDecode, ReadsEveryEncapsulationAlike) {
  for (const Case& row : good_cases()) {
    PacketView view;
    ASSERT_EQ(decode(row.frame, view), row.reason) << row.name;
    EXPECT_EQ(ByteString(view.payload.begin(), view.payload.end()), kHello) << row.name;
    EXPECT_EQ(view.missing_bytes, 0u) << row.name;
    EXPECT_EQ(view.seq, 1000u) << row.name;
    EXPECT_EQ(view.ack, 2000u) << row.name;
    EXPECT_EQ(view.tcp_flags, kPushAck) << row.name;
    EXPECT_EQ(view.window, 512u) << row.name;
    EXPECT_EQ(view.ttl, 64u) << row.name;
    EXPECT_EQ(view.wire_bytes, row.frame.size()) << row.name;
    EXPECT_EQ(view.key.endpoint(view.sender).port, 40000u) << row.name;
    EXPECT_EQ(view.key.endpoint(other(view.sender)).port, 443u) << row.name;
  }
}

TEST(PacketDecode, ReadsUdpByItsLength) {
  const auto datagram = [] { return client4().udp(); };
  struct Row {
    const char* name;
    ByteString frame;
    size_t payload;
    uint32_t missing;
  };
  const std::vector<Row> rows = {
      {"plain", datagram().build(), 5, 0},
      {"ethernet padding", datagram().padding(13).build(), 5, 0},
      {"ip padding", datagram().ip_length(40).padding(12).build(), 5, 0},
      {"length zero", datagram().udp_length(0).build(), 5, 0},
      {"shorter than ip says", datagram().udp_length(10).build(), 2, 0},
      {"longer than the frame", datagram().udp_length(20).build(), 5, 7},
      {"ipv6", client6().udp().extension(60, {0, 0, 0, 0, 0, 0, 0, 0}).build(), 5, 0},
  };
  for (const Row& row : rows) {
    PacketView view;
    // What the last packet left in a view must not stay.
    ASSERT_EQ(decode(client4().build(), view), DropReason::none);
    ASSERT_EQ(decode(row.frame, view), DropReason::none) << row.name;
    EXPECT_EQ(ByteString(view.payload.begin(), view.payload.end()),
              tests::part_of(kHello, 0, row.payload))
        << row.name;
    EXPECT_EQ(view.missing_bytes, row.missing) << row.name;
    EXPECT_EQ(view.key.protocol(), 17) << row.name;
    EXPECT_EQ(view.key.endpoint(view.sender).port, 40000u) << row.name;
    EXPECT_EQ(view.seq, 0u) << row.name;
    EXPECT_EQ(view.ack, 0u) << row.name;
    EXPECT_EQ(view.tcp_flags, 0) << row.name;
    EXPECT_EQ(view.window, 0) << row.name;
    EXPECT_EQ(view.ttl, 64) << row.name;
  }
  // A header that the snap length has cut off is another matter than one that is wrong.
  PacketView view;
  EXPECT_EQ(decode(cut(datagram().build(), kEthernet + kIpv4 + 6), view, 60),
            DropReason::frame_truncated);
  EXPECT_EQ(decode(cut(datagram().build(), kEthernet + kIpv4 + 10), view, 60), DropReason::none);
  EXPECT_EQ(view.payload.size(), 2u);
  EXPECT_EQ(view.missing_bytes, 3u);
}

TEST(PacketDecode, NamesWhatIsWrong) {
  for (const Case& row : bad_cases()) {
    PacketView view;
    EXPECT_EQ(name_of(decode(row.frame, view)), name_of(row.reason)) << row.name;
  }
}

TEST(PacketDecode, GivesBothDirectionsOneKey) {
  for (const bool is_v6 : {false, true}) {
    const auto a = is_v6 ? v6(1, 40000) : v4(1, 40000);
    const auto b = is_v6 ? v6(2, 443) : v4(2, 443);
    PacketView there, back;
    ASSERT_EQ(decode(PacketBuilder(a, b).tcp(kPushAck, 1).build(), there), DropReason::none);
    ASSERT_EQ(decode(PacketBuilder(b, a).tcp(kPushAck, 1).build(), back), DropReason::none);
    EXPECT_EQ(there.key, back.key);
    EXPECT_EQ(there.hash, back.hash);
    EXPECT_EQ(there.hash, hash_flow_key(there.key, kSeed));
    EXPECT_NE(there.sender, back.sender);
    EXPECT_EQ(there.key.endpoint(there.sender), a);
  }
}

// A snap length cuts anywhere; what is there and what is missing must add up.
TEST(PacketDecode, LendsTheTcpOptions) {
  const ByteString options = {2, 4, 5, 0xb4, 4, 2, 1, 0};
  for (const PacketBuilder& packet : {client4(), client6()}) {
    const ByteString plain = packet.build();
    const ByteString frame = PacketBuilder(packet).tcp_options(options).build();
    PacketView view;
    ASSERT_EQ(decode(frame, view), DropReason::none);
    EXPECT_EQ(ByteString(view.tcp_options.begin(), view.tcp_options.end()), options);
    EXPECT_EQ(ByteString(view.payload.begin(), view.payload.end()), kHello);
    ASSERT_EQ(decode(plain, view), DropReason::none);
    EXPECT_TRUE(view.tcp_options.empty());
  }
}

TEST(PacketDecode, CountsWhatTheSnapLengthCutOff) {
  const ByteString whole = client4().build();
  const auto wire = static_cast<uint32_t>(whole.size());
  for (size_t bytes = 0; bytes <= whole.size(); ++bytes) {
    PacketView view;
    const DropReason reason = decode(Bytes(whole).first(bytes), view, wire);
    if (bytes < kEthernet + kIpv4 + kTcp) {
      EXPECT_EQ(reason, DropReason::frame_truncated) << bytes;
      continue;
    }
    ASSERT_EQ(reason, DropReason::none) << bytes;
    EXPECT_EQ(view.payload.size() + view.missing_bytes, kHello.size()) << bytes;
    EXPECT_EQ(view.payload.size(), bytes - (kEthernet + kIpv4 + kTcp)) << bytes;
    EXPECT_EQ(view.wire_bytes, wire);
  }
}

TEST(PacketDecode, TreatsALengthBeyondTheFrameAsCut) {
  PacketView view;
  ASSERT_EQ(decode(client4().ip_length(kIpv4 + kTcp + 5 + 100).build(), view), DropReason::none);
  EXPECT_EQ(view.payload.size(), kHello.size());
  EXPECT_EQ(view.missing_bytes, 100u);
  ASSERT_EQ(decode(client6().ip_length(kTcp + 5 + 100).build(), view), DropReason::none);
  EXPECT_EQ(view.missing_bytes, 100u);
}

// Padding is no payload, and is not missing where the snap length cut it off.
TEST(PacketDecode, DoesNotMissPadding) {
  const ByteString whole = client4().padding(17).build();
  PacketView view;
  ASSERT_EQ(
      decode(Bytes(whole).first(whole.size() - 17), view, static_cast<uint32_t>(whole.size())),
      DropReason::none);
  EXPECT_EQ(view.missing_bytes, 0u);
  EXPECT_EQ(view.payload.size(), kHello.size());
}

TEST(PacketDecode, KnowsOnlyLinkTypesOfItsTable) {
  PacketView view;
  const ByteString frame = client4().build();
  EXPECT_EQ(decode_packet(LinkType::other, frame, {}, view), DropReason::link_unsupported);
}

TEST(PacketDecode, TellsTheVersionOfIpWithoutALinkHeader) {
  for (const ByteString& frame : {client4().build(), client6().build()}) {
    PacketView framed, raw;
    ASSERT_EQ(decode(frame, framed), DropReason::none);
    const Bytes packet = Bytes(frame).subspan(kEthernet);
    ASSERT_EQ(decode_packet(LinkType::raw_ip, packet, {{}, 0, kSeed}, raw), DropReason::none);
    EXPECT_EQ(raw.key, framed.key);
    EXPECT_EQ(raw.payload.data(), framed.payload.data());
  }
  PacketView view;
  const ByteString other = {0x50, 0, 0, 0};
  EXPECT_EQ(decode_packet(LinkType::raw_ip, other, {}, view), DropReason::ip_header_bad);
  EXPECT_EQ(decode_packet(LinkType::raw_ip, {}, {}, view), DropReason::ip_header_bad);
}

TEST(DropReason, HasOneNameForEach) {
  std::set<std::string_view> names;
  for (const DropReasonText& row : drop_reason_table()) {
    EXPECT_EQ(name_of(row.reason), row.name);
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
  }
  EXPECT_EQ(name_of(DropReason::none), "none");
}

}  // namespace
}  // namespace dataplane
