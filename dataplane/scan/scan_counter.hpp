// SPDX-License-Identifier: Apache-2.0
// What a scanning core counts.
#pragma once

#include "flowtable/base/counters.hpp"

#include <cstdint>
#include <string_view>

namespace dataplane {

// One value is one counter, one metric and one row of `tapseal status`; what it means stands in the
// table in scan_counter.cpp.
enum class ScanCounter : uint8_t {
  probes_sent,
  probes_sent_again,
  probes_unsent,
  probes_lost_locally,
  probes_without_neighbour,
  probes_dropped,
  walks_held_up,
  starts_deferred,
  starts_over_cap,
  starts_full,
  frames_refused,
  targets_open,
  targets_unserved,
  targets_closed,
  targets_unreachable,
  targets_silent,
  answers_forged,
  answers_repeated,
  answers_late,
  answers_put_off,
  segments_stray,
  datagrams_stray,
  frames_strange,
  checksums_wrong,
  checksums_partial,
  icmp_ignored,
  neighbours_asked,
  neighbours_answered,
  neighbours_learned,
  neighbours_absent,
  neighbours_disbelieved,
  neighbours_displaced,
  neighbours_full,
  neighbour_frames_unsent,
  echoes_answered,
  answers_over_rate,
  dials_begun,
  dial_syns_sent,
  dials_not_allowed,
  dials_not_sent,
  dials_closed,
  dials_unreachable,
  dials_silent,
  connections_opened,
  connections_full,
  connections_stopped,
  segments_sent,
  segments_resent,
  segments_unsent,
  challenges_answered,
  segments_outside,
  events_full,
  orders_stale,
  orders_too_long,
  peers_closed,
  peers_reset,
  connections_timed_out,
  connections_too_much,
  conversations_opened,
  conversations_full,
  datagrams_sent,
  datagrams_unsent,
  datagrams_heard,
  count_
};

using ScanCounters = flowtable::Counters<ScanCounter>;

[[nodiscard]] const flowtable::CounterTable<ScanCounter>& scan_counter_table() noexcept;
[[nodiscard]] std::string_view name_of(ScanCounter counter) noexcept;

}  // namespace dataplane
