// SPDX-License-Identifier: Apache-2.0
// What the first byte of a frame is.
#pragma once

#include <cstdint>

namespace dataplane {

// Of a network card (ethernet), of a capture file, or of what a tunnel or a capture header holds.
enum class LinkType : uint8_t {
  ethernet,
  ipv4,
  ipv6,
  raw_ip,  // IPv4 or IPv6: the first four bits tell
  linux_sll,
  linux_sll2,
  loopback,    // an address family, in the byte order of the host or of the network
  ppp,         // also in HDLC-like framing, also Cisco's
  ppp_marked,  // a byte for the direction, then ppp
  pppoe,
  cisco_hdlc,
  llc,
  wlan,  // IEEE 802.11
  wlan_radiotap,
  wlan_prism,
  wlan_avs,
  ppi,
  pktap,
  nflog,
  other,  // not decoded: the packets are counted as link_unsupported
};

// From a LINKTYPE number as files carry it (https://www.tcpdump.org/linktypes.html). The few
// numbers that libpcap turns into other DLT numbers on this system are known by both.
[[nodiscard]] LinkType link_type_of(uint32_t number) noexcept;

}  // namespace dataplane
