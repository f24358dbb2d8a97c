// SPDX-License-Identifier: Apache-2.0
// What a poll core counts of its own work.
#pragma once

#include "flowtable/base/counters.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace dataplane {

// One value is one counter, one metric and one row of `tapseal status`.
enum class PollCounter : uint8_t {
  loops,
  loops_empty,
  sleeps,
  busy_cycles,
  rx_packets,
  rx_bytes,
  packets_joined,
  packets_steered_out,
  packets_steered_in,
  tx_packets,
  tx_bytes,
  tx_full,
  tx_no_mbuf,
  count_
};

inline constexpr flowtable::CounterTable<PollCounter> kPollCounterTable = {{
    {PollCounter::loops, "loops", "times that a core looked for packets"},
    {PollCounter::loops_empty, "loops_empty", "of these, times that there were none"},
    {PollCounter::sleeps, "sleeps", "times that an idle core slept"},
    {PollCounter::busy_cycles, "busy_cycles", "CPU cycles of loops that had packets"},
    {PollCounter::rx_packets, "rx_packets", "packets taken from receive queues"},
    {PollCounter::rx_bytes, "rx_bytes", "bytes of these packets"},
    {PollCounter::packets_joined, "packets_joined", "packets that came in several pieces"},
    {PollCounter::packets_steered_out, "packets_steered_out",
     "packets passed to the core that owns their flow"},
    {PollCounter::packets_steered_in, "packets_steered_in", "packets taken over from other cores"},
    {PollCounter::tx_packets, "tx_packets", "frames of ours that a device took"},
    {PollCounter::tx_bytes, "tx_bytes", "bytes of these frames"},
    {PollCounter::tx_full, "tx_full", "times that a device did not take all of a burst"},
    {PollCounter::tx_no_mbuf, "tx_no_mbuf", "frames not sent at once for want of a buffer"},
}};
static_assert(flowtable::is_in_order(kPollCounterTable));

using PollCounters = flowtable::Counters<PollCounter>;

}  // namespace dataplane
