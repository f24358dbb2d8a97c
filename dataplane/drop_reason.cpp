// SPDX-License-Identifier: Apache-2.0
#include "dataplane/drop_reason.hpp"

namespace dataplane {
namespace {

constexpr std::array<DropReasonText, static_cast<size_t>(DropReason::count_) - 1> kTable = {{
    {DropReason::link_unsupported, "link_unsupported", "link type of the capture is not decoded"},
    {DropReason::frame_truncated, "frame_truncated", "frame was cut inside a header"},
    {DropReason::link_header_bad, "link_header_bad", "header of the link layer is wrong"},
    {DropReason::link_fragment, "link_fragment", "part of a frame that was cut below IP"},
    {DropReason::wlan_not_data, "wlan_not_data", "802.11 frame of management, control or null"},
    {DropReason::wlan_protected, "wlan_protected", "802.11 frame is encrypted"},
    {DropReason::wlan_aggregate, "wlan_aggregate", "802.11 frame with several packets (A-MSDU)"},
    {DropReason::ether_type_other, "ether_type_other", "frame carries no IP"},
    {DropReason::vlan_too_deep, "vlan_too_deep", "more than four VLAN tags"},
    {DropReason::mpls_too_deep, "mpls_too_deep", "more than 16 MPLS labels"},
    {DropReason::mpls_other, "mpls_other",
     "MPLS carries neither IP nor Ethernet, or none can tell"},
    {DropReason::tunnel_header_bad, "tunnel_header_bad", "header of a tunnel is wrong"},
    {DropReason::tunnel_no_ip, "tunnel_no_ip", "tunnel carries no IP"},
    {DropReason::layers_too_many, "layers_too_many", "more headers inside each other than allowed"},
    {DropReason::ip_header_bad, "ip_header_bad", "IP version or length is wrong"},
    {DropReason::ip_fragment, "ip_fragment", "IP fragment inside too many fragmented packets"},
    {DropReason::fragment_bad, "fragment_bad", "IP fragment of an impossible length or place"},
    {DropReason::fragment_overlap, "fragment_overlap", "packet whose IP fragments contradict"},
    {DropReason::fragment_timeout, "fragment_timeout", "packet of which an IP fragment never came"},
    {DropReason::fragment_table_full, "fragment_table_full",
     "packet whose IP fragments made place for newer ones"},
    {DropReason::ip_extension_bad, "ip_extension_bad", "IPv6 extension headers are wrong"},
    {DropReason::transport_other, "transport_other", "neither TCP nor UDP"},
    {DropReason::tcp_header_bad, "tcp_header_bad", "TCP header length is wrong"},
    {DropReason::udp_header_bad, "udp_header_bad", "UDP length is wrong"},
    {DropReason::flow_table_full, "flow_table_full", "no place for a new flow"},
    {DropReason::capture_pool_empty, "capture_pool_empty", "no buffer for a handshake"},
    {DropReason::large_pool_empty, "large_pool_empty", "no large buffer: a handshake was cut"},
    {DropReason::handoff_full, "handoff_full", "workers are behind: a handshake was let go"},
    {DropReason::steering_full, "steering_full", "the flow's own core is behind"},
    {DropReason::steering_pool_empty, "steering_pool_empty",
     "no buffer to pass a packet put together of fragments to its flow's core"},
    {DropReason::segment_holes_full, "segment_holes_full", "too many gaps in one direction"},
    {DropReason::unanswered_displaced, "unanswered_displaced",
     "handshake without an answer, displaced while buffers were scarce"},
}};

constexpr bool reasons_in_enum_order() {
  for (size_t i = 0; i < kTable.size(); ++i)
    if (kTable[i].reason != static_cast<DropReason>(i + 1)) return false;
  return true;
}
static_assert(reasons_in_enum_order());

}  // namespace

const std::array<DropReasonText, static_cast<size_t>(DropReason::count_) - 1>&
drop_reason_table() noexcept {
  return kTable;
}

std::string_view name_of(DropReason reason) noexcept {
  const auto index = static_cast<size_t>(reason);
  return index > 0 && index <= kTable.size() ? kTable[index - 1].name : "none";
}

}  // namespace dataplane
