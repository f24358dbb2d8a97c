// SPDX-License-Identifier: Apache-2.0
#include "tests/support/carrier_frames.hpp"

#include "tests/support/ip_fragmenter.hpp"

namespace tests {
namespace {

using dataplane::LinkType;

uint8_t digit(char c) {
  return static_cast<uint8_t>(c <= '9' ? c - '0' : c - 'a' + 10);
}

// What IP's version is called elsewhere.
ByteString ether_type_of(const ByteString& ip) {
  return is_v4(ip) ? hex("0800") : hex("86dd");
}
ByteString ppp_protocol_of(const ByteString& ip) {
  return is_v4(ip) ? hex("0021") : hex("0057");
}
ByteString snap(const ByteString& ip) {
  return join({hex("aaaa03 000000"), ether_type_of(ip), ip});
}

// IEEE 802.11: frame control, duration, three addresses, sequence control 0x0100 (little-endian).
ByteString wlan(const ByteString& control, const ByteString& more, const ByteString& ip) {
  return join({control, hex("2c00 020000000001 020000000002 020000000003 1000"), more, snap(ip)});
}
ByteString wlan(const ByteString& ip) {
  return wlan(hex("0801"), {}, ip);
}

std::vector<CarrierFrame> wlan_frames(const ByteString& ip) {
  const ByteString fourth = hex("020000000004"), qos = hex("0000"), ht = hex("00000000");
  const ByteString frame = wlan(ip);
  return {
      {"802.11", LinkType::wlan, frame},
      {"802.11 from the access point", LinkType::wlan, wlan(hex("0802"), {}, ip)},
      {"802.11 QoS", LinkType::wlan, wlan(hex("8801"), qos, ip)},
      {"802.11 QoS with HT control", LinkType::wlan, wlan(hex("8881"), join({qos, ht}), ip)},
      {"802.11 four addresses", LinkType::wlan, wlan(hex("0803"), fourth, ip)},
      {"802.11 four addresses, QoS", LinkType::wlan, wlan(hex("8803"), join({fourth, qos}), ip)},
      {"radiotap without fields", LinkType::wlan_radiotap,
       join({hex("0000 0800 00000000"), frame})},
      // Time (8 bytes, aligned), flags 0x10: a check sum follows the frame.
      {"radiotap with flags", LinkType::wlan_radiotap,
       join({hex("0000 1100 03000000 1122334455667788 10"), frame, hex("deadbeef")})},
      // Flags 0x20: the header is padded to 28 bytes.
      {"radiotap, padded header", LinkType::wlan_radiotap,
       join({hex("0000 0900 02000000 20"), wlan(hex("8801"), join({qos, hex("0000")}), ip)})},
      // Three words say what is there: 4 bytes of alignment before the time.
      {"radiotap with more words", LinkType::wlan_radiotap,
       join({hex("0000 1900 03000080 00000080 00000000 1122334455667788 00"), frame})},
      {"prism", LinkType::wlan_prism, join({hex("44000000 90000000"), ByteString(136, 0), frame})},
      {"prism that is avs", LinkType::wlan_prism,
       join({hex("80211001 00000040"), ByteString(56, 0), frame})},
      {"avs", LinkType::wlan_avs, join({hex("80211001 00000040"), ByteString(56, 0), frame})},
  };
}

std::vector<CarrierFrame> ppp_frames(const ByteString& ip) {
  const ByteString framed = join({ppp_protocol_of(ip), ip});
  const ByteString compressed = join({is_v4(ip) ? hex("21") : hex("57"), ip});
  const ByteString pppoe = join({hex("1100 0001"), be16(framed.size()), framed});
  return {
      {"ppp", LinkType::ppp, framed},
      {"ppp, short protocol", LinkType::ppp, compressed},
      {"ppp in hdlc framing", LinkType::ppp, join({hex("ff03"), framed})},
      {"ppp in hdlc framing, short protocol", LinkType::ppp, join({hex("ff03"), compressed})},
      {"ppp with direction", LinkType::ppp_marked, join({hex("01 ff03"), framed})},
      {"cisco hdlc under ppp", LinkType::ppp, join({hex("0f00"), ether_type_of(ip), ip})},
      {"cisco hdlc", LinkType::cisco_hdlc, join({hex("8f00"), ether_type_of(ip), ip})},
      {"pppoe", LinkType::pppoe, pppoe},
      {"pppoe on ethernet, padded", LinkType::ethernet,
       join({ethernet(0x8864, pppoe), ByteString(9, 0)})},
      {"mpls over ppp", LinkType::ppp, join({hex("0281 000641ff"), ip})},
  };
}

ByteString pktap(const ByteString& link, const ByteString& frame) {
  return join({hex("6c000000 01000000"), link, ByteString(96, 0), frame});
}

ByteString nflog(const ByteString& ip) {
  const size_t length = ip.size() + 4;
  const ByteString prefix = hex("02 00 0005  0800 0100 0800 0000  0500 0a00 00 000000");
  const ByteString attribute = {static_cast<uint8_t>(length), static_cast<uint8_t>(length >> 8), 9,
                                0};
  return join({prefix, attribute, ip, ByteString((4 - length % 4) % 4, 0)});
}

}  // namespace

ByteString hex(std::string_view digits) {
  ByteString out;
  bool half = false;
  for (const char c : digits) {
    if (c == ' ') continue;
    if (half) {
      out.back() = static_cast<uint8_t>(out.back() << 4 | digit(c));
    } else {
      out.push_back(digit(c));
    }
    half = !half;
  }
  return out;
}

ByteString be16(size_t value) {
  return {static_cast<uint8_t>(value >> 8), static_cast<uint8_t>(value)};
}

ByteString ethernet(uint16_t ether_type, const ByteString& payload) {
  return join({hex("020000000001 020000000002"), be16(ether_type), payload});
}
ByteString ethernet(const ByteString& ip) {
  return ethernet(is_v4(ip) ? 0x0800 : 0x86dd, ip);
}

ByteString ipv4(uint8_t protocol, const ByteString& payload) {
  return join({hex("45 00"),
               be16(20 + payload.size()),
               hex("0001 4000 40"),
               {protocol},
               hex("0000 c0000201 c0000202"),
               payload});
}

ByteString ipv6(uint8_t next, const ByteString& payload) {
  const ByteString network = hex("20010db8ffff000000000000000000");
  return join({hex("60000000"),
               be16(payload.size()),
               {next},
               hex("40"),
               network,
               hex("01"),
               network,
               hex("02"),
               payload});
}

ByteString udp(uint16_t source, uint16_t destination, const ByteString& payload) {
  return join({be16(source), be16(destination), be16(8 + payload.size()), hex("0000"), payload});
}

std::vector<CarrierFrame> link_frames(const ByteString& ip) {
  const ByteString ether_type = ether_type_of(ip);
  const ByteString local = snap(ip);
  std::vector<CarrierFrame> out = {
      {"ethernet", LinkType::ethernet, ethernet(ip)},
      {"802.3 with snap, padded", LinkType::ethernet,
       join({ethernet(static_cast<uint16_t>(local.size()), local), ByteString(7, 0)})},
      {"802.1H", LinkType::llc, join({hex("aaaa03 0000f8"), ether_type, ip})},
      {"bridged ethernet over atm", LinkType::llc,
       join({hex("aaaa03 0080c2 0007 0000"), ethernet(ip)})},
      {"raw", LinkType::raw_ip, ip},
      {"raw of one version", is_v4(ip) ? LinkType::ipv4 : LinkType::ipv6, ip},
      {"sll", LinkType::linux_sll, join({hex("0000 0001 0006 0200000000010000"), ether_type, ip})},
      {"sll with a tag", LinkType::linux_sll,
       join({hex("0000 0001 0006 0200000000010000 8100 0007"), ether_type, ip})},
      {"sll with llc", LinkType::linux_sll,
       join({hex("0000 0001 0006 0200000000010000 0004"), local})},
      {"sll of a wireless monitor", LinkType::linux_sll,
       join({hex("0000 0323 0006 0200000000010000 0000 0000 0800 00000000"), wlan(ip)})},
      {"sll of 802.11", LinkType::linux_sll,
       join({hex("0000 0321 0006 0200000000010000 0000"), wlan(ip)})},
      {"sll2", LinkType::linux_sll2,
       join({ether_type, hex("0000 00000003 0001 00 06 0200000000010000"), ip})},
      {"ppi", LinkType::ppi, join({hex("00 00 0c00 69000000 00000000"), wlan(ip)})},
      {"pktap of ethernet", LinkType::pktap, pktap(hex("01000000"), ethernet(ip))},
      {"pktap of a tunnel", LinkType::pktap, pktap(hex("0c000000"), ip)},
      {"nflog", LinkType::nflog, nflog(ip)},
      {"vlan", LinkType::ethernet, ethernet(0x8100, join({hex("0007"), ether_type, ip}))},
      {"three tags", LinkType::ethernet,
       ethernet(0x88a8, join({hex("0007 8100 0008 9200 0009"), ether_type, ip}))},
      {"vn-tag", LinkType::ethernet, ethernet(0x8926, join({hex("00000001"), ether_type, ip}))},
      {"e-tag", LinkType::ethernet, ethernet(0x893f, join({hex("000000010000"), ether_type, ip}))},
      {"802.1ah", LinkType::ethernet, ethernet(0x88e7, join({hex("00000101"), ethernet(ip)}))},
      {"cisco metadata", LinkType::ethernet,
       ethernet(0x8909, join({hex("01 01 0001 0002"), ether_type, ip}))},
  };
  if (is_v4(ip))
    out.push_back({"llc at ip's own access point", LinkType::llc, join({hex("060603"), ip})});
  const std::string_view families[] = {"00000002", "02000000", "0000000a", "17000000",
                                       "18000000", "1c000000", "1e000000", "0000001e"};
  for (const std::string_view family : families)
    if ((family.find('2') != std::string_view::npos) == is_v4(ip))
      out.push_back(
          {"loopback " + std::string(family), LinkType::loopback, join({hex(family), ip})});
  for (auto& each : {wlan_frames(ip), ppp_frames(ip)})
    out.insert(out.end(), each.begin(), each.end());
  return out;
}

namespace {

std::vector<CarrierFrame> mpls_frames(const ByteString& ip) {
  const ByteString ether_type = ether_type_of(ip);
  const ByteString frame = ethernet(ip);
  return {
      {"mpls", {}, ethernet(0x8847, join({hex("000641ff"), ip}))},
      {"mpls, three labels", {}, ethernet(0x8848, join({hex("000640ff 000650ff 000661ff"), ip}))},
      {"mpls pseudowire", {}, ethernet(0x8847, join({hex("000641ff"), frame}))},
      {"mpls pseudowire, control word",
       {},
       ethernet(0x8847, join({hex("000641ff 00000001"), frame}))},
      {"mpls pseudowire, address begins as ip",
       {},
       ethernet(0x8847, join({hex("000641ff 450000000001 020000000002"), ether_type, ip}))},
      {"mpls pseudowire, tagged",
       {},
       ethernet(0x8847,
                join({hex("000641ff"), ethernet(0x8100, join({hex("0007"), ether_type, ip}))}))},
  };
}

}  // namespace

std::vector<CarrierFrame> tunnel_frames(const ByteString& ip) {
  const ByteString ether_type = ether_type_of(ip);
  const ByteString frame = ethernet(ip);
  const uint8_t own_number = is_v4(ip) ? 4 : 41;
  const auto in_v4 = [](uint8_t protocol, const ByteString& payload) {
    return ethernet(ipv4(protocol, payload));
  };
  const auto gre = [&](std::string_view head, const ByteString& protocol, const ByteString& rest) {
    return in_v4(47, join({hex(head), protocol, rest}));
  };
  const ByteString pptp = join({hex("ff03"), ppp_protocol_of(ip), ip});
  return {
      {"mpls in ip", {}, in_v4(137, join({hex("000641ff"), ip}))},
      {"gre", {}, gre("0000", ether_type, ip)},
      {"gre over ipv6", {}, ethernet(ipv6(47, join({hex("0000"), ether_type, ip})))},
      {"gre with everything",
       {},
       gre("f000", ether_type,
           join({hex("0000 0000  0000002a  00000001  0800 00 04 c0000203  0000 00 00"), ip}))},
      {"gre with key", {}, gre("2000", ether_type, join({hex("0000002a"), ip}))},
      {"gre with check sum", {}, gre("8000", ether_type, join({hex("12340000"), ip}))},
      {"gre with mpls", {}, gre("0000", hex("8847"), join({hex("000641ff"), ip}))},
      {"nvgre", {}, gre("2000", hex("6558"), join({hex("00002a01"), frame}))},
      {"pptp",
       {},
       gre("3081", hex("880b"), join({be16(pptp.size()), hex("0001 00000005 00000004"), pptp}))},
      {"pptp without acknowledgment",
       {},
       gre("3001", hex("880b"), join({be16(pptp.size()), hex("0001 00000005"), pptp}))},
      {"ppp in gre", {}, gre("0000", hex("880b"), join({ppp_protocol_of(ip), ip}))},
      {"erspan I", {}, gre("0000", hex("88be"), frame)},
      {"erspan II", {}, gre("1000", hex("88be"), join({hex("00000009 10070001 00000003"), frame}))},
      {"erspan III",
       {},
       gre("1000", hex("22eb"), join({hex("00000009 20070001 00001234 0000 0000"), frame}))},
      {"erspan III with the switch's header",
       {},
       gre("1000", hex("22eb"),
           join({hex("00000009 20070001 00001234 0000 0001 1122334455667788"), frame}))},
      {"erspan III of ip",
       {},
       gre("1000", hex("22eb"), join({hex("00000009 20070001 00001234 0000 0800"), ip}))},
      {"ip in ip", {}, in_v4(own_number, ip)},
      {"ip in ipv6", {}, ethernet(ipv6(own_number, ip))},
      {"ip in ip in gre", {}, gre("0000", hex("0800"), ipv4(own_number, ip))},
      {"etherip", {}, in_v4(97, join({hex("3000"), frame}))},
      // RFC 4302: four words beyond the first two.
      {"authentication header",
       {},
       in_v4(51,
             join({{own_number}, hex("04 0000 00000100 00000001 112233445566778899aabbcc"), ip}))},
      {"authentication header over ipv6",
       {},
       ethernet(ipv6(
           51,
           join({{own_number}, hex("04 0000 00000100 00000001 112233445566778899aabbcc"), ip})))},
  };
}

std::vector<CarrierFrame> udp_tunnel_frames(const ByteString& ip) {
  const ByteString ether_type = ether_type_of(ip);
  const ByteString frame = ethernet(ip);
  const auto to = [](uint16_t port, const ByteString& payload) {
    return ethernet(ipv4(17, udp(50000, port, payload)));
  };
  const auto gtp = [&](std::string_view flags, const ByteString& options) {
    return to(2152, join({hex(flags), hex("ff"), be16(options.size() + ip.size()), hex("00000001"),
                          options, ip}));
  };
  const ByteString vxlan = join({hex("08000000 00002a00"), frame});
  const ByteString ppp = join({hex("ff03"), ppp_protocol_of(ip), ip});
  const ByteString teredo = is_v4(ip) ? ipv6(4, ip) : ip;
  const ByteString authentication = hex("0001 02 03 6162 112233 0102030405060708 00");
  const ByteString origin = hex("0000 1234 fdfffffe");
  return {
      {"vxlan", {}, to(4789, vxlan)},
      {"vxlan by its source port", {}, ethernet(ipv4(17, udp(4789, 50000, vxlan)))},
      {"vxlan over ipv6", {}, ethernet(ipv6(17, udp(50000, 4789, vxlan)))},
      {"vxlan of linux", {}, to(8472, vxlan)},
      {"vxlan with a policy", {}, to(4789, join({hex("88080123 00002a00"), frame}))},
      {"vxlan-gpe of ethernet", {}, to(4790, join({hex("0c000003 00002a00"), frame}))},
      {"vxlan-gpe of ip",
       {},
       to(4790, join({is_v4(ip) ? hex("0c000001") : hex("0c000002"), hex("00002a00"), ip}))},
      {"vxlan-gpe of mpls", {}, to(4790, join({hex("0c000005 00002a00 000641ff"), ip}))},
      {"vxlan-gpe without a protocol", {}, to(4790, vxlan)},
      {"geneve", {}, to(6081, join({hex("00 00 6558 00002a00"), frame}))},
      {"geneve with options",
       {},
       to(6081, join({hex("02 40 6558 00002a00 0102800111223344"), frame}))},
      {"geneve of ip", {}, to(6081, join({hex("00 00"), ether_type, hex("00002a00"), ip}))},
      {"gtp", {}, gtp("30", {})},
      {"gtp with a sequence number", {}, gtp("32", hex("0007 00 00"))},
      {"gtp with extensions", {}, gtp("34", hex("0000 00 85  01 1007 c0  01 0000 00"))},
      {"teredo", {}, to(3544, teredo)},
      {"teredo with both indications", {}, to(3544, join({authentication, origin, teredo}))},
      {"l2tp", {}, to(1701, join({hex("0002 0001 0002"), ppp}))},
      {"l2tp with everything",
       {},
       to(1701,
          join({hex("4a02"), be16(ppp.size() + 16), hex("0001 0002 0003 0004 0002 0000"), ppp}))},
      {"capwap of ethernet", {}, to(5247, join({hex("00 100000 00000000"), frame}))},
      {"capwap of 802.11",
       {},
       to(5247, join({hex("00 200330 00000000 04bf230000000000"), wlan(ip)}))},
      // Frame control 0801 and sequence control 0010, the other way round.
      {"capwap of 802.11, fields exchanged",
       {},
       to(5247,
          join({hex("00 100300 00000000 0108 2c00 020000000001 020000000002 020000000003 0010"),
                snap(ip)}))},
      {"vxlan in gtp",
       {},
       to(2152, join({hex("30 ff"), be16(28 + vxlan.size()), hex("00000001"),
                      ipv4(17, udp(50000, 4789, vxlan))}))},
  };
}

std::vector<CarrierFrame> all_carrier_frames(const ByteString& ip) {
  std::vector<CarrierFrame> out = link_frames(ip);
  for (auto& each : {mpls_frames(ip), tunnel_frames(ip), udp_tunnel_frames(ip)})
    out.insert(out.end(), each.begin(), each.end());
  return out;
}

}  // namespace tests
