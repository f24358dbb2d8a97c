// SPDX-License-Identifier: Apache-2.0
// Every link type and every tunnel, right and wrong.
#include "dataplane/link/udp_tunnel.hpp"
#include "dataplane/packet_decode.hpp"
#include "tests/support/carrier_frames.hpp"
#include "tests/support/packet_builder.hpp"

#include <gtest/gtest.h>

#include <set>

namespace dataplane {
namespace {

using flowtable::ByteReader;
using flowtable::Bytes;
using tests::ByteString;
using tests::CarrierFrame;
using tests::ethernet;
using tests::hex;
using tests::ipv4;
using tests::join;
using tests::PacketBuilder;
using tests::v4;
using tests::v6;

const ByteString kHello = {'h', 'e', 'l', 'l', 'o'};
constexpr uint8_t kPushAck = TcpFlags::kPsh | TcpFlags::kAck;
constexpr size_t kEthernetBytes = 14;

ByteString without_ethernet(const ByteString& frame) {
  return ByteString(frame.begin() + kEthernetBytes, frame.end());
}
ByteString ip4() {
  return without_ethernet(
      PacketBuilder(v4(1, 40000), v4(2, 443)).tcp(kPushAck, 1000, 2000).payload(kHello).build());
}
ByteString ip6() {
  return without_ethernet(
      PacketBuilder(v6(1, 40000), v6(2, 443)).tcp(kPushAck, 1000, 2000).payload(kHello).build());
}

DropReason decode(LinkType link, Bytes frame, PacketView& out, uint32_t wire_bytes = 0) {
  return decode_packet(link, frame, {{}, wire_bytes, 7}, out);
}

TEST(CarrierDecode, FindsTheInnermostPacketInEachCarrier) {
  for (const bool is_v6 : {false, true}) {
    const auto client = is_v6 ? v6(1, 40000) : v4(1, 40000);
    const auto server = is_v6 ? v6(2, 443) : v4(2, 443);
    const auto expected = flowtable::FlowKey::of(client, server, 6);
    for (const CarrierFrame& row : tests::all_carrier_frames(is_v6 ? ip6() : ip4())) {
      PacketView view;
      ASSERT_EQ(name_of(decode(row.link, row.frame, view)), "none") << row.name << is_v6;
      EXPECT_EQ(view.key, expected.key) << row.name << is_v6;
      EXPECT_EQ(view.sender, expected.sender) << row.name;
      EXPECT_EQ(view.hash, hash_flow_key(expected.key, 7)) << row.name;
      EXPECT_EQ(ByteString(view.payload.begin(), view.payload.end()), kHello) << row.name;
      EXPECT_EQ(view.missing_bytes, 0u) << row.name;
      EXPECT_EQ(view.seq, 1000u) << row.name;
      EXPECT_EQ(view.wire_bytes, row.frame.size()) << row.name;
    }
  }
}

// A snap length cuts anywhere. What comes out must be of the right flow, and its bytes must add up.
TEST(CarrierDecode, IsRightOrSaysWhyWhereFramesAreCut) {
  const auto expected = flowtable::FlowKey::of(v4(1, 40000), v4(2, 443), 6);
  for (const CarrierFrame& row : tests::all_carrier_frames(ip4())) {
    const auto wire_bytes = static_cast<uint32_t>(row.frame.size());
    for (size_t bytes = 0; bytes < row.frame.size(); ++bytes) {
      const ByteString cut(row.frame.begin(), row.frame.begin() + static_cast<ptrdiff_t>(bytes));
      PacketView view;
      if (decode(row.link, cut, view, wire_bytes) != DropReason::none) continue;
      if (view.key.protocol() != 6) continue;  // a tunnel that was cut is an ordinary datagram
      EXPECT_EQ(view.key, expected.key) << row.name << " cut to " << bytes;
      EXPECT_EQ(view.payload.size() + view.missing_bytes, kHello.size())
          << row.name << " cut to " << bytes;
    }
  }
}

TEST(CarrierDecode, NamesWhatIsMissingWhereLinkHeadersAreCut) {
  for (const CarrierFrame& row : tests::link_frames(ip4())) {
    for (size_t bytes = 0; bytes + ip4().size() < row.frame.size(); ++bytes) {
      const ByteString cut(row.frame.begin(), row.frame.begin() + static_cast<ptrdiff_t>(bytes));
      PacketView view;
      EXPECT_EQ(name_of(decode(row.link, cut, view, static_cast<uint32_t>(row.frame.size()))),
                "frame_truncated")
          << row.name << " cut to " << bytes;
    }
  }
}

ByteString gre(std::string_view bytes) {
  return ethernet(ipv4(47, hex(bytes)));
}

ByteString labels(size_t count, const ByteString& payload) {
  ByteString out;
  for (size_t i = 0; i < count; ++i)
    out = join({out, i + 1 < count ? hex("000640ff") : hex("000641ff")});
  return ethernet(0x8847, join({out, payload}));
}

std::vector<std::pair<CarrierFrame, DropReason>> bad_links() {
  using L = LinkType;
  using R = DropReason;
  const std::string mac = "020000000001 020000000002 020000000003 ";
  const auto wlan = [&](const std::string& control, const std::string& sequence) {
    return join({hex(control + " 0000 " + mac + sequence), ByteString(40, 0)});
  };
  return {
      {{"no such link", L::other, ip4()}, R::link_unsupported},
      {{"user2 that is not pktap", L::pktap, ip4()}, R::link_unsupported},
      {{"raw, no ip", L::raw_ip, hex("50000000")}, R::ip_header_bad},
      {{"raw, nothing", L::raw_ip, {}}, R::ip_header_bad},
      {{"loopback, other family", L::loopback, hex("00000007 45")}, R::ether_type_other},
      {{"loopback, short", L::loopback, hex("0000")}, R::link_header_bad},
      {{"llc, spanning tree", L::llc, hex("424203 0000")}, R::ether_type_other},
      {{"llc, other organisation", L::llc, hex("aaaa03 00000c 2000 02b4")}, R::ether_type_other},
      {{"llc, short", L::llc, hex("aaaa")}, R::link_header_bad},
      {{"snap, short", L::llc, hex("aaaa03 000000 08")}, R::link_header_bad},
      {{"sll, netlink", L::linux_sll, hex("0000 0338 0000 0000000000000000 0000 00")},
       R::ether_type_other},
      {{"sll, short", L::linux_sll, hex("0000 0001 0006")}, R::link_header_bad},
      {{"sll2, short", L::linux_sll2, hex("0800 0000")}, R::link_header_bad},
      {{"ppp, lcp", L::ppp, hex("ff03 c021 01")}, R::ether_type_other},
      {{"ppp, nothing", L::ppp, hex("ff03")}, R::link_header_bad},
      {{"ppp, half a protocol", L::ppp, hex("00")}, R::link_header_bad},
      {{"ppp with direction, nothing", L::ppp_marked, {}}, R::link_header_bad},
      {{"cisco hdlc, keepalive", L::cisco_hdlc, hex("8f00 8035 00")}, R::ether_type_other},
      {{"cisco hdlc, short", L::cisco_hdlc, hex("8f00")}, R::link_header_bad},
      {{"pppoe, discovery's code", L::pppoe, hex("1109 0000 0000")}, R::link_header_bad},
      {{"pppoe, short", L::pppoe, hex("1100")}, R::link_header_bad},
      {{"pppoe, discovery", L::ethernet, ethernet(0x8863, hex("1109"))}, R::ether_type_other},
      {{"802.11 beacon", L::wlan, wlan("8000", "1000")}, R::wlan_not_data},
      {{"802.11 acknowledgment", L::wlan, hex("d400 0000 020000000001")}, R::wlan_not_data},
      {{"802.11 null", L::wlan, wlan("4801", "1000")}, R::wlan_not_data},
      {{"802.11 protected", L::wlan, wlan("0841", "1000")}, R::wlan_protected},
      {{"802.11 first fragment", L::wlan, wlan("0805", "1000")}, R::link_fragment},
      {{"802.11 second fragment", L::wlan, wlan("0801", "1100")}, R::link_fragment},
      {{"802.11 aggregate", L::wlan, wlan("8801", "1000 8000")}, R::wlan_aggregate},
      {{"802.11, short", L::wlan, hex("0801 0000")}, R::link_header_bad},
      {{"802.11, one byte", L::wlan, hex("08")}, R::link_header_bad},
      {{"radiotap, version", L::wlan_radiotap, hex("0100 0800 00000000")}, R::link_header_bad},
      {{"radiotap, length", L::wlan_radiotap, hex("0000 0700 00000000")}, R::link_header_bad},
      {{"radiotap, beyond", L::wlan_radiotap, hex("0000 0900 00000000")}, R::link_header_bad},
      {{"prism, length", L::wlan_prism, hex("44000000 07000000")}, R::link_header_bad},
      {{"prism, short", L::wlan_prism, hex("44000000")}, R::link_header_bad},
      {{"avs, beyond", L::wlan_avs, hex("80211001 00000040")}, R::link_header_bad},
      {{"avs, short", L::wlan_avs, hex("80211001")}, R::link_header_bad},
      {{"ppi, version", L::ppi, hex("01 00 0800 69000000")}, R::link_header_bad},
      {{"ppi in ppi", L::ppi, hex("00 00 0800 c0000000")}, R::link_header_bad},
      {{"ppi, beyond", L::ppi, hex("00 00 0900 69000000")}, R::link_header_bad},
      {{"ppi, other link", L::ppi, hex("00 00 0800 ff000000 00")}, R::link_unsupported},
      {{"pktap, beyond", L::pktap, hex("6c000000 01000000 01000000")}, R::link_header_bad},
      {{"pktap, no packet", L::pktap, hex("6c000000 00000000 01000000")}, R::ether_type_other},
      {{"nflog, version", L::nflog, hex("02 01 0000")}, R::link_header_bad},
      {{"nflog, no payload", L::nflog, hex("02 00 0000 0500 0a00 00 000000")}, R::link_header_bad},
      {{"nflog, attribute of length 3", L::nflog, hex("02 00 0000 0300 0900")}, R::link_header_bad},
      {{"nflog, short", L::nflog, hex("02")}, R::link_header_bad},
      {{"metadata, version", L::ethernet, ethernet(0x8909, hex("02 01 0001 0002 0800"))},
       R::link_header_bad},
      {{"metadata, cut", L::ethernet, ethernet(0x8909, hex("01"))}, R::frame_truncated},
      {{"802.1ah, cut", L::ethernet, ethernet(0x88e7, hex("0000"))}, R::frame_truncated},
  };
}

std::vector<std::pair<CarrierFrame, DropReason>> bad_tunnels() {
  using L = LinkType;
  using R = DropReason;
  ByteString deep = ip4();
  for (int i = 0; i < 16; ++i)
    deep = ipv4(4, deep);
  return {
      {{"mpls, 17 labels", {}, labels(17, ip4())}, R::mpls_too_deep},
      {{"mpls, no bottom", {}, ethernet(0x8847, hex("000640ff"))}, R::frame_truncated},
      {{"mpls, associated channel", {}, labels(1, hex("10000021 45"))}, R::mpls_other},
      {{"mpls, ip longer than the frame", {}, labels(1, hex("450000ff 00000000"))}, R::mpls_other},
      {{"mpls, nothing", {}, labels(1, {})}, R::mpls_other},
      {{"gre, version 2", {}, gre("0002 0800")}, R::tunnel_header_bad},
      {{"gre, short", {}, gre("00")}, R::tunnel_header_bad},
      {{"gre, key missing", {}, gre("2000 0800 0000")}, R::tunnel_header_bad},
      {{"gre, endless routing", {}, gre("4000 0800 00000000 0800 0001 00")}, R::tunnel_header_bad},
      {{"gre, keepalive", {}, gre("0000 0000")}, R::ether_type_other},
      {{"pptp, no key", {}, gre("1001 880b 00000000")}, R::tunnel_header_bad},
      {{"pptp, short", {}, gre("3001 880b 0001")}, R::tunnel_header_bad},
      {{"pptp, acknowledgment", {}, gre("2081 880b 0000 0001 00000004")}, R::tunnel_no_ip},
      {{"pptp, encrypted", {}, gre("3001 880b 0004 0001 00000005 ff0300fd")}, R::ether_type_other},
      {{"erspan II, version", {}, gre("1000 88be 00000009 20070001 00000003")},
       R::tunnel_header_bad},
      {{"erspan II, short", {}, gre("1000 88be 00000009 1007")}, R::tunnel_header_bad},
      {{"erspan III, version", {}, gre("1000 22eb 00000009 10070001 00001234 0000 0000")},
       R::tunnel_header_bad},
      {{"erspan III, short", {}, gre("1000 22eb 00000009 20070001 00001234 0000 0001")},
       R::tunnel_header_bad},
      {{"erspan III, another kind", {}, gre("1000 22eb 00000009 20070001 00001234 0000 0400")},
       R::tunnel_no_ip},
      {{"etherip, version", {}, ethernet(ipv4(97, hex("2000")))}, R::tunnel_header_bad},
      {{"etherip, short", {}, ethernet(ipv4(97, hex("30")))}, R::tunnel_header_bad},
      {{"authentication, beyond", {}, ethernet(ipv4(51, hex("06 04 0000")))}, R::ip_extension_bad},
      {{"authentication of esp", {}, ethernet(ipv4(51, hex("32 01 0000 00000000 00000000")))},
       R::transport_other},
      {{"ipv6, authentication beyond", {}, ethernet(tests::ipv6(51, hex("06 04 0000")))},
       R::ip_extension_bad},
      {{"ip in ip, 17 times", L::ethernet, ethernet(deep)}, R::layers_too_many},
      {{"ip in ip, the wrong version", {}, ethernet(ipv4(4, ip6()))}, R::ip_header_bad},
  };
}

TEST(CarrierDecode, NamesWhatIsWrong) {
  for (const auto& cases : {bad_links(), bad_tunnels()}) {
    for (const auto& [row, reason] : cases) {
      PacketView view;
      EXPECT_EQ(name_of(decode(row.link, row.frame, view)), name_of(reason)) << row.name;
    }
  }
}

TEST(CarrierDecode, ReadsExtensionHeadersOfEveryKind) {
  // RFC 6275, RFC 7401, RFC 5533: in words of eight; RFC 4302: in words of four.
  const std::pair<uint8_t, ByteString> headers[] = {
      {0, ByteString(8, 0)},
      {60, join({hex("0001"), ByteString(14, 0)})},
      {43, ByteString(8, 0)},
      {135, ByteString(8, 0)},
      {139, join({hex("0004"), ByteString(38, 0)})},
      {140, ByteString(8, 0)},
      {51, join({hex("0004"), ByteString(22, 0)})},
  };
  PacketBuilder all(v6(1, 40000), v6(2, 443));
  all.tcp(kPushAck, 1000).payload(kHello);
  for (const auto& [kind, header] : headers)
    all.extension(kind, header);
  PacketView view;
  ASSERT_EQ(name_of(decode(LinkType::ethernet, all.build(), view)), "none");
  EXPECT_EQ(view.payload.size(), kHello.size());
}

// A tag inside a tunnel is not one more of the frame outside.
TEST(CarrierDecode, CountsTagsPerFrame) {
  const ByteString inner = PacketBuilder(v4(1, 40000), v4(2, 443))
                               .vlan(0x8100, 1)
                               .vlan(0x8100, 2)
                               .vlan(0x8100, 3)
                               .tcp(kPushAck, 1000)
                               .payload(kHello)
                               .build();
  const ByteString outer = ethernet(
      0x88a8, join({hex("0001 8100 0002 0800"), ipv4(47, join({hex("0000 6558"), inner}))}));
  PacketView view;
  EXPECT_EQ(name_of(decode(LinkType::ethernet, outer, view)), "none");
}

std::optional<DropReason> enter(uint16_t port, const ByteString& payload, uint32_t missing = 0) {
  DecodeCursor at;
  at.bytes = ByteReader(payload);
  at.missing = missing;
  const auto result = enter_udp_tunnel(at, 50000, port);
  if (!result) {
    EXPECT_EQ(at.bytes.size(), payload.size()) << "moved";
    EXPECT_EQ(at.missing, missing);
  }
  return result;
}

TEST(UdpTunnel, LeavesAloneWhatDoesNotFit) {
  const std::pair<uint16_t, std::string_view> cases[] = {
      {443, "08000000 00002a00"},                       // not a tunnel's port
      {4789, "00000000 00002a00"},                      // VXLAN without a network
      {4789, "08000001 00002a00"},                      // reserved bits
      {4789, "08000000 00002a01"},                      // the last byte
      {4789, "08000000 0000"},                          // short
      {8472, "16030300 00002a00"},                      //
      {4790, "1c000003 00002a00"},                      // version 1
      {4790, "0c010003 00002a00"},                      // reserved
      {4790, "0c0000"},                                 //
      {6081, "40 00 6558 00002a00"},                    // version 1
      {6081, "00 01 6558 00002a00"},                    // reserved flag
      {6081, "00 00 6558 00002a01"},                    // reserved byte
      {6081, "02 00 6558 00002a00"},                    // options beyond
      {6081, "00 00 6558"},                             //
      {2152, "50 ff 0004 00000001 45000000"},           // GTP version 2
      {2152, "20 ff 0004 00000001 45000000"},           // GTP', protocol type 0
      {2152, "32 01 0004 00000001 00070000"},           // an echo request
      {2152, "30 ff 0005 00000001 45000000"},           // longer than the datagram
      {2152, "32 ff 0002 00000001 0007"},               // no room for the options
      {2152, "34 ff 0004 00000001 00000085"},           // no extension
      {2152, "34 ff 0008 00000001 00000085 00000000"},  // an extension of no length
      {2152, "30 ff 0000"},                             //
      {3544, "60000000 0001 3bff"},                     // IPv6 that does not fill the datagram
      {3544, "45000000 0000"},                          //
      {3544, "0001 ffff"},                              // authentication beyond
      {3544, "0000 1234"},                              // half an origin
      {1701, "c802 0008 00010000"},                     // a control message
      {1701, "0003 0000 00000001"},                     // L2TP version 3
      {1701, "4002 00ff 00010002"},                     // longer than the datagram
      {1701, "0202 0001 0002 00ff"},                    // offset beyond
      {1701, "00"},                                     //
      {5247, "01 000000"},                              // DTLS in CAPWAP
      {5247, "00 080000 00000000"},                     // a header of four bytes
      {5247, "00 100001 00000000"},                     // reserved
      {5247, "00 200000 00000000"},                     // header beyond
  };
  for (const auto& [port, bytes] : cases)
    EXPECT_EQ(enter(port, hex(bytes)), std::nullopt) << port << ": " << bytes;
}

TEST(UdpTunnel, NamesWhatTunnelsCarryBesidesIp) {
  EXPECT_EQ(enter(2152, hex("30 ff 0004 00000001 02000000")), DropReason::tunnel_no_ip);
  EXPECT_EQ(enter(2152, hex("30 ff 0000 00000001")), DropReason::tunnel_no_ip);
  EXPECT_EQ(enter(4790, hex("0c000004 00002a00")), DropReason::tunnel_no_ip);
  EXPECT_EQ(enter(5247, hex("00 100008 00000000")), DropReason::tunnel_no_ip);
  EXPECT_EQ(enter(5247, hex("00 100500 00000000 0000")), DropReason::tunnel_no_ip);
  EXPECT_EQ(enter(5247, hex("00 100080 00010000")), DropReason::link_fragment);
  EXPECT_EQ(enter(5247, hex("00 100300 00000000 08")), DropReason::link_header_bad);
}

TEST(UdpTunnel, TriesTheOtherPortWhereTheFirstDoesNotFit) {
  DecodeCursor at;
  const ByteString vxlan = hex("08000000 00002a00");
  at.bytes = ByteReader(vxlan);
  EXPECT_EQ(enter_udp_tunnel(at, 4789, 2152), DropReason::none);
  EXPECT_TRUE(at.bytes.empty());
}

TEST(LinkTypeOf, KnowsTheNumbersOfFiles) {
  const std::pair<uint32_t, LinkType> numbers[] = {
      {0, LinkType::loopback},     {1, LinkType::ethernet},      {9, LinkType::ppp},
      {12, LinkType::raw_ip},      {14, LinkType::raw_ip},       {50, LinkType::ppp},
      {51, LinkType::pppoe},       {100, LinkType::llc},         {101, LinkType::raw_ip},
      {104, LinkType::cisco_hdlc}, {105, LinkType::wlan},        {108, LinkType::loopback},
      {113, LinkType::linux_sll},  {119, LinkType::wlan_prism},  {127, LinkType::wlan_radiotap},
      {149, LinkType::pktap},      {163, LinkType::wlan_avs},    {192, LinkType::ppi},
      {204, LinkType::ppp_marked}, {228, LinkType::ipv4},        {229, LinkType::ipv6},
      {239, LinkType::nflog},      {258, LinkType::pktap},       {276, LinkType::linux_sll2},
      {147, LinkType::other},      {65536 + 1, LinkType::other},
  };
  std::set<LinkType> met;
  for (const auto& [number, link] : numbers) {
    EXPECT_EQ(link_type_of(number), link) << number;
    met.insert(link);
  }
  EXPECT_EQ(met.size(), static_cast<size_t>(LinkType::other) + 1);
}

}  // namespace
}  // namespace dataplane
