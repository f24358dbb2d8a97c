// SPDX-License-Identifier: Apache-2.0
#include "dataplane/scan/ip_writer.hpp"

namespace dataplane {

using flowtable::Bytes;
using flowtable::store_be16;
using flowtable::store_be32;

namespace {

void put_ipv4(Front& front, const OwnPacket& packet) noexcept {
  uint8_t* const header = front.take(20);
  std::fill_n(header, 20, uint8_t{0});
  header[0] = 0x45;
  store_be16(header + 2, static_cast<uint16_t>(20 + packet.bytes));
  header[6] = 0x40;  // do not fragment: then the identification may stay 0 (RFC 6864)
  header[8] = packet.hops;
  header[9] = packet.protocol;
  std::ranges::copy(wire_address(packet.from), header + 12);
  std::ranges::copy(wire_address(packet.to), header + 16);
  store_be16(header + 10, InternetChecksum().add(Bytes(header, 20)).finish());
}

void put_ipv6(Front& front, const OwnPacket& packet) noexcept {
  uint8_t* const header = front.take(40);
  store_be32(header, 0x60000000);
  store_be16(header + 4, static_cast<uint16_t>(packet.bytes));
  header[6] = packet.protocol;
  header[7] = packet.hops;
  std::ranges::copy(packet.from.bytes, header + 8);
  std::ranges::copy(packet.to.bytes, header + 24);
}

}  // namespace

size_t frame_bytes(const LinkHeader& link, const OwnPacket& packet) noexcept {
  return (link.vlan ? 18u : 14u) + (packet.from.is_v4() ? 20u : 40u) + packet.bytes;
}

void put_link(Front& front, const LinkHeader& link, uint16_t ether_type) noexcept {
  front.put(link.next_hop);
  front.put(link.ours);
  if (link.vlan) {
    front.put16(EtherType::kVlan);
    front.put16(*link.vlan);
  }
  front.put16(ether_type);
}

void put_ip(Front& front, const LinkHeader& link, const OwnPacket& packet) noexcept {
  const bool v4 = packet.from.is_v4();
  put_link(front, link, v4 ? EtherType::kIpv4 : EtherType::kIpv6);
  if (v4) {
    put_ipv4(front, packet);
  } else {
    put_ipv6(front, packet);
  }
}

InternetChecksum pseudo_header(const OwnPacket& packet) noexcept {
  return InternetChecksum()
      .add(wire_address(packet.from))
      .add(wire_address(packet.to))
      .add_number(packet.protocol)
      .add_number(static_cast<uint32_t>(packet.bytes));
}

}  // namespace dataplane
