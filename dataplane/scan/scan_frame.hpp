// SPDX-License-Identifier: Apache-2.0
// What a frame from the wire of a scanning port says, as far as a scanner asks.
#pragma once

#include "dataplane/packet_view.hpp"
#include "dataplane/scan/ip_writer.hpp"
#include "flowtable/base/byte_reader.hpp"
#include "flowtable/base/tick.hpp"

#include <cstdint>
#include <optional>

namespace dataplane {

// Why not decode_packet(): that one follows tunnels, which are nothing to us, and keeps neither
// Ethernet addresses nor ARP nor ICMP. Borrows from the frame.
struct ScanFrame {
  enum class Kind : uint8_t { arp, ip };
  Kind kind = Kind::ip;
  uint8_t protocol = 0;  // the first behind the IP header: extension headers are not followed
  uint8_t hops = 0;      // TTL or hop limit
  bool fragment = false;
  MacAddress sender{};
  flowtable::IpAddress source;
  flowtable::IpAddress destination;
  flowtable::Bytes ipv4_header;
  flowtable::Bytes body;  // behind the IP header, without padding; of ARP all
};
// False where it is neither ARP nor IP, broken, cut, or tagged otherwise than `vlan` says. Tag 0,
// which only has a priority, is no tag (IEEE 802.1Q).
[[nodiscard]] bool read_scan_frame(flowtable::Bytes frame, std::optional<uint16_t> vlan,
                                   ScanFrame& out) noexcept;

// Of TCP and UDP.
struct PortPair {
  uint16_t source = 0;
  uint16_t destination = 0;
};
[[nodiscard]] bool read_ports(const ScanFrame& frame, PortPair& out) noexcept;
// A TCP segment or UDP datagram, as the packet path has it; false where its header is broken.
// Borrows from the frame.
[[nodiscard]] bool read_transport(const ScanFrame& frame, uint64_t hash_seed, flowtable::Tick tick,
                                  PacketView& out) noexcept;

// ICMP's word on a packet of ours: destination unreachable or time exceeded.
struct IcmpError {
  uint8_t type = 0;
  uint8_t code = 0;
  uint8_t protocol = 0;  // TCP or UDP
  flowtable::Endpoint ours;
  flowtable::Endpoint target;
  uint32_t sequence = 0;  // of TCP
};
[[nodiscard]] bool read_icmp_error(const ScanFrame& frame, IcmpError& out) noexcept;

// `partial`: the checksum field holds the sum of the pseudo-header only. So do frames of veth and
// of virtual machines on the same host, whose sender left the rest to a network card that there
// never was (Linux: CHECKSUM_PARTIAL). It says nothing of the bytes, and such a wire does not
// spoil any.
enum class ChecksumFate : uint8_t { right, partial, wrong };
// Of the IPv4 header, and of the TCP, UDP or ICMP behind it.
[[nodiscard]] ChecksumFate check_sums(const ScanFrame& frame) noexcept;

}  // namespace dataplane
