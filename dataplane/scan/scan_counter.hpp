// SPDX-License-Identifier: Apache-2.0
// What our own connections count.
#pragma once

#include "flowtable/base/counters.hpp"

#include <cstdint>
#include <string_view>

namespace dataplane {

enum class ScanCounter : uint8_t {
  connections_opened,   // answers with the right cookie that got a slot
  connections_full,     // and those that found none: their targets are asked again
  segments_sent,        // of connections, without probes
  segments_resent,      // of these, what had been sent before
  segments_unsent,      // no room in the transmit ring; sent again like lost ones
  challenges_answered,  // RST or SYN that fit the window but not exactly (RFC 5961)
  segments_outside,     // sequence or acknowledgement number of no use
  events_full,          // times a connection had to wait for the workers' ring
  orders_stale,         // words for connections that were gone
  orders_too_long,      // words beyond what a connection may have under way
  peers_closed,         // FIN first
  peers_reset,          // RST
  connections_timed_out,
  connections_too_much,  // more bytes than allowed
  count_
};

[[nodiscard]] std::string_view name_of(ScanCounter counter) noexcept;
using ScanCounters = flowtable::Counters<ScanCounter>;

}  // namespace dataplane
