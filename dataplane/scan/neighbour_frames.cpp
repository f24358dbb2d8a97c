// SPDX-License-Identifier: Apache-2.0
#include "dataplane/scan/neighbour_frames.hpp"

namespace dataplane {

using flowtable::ByteReader;
using flowtable::Bytes;
using flowtable::IpAddress;
using flowtable::store_be16;
using flowtable::store_be32;

namespace {

constexpr uint16_t kEthernet = 1;
constexpr size_t kArpBytes = 28;
constexpr uint8_t kSourceMacOption = 1, kTargetMacOption = 2;

bool take_mac(ByteReader& reader, MacAddress& out) noexcept {
  Bytes bytes;
  if (!reader.take(out.size(), bytes)) return false;
  std::ranges::copy(bytes, out.begin());
  return true;
}

bool take_ip(ByteReader& reader, size_t length, IpAddress& out) noexcept {
  Bytes bytes;
  if (!reader.take(length, bytes)) return false;
  out = IpAddress::from_bytes(bytes);
  return true;
}

}  // namespace

bool read_arp(Bytes body, ArpMessage& out) noexcept {
  ByteReader reader(body);
  uint16_t hardware = 0, protocol = 0, lengths = 0;
  return reader.u16(hardware) && reader.u16(protocol) && reader.u16(lengths) &&
         hardware == kEthernet && protocol == EtherType::kIpv4 && lengths == 0x0604 &&
         reader.u16(out.operation) && take_mac(reader, out.sender_mac) &&
         take_ip(reader, 4, out.sender) && take_mac(reader, out.target_mac) &&
         take_ip(reader, 4, out.target);
}

size_t write_arp(const LinkHeader& link, const ArpMessage& message,
                 std::span<uint8_t> frame) noexcept {
  if ((link.vlan ? 18u : 14u) + kArpBytes > frame.size()) return 0;
  Front front(frame.data());
  put_link(front, link, EtherType::kArp);
  front.put16(kEthernet);
  front.put16(EtherType::kIpv4);
  front.put16(0x0604);  // lengths of the addresses
  front.put16(message.operation);
  front.put(message.sender_mac);
  front.put(wire_address(message.sender));
  front.put(message.target_mac);
  front.put(wire_address(message.target));
  return front.size();
}

size_t write_icmp(const LinkHeader& link, const OwnIcmp& message,
                  std::span<uint8_t> frame) noexcept {
  const bool v4 = message.from.is_v4();
  const OwnPacket packet{.from = message.from,
                         .to = message.to,
                         .protocol = v4 ? IpProtocol::kIcmp : IpProtocol::kIcmp6,
                         .hops = message.hops,
                         .bytes = 4 + message.rest.size()};
  if (frame_bytes(link, packet) > frame.size()) return 0;
  Front front(frame.data());
  put_ip(front, link, packet);
  uint8_t* const header = front.take(4);
  header[0] = message.type;
  header[1] = message.code;
  store_be16(header + 2, 0);
  front.put(message.rest);
  // ICMPv4 has no pseudo-header (RFC 792), ICMPv6 has (RFC 4443 section 2.3).
  InternetChecksum sum = v4 ? InternetChecksum() : pseudo_header(packet);
  store_be16(header + 2, sum.add(Bytes(header, packet.bytes)).finish());
  return front.size();
}

bool read_neighbour_message(Bytes icmp, NeighbourMessage& out) noexcept {
  ByteReader reader(icmp);
  uint8_t code = 0;
  if (!reader.u8(out.type) || !reader.u8(code) || code != 0 || !reader.skip(2) ||
      !reader.u8(out.flags) || !reader.skip(3) || !take_ip(reader, 16, out.target))
    return false;
  const uint8_t wanted =
      out.type == Icmp6Type::kNeighbourSolicitation ? kSourceMacOption : kTargetMacOption;
  out.mac.reset();
  while (!reader.empty()) {
    uint8_t kind = 0, words = 0;
    Bytes option;
    // RFC 4861 section 4.6: an option without a length makes the whole message bad.
    if (!reader.u8(kind) || !reader.u8(words) || words == 0 ||
        !reader.take(size_t{words} * 8 - 2, option))
      return false;
    ByteReader inside(option);
    MacAddress mac{};
    if (kind == wanted && words == 1 && take_mac(inside, mac)) out.mac = mac;
  }
  return true;
}

std::array<uint8_t, 28> bytes_of(const NeighbourMessage& message) noexcept {
  std::array<uint8_t, 28> out{};
  out[0] = message.flags;
  std::ranges::copy(message.target.bytes, out.begin() + 4);
  out[20] = message.type == Icmp6Type::kNeighbourSolicitation ? kSourceMacOption : kTargetMacOption;
  out[21] = 1;  // of eight bytes
  std::ranges::copy(message.mac.value_or(MacAddress()), out.begin() + 22);
  return out;
}

IpAddress solicited_node(const IpAddress& address) noexcept {
  IpAddress out;
  store_be32(out.bytes.data(), 0xff020000);
  store_be32(out.bytes.data() + 8, 1);
  out.bytes[12] = 0xff;
  std::copy(address.bytes.begin() + 13, address.bytes.end(), out.bytes.begin() + 13);
  return out;
}

MacAddress group_mac(const IpAddress& group) noexcept {
  MacAddress out{0x33, 0x33};
  std::copy(group.bytes.begin() + 12, group.bytes.end(), out.begin() + 2);
  return out;
}

}  // namespace dataplane
