// SPDX-License-Identifier: Apache-2.0
// All steps there are, by file. packet_decode.cpp says by which numbers they are reached.
#pragma once

#include "dataplane/link/decode_cursor.hpp"

namespace dataplane {

DropReason step_ethernet(DecodeCursor& at, PacketView& out) noexcept;
DropReason step_llc(DecodeCursor& at, PacketView& out) noexcept;
DropReason step_raw_ip(DecodeCursor& at, PacketView& out) noexcept;
DropReason step_loopback(DecodeCursor& at, PacketView& out) noexcept;

// linux_sll
DropReason step_linux_sll(DecodeCursor& at, PacketView& out) noexcept;
DropReason step_linux_sll2(DecodeCursor& at, PacketView& out) noexcept;

// ppp
DropReason step_ppp(DecodeCursor& at, PacketView& out) noexcept;
DropReason step_ppp_marked(DecodeCursor& at, PacketView& out) noexcept;
DropReason step_pppoe(DecodeCursor& at, PacketView& out) noexcept;
DropReason step_cisco_hdlc(DecodeCursor& at, PacketView& out) noexcept;

// wlan, wlan_capture
DropReason step_wlan(DecodeCursor& at, PacketView& out) noexcept;
DropReason step_wlan_radiotap(DecodeCursor& at, PacketView& out) noexcept;
DropReason step_wlan_prism(DecodeCursor& at, PacketView& out) noexcept;
DropReason step_wlan_avs(DecodeCursor& at, PacketView& out) noexcept;

// The frame control field (IEEE 802.11-2020 section 9.2.4.1).
struct WlanControl {
  uint8_t kind = 0;   // its first byte: version, type, subtype
  uint8_t flags = 0;  // its second
  // The fields of two bytes are the wrong way round, as some tunnels have them.
  bool exchanged = false;
};

// step_wlan() where something else has read the frame control field.
DropReason go_on_in_wlan(DecodeCursor& at, const WlanControl& control) noexcept;

// wrapped_capture
DropReason step_ppi(DecodeCursor& at, PacketView& out) noexcept;
DropReason step_pktap(DecodeCursor& at, PacketView& out) noexcept;
DropReason step_nflog(DecodeCursor& at, PacketView& out) noexcept;

// vlan
DropReason step_vlan(DecodeCursor& at, PacketView& out) noexcept;
DropReason step_vn_tag(DecodeCursor& at, PacketView& out) noexcept;
DropReason step_e_tag(DecodeCursor& at, PacketView& out) noexcept;
DropReason step_service_tag(DecodeCursor& at, PacketView& out) noexcept;
DropReason step_cisco_metadata(DecodeCursor& at, PacketView& out) noexcept;

DropReason step_mpls(DecodeCursor& at, PacketView& out) noexcept;

DropReason step_ipv4(DecodeCursor& at, PacketView& out) noexcept;
DropReason step_ipv6(DecodeCursor& at, PacketView& out) noexcept;

// ip_in_ip
DropReason step_ip_authentication(DecodeCursor& at, PacketView& out) noexcept;
DropReason step_ether_ip(DecodeCursor& at, PacketView& out) noexcept;

// gre, erspan
DropReason step_gre(DecodeCursor& at, PacketView& out) noexcept;
DropReason step_erspan2(DecodeCursor& at, PacketView& out) noexcept;
DropReason step_erspan3(DecodeCursor& at, PacketView& out) noexcept;

DropReason step_tcp(DecodeCursor& at, PacketView& out) noexcept;
DropReason step_udp(DecodeCursor& at, PacketView& out) noexcept;

}  // namespace dataplane
