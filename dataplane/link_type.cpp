// SPDX-License-Identifier: Apache-2.0
#include "dataplane/link_type.hpp"

#include <algorithm>
#include <iterator>

namespace dataplane {
namespace {

struct NumberRow {
  uint32_t number;
  LinkType link;
};

constexpr NumberRow kNumbers[] = {
    {0, LinkType::loopback},  // NULL: in the byte order of the host that captured
    {1, LinkType::ethernet},  //
    {9, LinkType::ppp},       //
    {11, LinkType::llc},      // DLT_ATM_RFC1483 of most systems, to libpcap
    {12, LinkType::raw_ip},   // DLT_RAW of most systems, written by some as it is
    {14, LinkType::raw_ip},   // DLT_RAW of OpenBSD
    {50, LinkType::ppp},      // PPP_HDLC
    {51, LinkType::pppoe},    // PPP_ETHER
    {100, LinkType::llc},     // ATM_RFC1483
    {101, LinkType::raw_ip},  // RAW
    {104, LinkType::cisco_hdlc},
    {105, LinkType::wlan},
    {108, LinkType::loopback},  // LOOP of OpenBSD: in network byte order
    {113, LinkType::linux_sll},
    {119, LinkType::wlan_prism},
    {127, LinkType::wlan_radiotap},
    {149, LinkType::pktap},  // USER2, where macOS writes PKTAP; its header must say so
    {163, LinkType::wlan_avs},
    {192, LinkType::ppi},
    {204, LinkType::ppp_marked},
    {228, LinkType::ipv4},
    {229, LinkType::ipv6},
    {239, LinkType::nflog},
    {258, LinkType::pktap},
    {276, LinkType::linux_sll2},
};

}  // namespace

LinkType link_type_of(uint32_t number) noexcept {
  const auto* const row =
      std::ranges::find(kNumbers, number, [](const NumberRow& each) { return each.number; });
  return row == std::end(kNumbers) ? LinkType::other : row->link;
}

}  // namespace dataplane
