// SPDX-License-Identifier: Apache-2.0
// ARP (RFC 826) and ICMP messages of ours as frames; neighbour discovery (RFC 4861) is ICMP.
#pragma once

#include "dataplane/scan/ip_writer.hpp"

#include <cstdint>
#include <optional>
#include <span>

namespace dataplane {

inline constexpr MacAddress kBroadcastMac = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

// One of Ethernet and IPv4.
struct ArpMessage {
  static constexpr uint16_t kRequest = 1, kReply = 2;
  uint16_t operation = 0;
  MacAddress sender_mac{};
  flowtable::IpAddress sender;
  MacAddress target_mac{};
  flowtable::IpAddress target;
};
// `body` is what follows the Ethernet header; false where it is no such message.
[[nodiscard]] bool read_arp(flowtable::Bytes body, ArpMessage& out) noexcept;
// These return the frame's length, and 0 where `frame` is too short.
[[nodiscard]] size_t write_arp(const LinkHeader& link, const ArpMessage& message,
                               std::span<uint8_t> frame) noexcept;

struct OwnIcmp {
  flowtable::IpAddress from;
  flowtable::IpAddress to;
  uint8_t hops = 64;
  uint8_t type = 0;
  uint8_t code = 0;
  flowtable::Bytes rest;  // behind the checksum
};
[[nodiscard]] size_t write_icmp(const LinkHeader& link, const OwnIcmp& message,
                                std::span<uint8_t> frame) noexcept;

struct Icmp6Type {
  static constexpr uint8_t kEchoRequest = 128, kEchoReply = 129;
  static constexpr uint8_t kRouterSolicitation = 133, kNeighbourSolicitation = 135,
                           kNeighbourAdvertisement = 136, kRedirect = 137;
};

// A neighbour solicitation or advertisement, behind its checksum.
struct NeighbourMessage {
  uint8_t type = 0;   // Icmp6Type
  uint8_t flags = 0;  // of an advertisement
  flowtable::IpAddress target;
  // The option "source link-layer address" of a solicitation, "target …" of an advertisement.
  std::optional<MacAddress> mac;

  static constexpr uint8_t kRouter = 0x80, kSolicited = 0x40, kOverride = 0x20;
  static constexpr uint8_t kHops = 255;  // what has less came through a router: not believed
};
// `icmp` begins with the type.
[[nodiscard]] bool read_neighbour_message(flowtable::Bytes icmp, NeighbourMessage& out) noexcept;
// 28 bytes, for OwnIcmp::rest.
[[nodiscard]] std::array<uint8_t, 28> bytes_of(const NeighbourMessage& message) noexcept;

// ff02::1:ffXX:XXXX and the Ethernet group of an IPv6 group (RFC 4291 section 2.7.1, RFC 2464).
[[nodiscard]] flowtable::IpAddress solicited_node(const flowtable::IpAddress& address) noexcept;
[[nodiscard]] MacAddress group_mac(const flowtable::IpAddress& group) noexcept;

}  // namespace dataplane
