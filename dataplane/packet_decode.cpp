// SPDX-License-Identifier: Apache-2.0
#include "dataplane/packet_decode.hpp"

#include "dataplane/link/steps.hpp"
#include "dataplane/plain_tcp.hpp"

#include <algorithm>

namespace dataplane {
namespace {

struct StepRow {
  HeaderSpace space;
  uint16_t number;
  Step step;
};

constexpr uint16_t number_of(LinkType link) noexcept {
  return static_cast<uint16_t>(link);
}

// By which number each step is reached. In the order of how often that happens: the search below
// compares from the top.
constexpr StepRow kSteps[] = {
    {HeaderSpace::link, number_of(LinkType::ethernet), step_ethernet},
    {HeaderSpace::ether_type, 0x0800, step_ipv4},
    {HeaderSpace::ip_protocol, 6, step_tcp},
    {HeaderSpace::ether_type, 0x86dd, step_ipv6},
    {HeaderSpace::ip_protocol, 17, step_udp},
    {HeaderSpace::ether_type, 0x8100, step_vlan},  // IEEE 802.1Q
    {HeaderSpace::ether_type, 0x88a8, step_vlan},  // IEEE 802.1ad
    {HeaderSpace::ether_type, 0x8847, step_mpls},  // RFC 3032: unicast
    {HeaderSpace::ip_protocol, 47, step_gre},
    {HeaderSpace::link, number_of(LinkType::raw_ip), step_raw_ip},
    {HeaderSpace::ip_protocol, 4, step_ipv4},          // RFC 2003
    {HeaderSpace::ip_protocol, 41, step_ipv6},         // RFC 4213
    {HeaderSpace::ether_type, 0x6558, step_ethernet},  // RFC 1701: transparent bridging
    {HeaderSpace::ether_type, 0x8864, step_pppoe},     // RFC 2516: session
    {HeaderSpace::ppp, 0x0021, step_ipv4},
    {HeaderSpace::ppp, 0x0057, step_ipv6},
    {HeaderSpace::link, number_of(LinkType::ppp), step_ppp},
    {HeaderSpace::link, number_of(LinkType::linux_sll), step_linux_sll},
    {HeaderSpace::link, number_of(LinkType::linux_sll2), step_linux_sll2},
    {HeaderSpace::link, number_of(LinkType::loopback), step_loopback},
    {HeaderSpace::link, number_of(LinkType::ipv4), step_ipv4},
    {HeaderSpace::link, number_of(LinkType::ipv6), step_ipv6},
    {HeaderSpace::link, number_of(LinkType::llc), step_llc},
    {HeaderSpace::link, number_of(LinkType::wlan), step_wlan},
    {HeaderSpace::link, number_of(LinkType::wlan_radiotap), step_wlan_radiotap},
    {HeaderSpace::link, number_of(LinkType::wlan_prism), step_wlan_prism},
    {HeaderSpace::link, number_of(LinkType::wlan_avs), step_wlan_avs},
    {HeaderSpace::link, number_of(LinkType::pppoe), step_pppoe},
    {HeaderSpace::link, number_of(LinkType::ppp_marked), step_ppp_marked},
    {HeaderSpace::link, number_of(LinkType::cisco_hdlc), step_cisco_hdlc},
    {HeaderSpace::link, number_of(LinkType::ppi), step_ppi},
    {HeaderSpace::link, number_of(LinkType::pktap), step_pktap},
    {HeaderSpace::link, number_of(LinkType::nflog), step_nflog},
    {HeaderSpace::ip_protocol, 51, step_ip_authentication},
    {HeaderSpace::ip_protocol, 97, step_ether_ip},
    {HeaderSpace::ip_protocol, 137, step_mpls},    // RFC 4023
    {HeaderSpace::ether_type, 0x9100, step_vlan},  // 802.1ad before it had a number
    {HeaderSpace::ether_type, 0x9200, step_vlan},  // the same, of other makers
    {HeaderSpace::ether_type, 0x9300, step_vlan},  //
    {HeaderSpace::ether_type, 0x8848, step_mpls},  // RFC 3032: multicast, or label from upstream
    {HeaderSpace::ether_type, 0x8909, step_cisco_metadata},
    {HeaderSpace::ether_type, 0x8926, step_vn_tag},
    {HeaderSpace::ether_type, 0x893f, step_e_tag},        // IEEE 802.1BR
    {HeaderSpace::ether_type, 0x88e7, step_service_tag},  // IEEE 802.1ah
    {HeaderSpace::ppp, 0x0281, step_mpls},                // RFC 3032: unicast
    {HeaderSpace::ppp, 0x0283, step_mpls},                // RFC 3032: multicast
};

// Every step reads at least one header, so this many bound the work per packet: four VLAN tags and
// three tunnels. More is an attack or a loop.
constexpr size_t kLayersMax = 16;

Step step_of(HeaderSpace space, uint16_t number) noexcept {
  for (const StepRow& row : kSteps)
    if (row.space == space && row.number == number) return row.step;
  return nullptr;
}

DropReason unknown(HeaderSpace space) noexcept {
  switch (space) {
    case HeaderSpace::link:
      return DropReason::link_unsupported;
    case HeaderSpace::ether_type:
    case HeaderSpace::ppp:
      return DropReason::ether_type_other;
    default:
      return DropReason::transport_other;
  }
}

DecodeCursor start_of(LinkType link, flowtable::Bytes frame, const FrameMeta& meta) noexcept {
  DecodeCursor at;
  at.bytes = flowtable::ByteReader(frame);
  const auto frame_bytes = static_cast<uint32_t>(frame.size());
  at.missing = std::max(meta.wire_bytes, frame_bytes) - frame_bytes;
  at.number = static_cast<uint16_t>(link);
  at.hash_seed = meta.hash_seed;
  return at;
}

DropReason walk(DecodeCursor& at, PacketView& out) noexcept {
  for (size_t layer = 0; layer < kLayersMax; ++layer) {
    const Step step = step_of(at.space, at.number);
    if (step == nullptr) return unknown(at.space);
    const DropReason reason = step(at, out);
    if (reason != DropReason::none || at.space == HeaderSpace::done) return reason;
  }
  return DropReason::layers_too_many;
}

}  // namespace

DropReason decode_packet(LinkType link, flowtable::Bytes frame, const FrameMeta& meta,
                         PacketView& out) noexcept {
  if (link == LinkType::ethernet && decode_plain_tcp(frame, meta, out)) return DropReason::none;
  DecodeCursor at = start_of(link, frame, meta);
  out.tick = meta.tick;
  out.wire_bytes = at.missing + static_cast<uint32_t>(frame.size());
  return walk(at, out);
}

DropReason decode_fragment(LinkType link, flowtable::Bytes frame, const FrameMeta& meta,
                           FragmentView& out) noexcept {
  DecodeCursor at = start_of(link, frame, meta);
  at.fragment = &out;
  out.tick = meta.tick;
  out.wire_bytes = at.missing + static_cast<uint32_t>(frame.size());
  PacketView unused;
  const DropReason reason = walk(at, unused);
  return reason == DropReason::ip_fragment ? DropReason::none : reason;
}

}  // namespace dataplane
