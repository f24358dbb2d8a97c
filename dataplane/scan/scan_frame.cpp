// SPDX-License-Identifier: Apache-2.0
#include "dataplane/scan/scan_frame.hpp"

#include <algorithm>

namespace dataplane {

using flowtable::ByteReader;
using flowtable::Bytes;
using flowtable::Endpoint;
using flowtable::FlowKey;
using flowtable::IpAddress;
using flowtable::Tick;

namespace {

bool take_address(ByteReader& reader, size_t length, IpAddress& out) noexcept {
  Bytes bytes;
  if (!reader.take(length, bytes)) return false;
  out = IpAddress::from_bytes(bytes);
  return true;
}

// `whole` says whether all the bytes must be there that the length states: a quoted packet is cut.
enum class Extent : uint8_t { whole, quoted };

bool read_ipv4(ByteReader reader, Extent extent, ScanFrame& out) noexcept {
  const Bytes all = reader.rest();
  uint8_t first = 0;
  uint16_t length = 0, fragment = 0;
  if (!reader.u8(first) || first >> 4 != 4 || !reader.skip(1) || !reader.u16(length) ||
      !reader.skip(2) || !reader.u16(fragment) || !reader.u8(out.hops) ||
      !reader.u8(out.protocol) || !reader.skip(2) || !take_address(reader, 4, out.source) ||
      !take_address(reader, 4, out.destination))
    return false;
  const size_t header = size_t{first & 0xfu} * 4;
  if (header < 20 || header > length || header > all.size()) return false;
  if (extent == Extent::whole && length > all.size()) return false;
  out.fragment = (fragment & 0x3fff) != 0;  // more to come, or an offset
  out.ipv4_header = all.first(header);
  out.body = all.first(std::min<size_t>(length, all.size())).subspan(header);
  return true;
}

bool read_ipv6(ByteReader reader, Extent extent, ScanFrame& out) noexcept {
  uint32_t first = 0;
  uint16_t length = 0;
  if (!reader.u32(first) || first >> 28 != 6 || !reader.u16(length) || !reader.u8(out.protocol) ||
      !reader.u8(out.hops) || !take_address(reader, 16, out.source) ||
      !take_address(reader, 16, out.destination))
    return false;
  // A mapped address on the wire would be taken for IPv4's.
  if (out.source.is_v4() || out.destination.is_v4()) return false;
  if (extent == Extent::whole && length > reader.size()) return false;
  out.body = reader.rest().first(std::min<size_t>(length, reader.size()));
  return true;
}

bool is_icmp_error(bool v4, uint8_t type) noexcept {
  return v4 ? type == 3 || type == 11 : type == 1 || type == 3;  // RFC 792, RFC 4443
}

}  // namespace

bool read_scan_frame(Bytes frame, std::optional<uint16_t> vlan, ScanFrame& out) noexcept {
  ByteReader reader(frame);
  out = ScanFrame();
  Bytes mac;
  uint16_t type = 0, tag = 0;
  if (!reader.skip(6) || !reader.take(6, mac) || !reader.u16(type)) return false;
  std::ranges::copy(mac, out.sender.begin());
  if (type == EtherType::kVlan && (!reader.u16(tag) || !reader.u16(type))) return false;
  if ((tag & 0xfff) != vlan.value_or(0)) return false;
  if (type == EtherType::kIpv4) return read_ipv4(reader, Extent::whole, out);
  if (type == EtherType::kIpv6) return read_ipv6(reader, Extent::whole, out);
  if (type != EtherType::kArp) return false;
  out.kind = ScanFrame::Kind::arp;
  out.body = reader.rest();
  return true;
}

bool read_ports(const ScanFrame& frame, PortPair& out) noexcept {
  ByteReader reader(frame.body);
  return !frame.fragment && reader.u16(out.source) && reader.u16(out.destination);
}

bool read_transport(const ScanFrame& frame, uint64_t hash_seed, Tick tick,
                    PacketView& out) noexcept {
  PortPair ports;
  if (!read_ports(frame, ports)) return false;
  ByteReader reader(frame.body);
  out = PacketView();
  uint8_t offset = 0;
  uint16_t length = 0;
  if (frame.protocol == IpProtocol::kTcp) {
    if (!reader.skip(4) || !reader.u32(out.seq) || !reader.u32(out.ack) || !reader.u8(offset) ||
        !reader.u8(out.tcp_flags) || !reader.u16(out.window) || !reader.skip(4))
      return false;
    const size_t header = size_t{offset} / 16 * 4;
    if (header < 20 || !reader.take(header - 20, out.tcp_options)) return false;
    out.payload = reader.rest();
  } else if (!reader.skip(4) || !reader.u16(length) || !reader.skip(2) || length < 8 ||
             !reader.take(length - 8u, out.payload)) {
    return false;
  }
  const FlowKey::Ordered ordered = FlowKey::of(
      {frame.source, ports.source}, {frame.destination, ports.destination}, frame.protocol);
  out.key = ordered.key;
  out.sender = ordered.sender;
  out.hash = hash_flow_key(out.key, hash_seed);
  out.tick = tick;
  out.ttl = frame.hops;
  return true;
}

bool read_icmp_error(const ScanFrame& frame, IcmpError& out) noexcept {
  const bool v4 = frame.protocol == IpProtocol::kIcmp;
  if (frame.fragment || (!v4 && frame.protocol != IpProtocol::kIcmp6)) return false;
  ByteReader reader(frame.body);
  out = IcmpError();
  if (!reader.u8(out.type) || !reader.u8(out.code) || !is_icmp_error(v4, out.type) ||
      !reader.skip(6))
    return false;
  ScanFrame quoted;
  if (!(v4 ? read_ipv4(reader, Extent::quoted, quoted) : read_ipv6(reader, Extent::quoted, quoted)))
    return false;
  PortPair ports;
  if (!read_ports(quoted, ports)) return false;
  out.protocol = quoted.protocol;
  out.ours = {quoted.source, ports.source};
  out.target = {quoted.destination, ports.destination};
  // RFC 792 promises eight bytes, just as far as the sequence number.
  ByteReader behind(quoted.body);
  if (out.protocol == IpProtocol::kTcp) return behind.skip(4) && behind.u32(out.sequence);
  return out.protocol == IpProtocol::kUdp;
}

ChecksumFate check_sums(const ScanFrame& frame) noexcept {
  if (!frame.ipv4_header.empty() && InternetChecksum().add(frame.ipv4_header).finish() != 0)
    return ChecksumFate::wrong;
  const OwnPacket packet{.from = frame.source,
                         .to = frame.destination,
                         .protocol = frame.protocol,
                         .hops = 0,
                         .bytes = frame.body.size()};
  const bool bare = frame.protocol == IpProtocol::kIcmp;
  const InternetChecksum pseudo = bare ? InternetChecksum() : pseudo_header(packet);
  if (InternetChecksum(pseudo).add(frame.body).finish() == 0) return ChecksumFate::right;
  const bool tcp = frame.protocol == IpProtocol::kTcp;
  if (!tcp && frame.protocol != IpProtocol::kUdp) return ChecksumFate::wrong;
  ByteReader reader(frame.body);
  uint16_t stated = 0;
  if (!reader.skip(tcp ? 16 : 6) || !reader.u16(stated)) return ChecksumFate::wrong;
  // RFC 768: 0 says that there is none; IPv6 has no such datagrams (RFC 8200 section 8.1).
  if (!tcp && stated == 0 && !frame.ipv4_header.empty()) return ChecksumFate::right;
  return stated == static_cast<uint16_t>(~pseudo.finish()) ? ChecksumFate::partial
                                                           : ChecksumFate::wrong;
}

}  // namespace dataplane
