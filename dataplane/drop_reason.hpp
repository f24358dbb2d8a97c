// SPDX-License-Identifier: Apache-2.0
// Why a packet, or a handshake, was not followed to its end on a poll core.
#pragma once

#include "flowtable/base/counters.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace dataplane {

// One value is one counter, one metric label and one row of `tapseal status`: the name in the
// table below is used everywhere. `none` is not a drop and is never counted.
enum class DropReason : uint8_t {
  none,
  link_unsupported,
  frame_truncated,
  link_header_bad,
  link_fragment,
  wlan_not_data,
  wlan_protected,
  wlan_aggregate,
  ether_type_other,
  vlan_too_deep,
  mpls_too_deep,
  mpls_other,
  tunnel_header_bad,
  tunnel_no_ip,
  layers_too_many,
  ip_header_bad,
  ip_fragment,
  fragment_bad,
  fragment_overlap,
  fragment_timeout,
  fragment_table_full,
  ip_extension_bad,
  transport_other,
  tcp_header_bad,
  udp_header_bad,
  flow_table_full,
  capture_pool_empty,
  large_pool_empty,
  handoff_full,
  steering_full,
  steering_pool_empty,
  segment_holes_full,
  unanswered_displaced,
  count_
};

struct DropReasonText {
  DropReason reason;
  std::string_view name;
  std::string_view help;
};

// In the order of the enum, without `none`.
[[nodiscard]] const std::array<DropReasonText, static_cast<size_t>(DropReason::count_) - 1>&
drop_reason_table() noexcept;
[[nodiscard]] std::string_view name_of(DropReason reason) noexcept;

using DropCounters = flowtable::Counters<DropReason>;

}  // namespace dataplane
