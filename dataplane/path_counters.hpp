// SPDX-License-Identifier: Apache-2.0
// What a poll core counts beside its drops.
#pragma once

#include "dataplane/drop_reason.hpp"
#include "flowtable/base/counters.hpp"
#include "flowtable/handshake_capture.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace dataplane {

// One value is one counter, one metric and one row of `tapseal status`, under the name in the table
// below.
enum class PathCounter : uint8_t {
  packets,
  wire_bytes,
  packets_stray,
  fragments_taken,
  fragments_duplicate,
  datagrams_fragmented,
  datagrams_reassembled,
  datagrams_conflicting,
  ends_disbelieved,
  syns_cached,
  syns_resumed,
  flows_created,
  flows_midstream,
  flows_expired,
  flows_evicted,
  flows_port_reused,
  flows_drained,
  flows_disputed,
  flows_tls,
  flows_ssh,
  flows_not_tls,
  hellos_refused,
  flows_dtls,
  flows_quic,
  datagrams_other,
  quic_unfollowed,
  openings_overwritten,
  payloads_probed,
  payload_bytes_probed,
  captures_started,
  captures_grown,
  captures_cut,
  captures_not_tls,
  captures_displaced,
  datagrams_kept,
  datagrams_repeated,
  captures_disputed,
  captures_handed_off,
  ended_handshake_done,  // from here on in the order of CaptureEnd
  ended_closed,
  ended_timed_out,
  ended_evicted,
  ended_port_reused,
  ended_drained,
  count_
};

inline constexpr flowtable::CounterTable<PathCounter> kPathCounterTable = {{
    {PathCounter::packets, "packets", "TCP and UDP packets looked at"},
    {PathCounter::wire_bytes, "wire_bytes", "bytes on the wire of these packets"},
    {PathCounter::packets_stray, "packets_stray", "packets without payload of no known flow"},
    {PathCounter::fragments_taken, "fragments_taken", "IP fragments that could be of a packet"},
    {PathCounter::fragments_duplicate, "fragments_duplicate", "of these, such as had come before"},
    {PathCounter::datagrams_fragmented, "datagrams_fragmented",
     "packets of which an IP fragment came"},
    {PathCounter::datagrams_reassembled, "datagrams_reassembled",
     "of these, put together of their fragments"},
    {PathCounter::datagrams_conflicting, "datagrams_conflicting",
     "packets whose IP fragments said different things of the same bytes: the first counted"},
    {PathCounter::ends_disbelieved, "ends_disbelieved",
     "RST and FIN packets that no live peer would obey"},
    {PathCounter::syns_cached, "syns_cached",
     "SYNs that wait without a flow, because very many connections are being opened"},
    {PathCounter::syns_resumed, "syns_resumed", "of these, such as got one: somebody went on"},
    {PathCounter::flows_created, "flows_created", "new flows"},
    {PathCounter::flows_midstream, "flows_midstream", "of these, met after their SYN"},
    {PathCounter::flows_expired, "flows_expired", "flows whose silence was too long"},
    {PathCounter::flows_evicted, "flows_evicted", "flows that made place for newer ones"},
    {PathCounter::flows_port_reused, "flows_port_reused",
     "flows ended by a new connection on the same ports"},
    {PathCounter::flows_drained, "flows_drained", "flows open at the end of the capture"},
    {PathCounter::flows_disputed, "flows_disputed",
     "of the new flows, begun on the ports of one that was not over"},
    {PathCounter::flows_tls, "flows_tls", "flows that showed a TLS hello"},
    {PathCounter::flows_ssh, "flows_ssh", "flows that showed an SSH identification"},
    {PathCounter::flows_not_tls, "flows_not_tls", "flows given up: no TLS within the budget"},
    {PathCounter::hellos_refused, "hellos_refused", "ClientHellos that met a full flow table"},
    {PathCounter::flows_dtls, "flows_dtls", "flows of UDP that began like DTLS"},
    {PathCounter::flows_quic, "flows_quic", "flows of UDP that began like QUIC"},
    {PathCounter::datagrams_other, "datagrams_other",
     "UDP datagrams of no known flow that begin no handshake: forgotten"},
    {PathCounter::quic_unfollowed, "quic_unfollowed",
     "UDP datagrams that begin QUIC of a version whose handshake is not read: forgotten"},
    {PathCounter::openings_overwritten, "openings_overwritten",
     "notes of a connection's first packets that made place for a newer one's"},
    {PathCounter::payloads_probed, "payloads_probed", "payloads looked at for a hello"},
    {PathCounter::payload_bytes_probed, "payload_bytes_probed", "bytes of these payloads"},
    {PathCounter::captures_started, "captures_started", "handshake buffers taken"},
    {PathCounter::captures_grown, "captures_grown", "of these, moved to a large buffer"},
    {PathCounter::captures_cut, "captures_cut", "directions that did not fit their buffer"},
    {PathCounter::captures_not_tls, "captures_not_tls", "buffers given back: it was no TLS"},
    {PathCounter::captures_displaced, "captures_displaced",
     "handshakes that were ended, the least likely first, to make place for newer ones"},
    {PathCounter::datagrams_kept, "datagrams_kept", "UDP datagrams kept of handshakes"},
    {PathCounter::datagrams_repeated, "datagrams_repeated",
     "UDP datagrams that came twice, byte for byte"},
    {PathCounter::captures_disputed, "captures_disputed",
     "buffers given back: used ports, or a hello behind a hole, and the rest denied it"},
    {PathCounter::captures_handed_off, "captures_handed_off", "handshakes given to workers"},
    {PathCounter::ended_handshake_done, "ended_handshake_done",
     "captures that reached the encrypted part of both directions"},
    {PathCounter::ended_closed, "ended_closed", "captures ended by FIN or RST"},
    {PathCounter::ended_timed_out, "ended_timed_out", "captures that made no progress"},
    {PathCounter::ended_evicted, "ended_evicted", "captures whose flow was evicted"},
    {PathCounter::ended_port_reused, "ended_port_reused",
     "captures ended by a new connection on the same ports"},
    {PathCounter::ended_drained, "ended_drained", "captures open at the end of the capture"},
}};
static_assert(flowtable::is_in_order(kPathCounterTable));

[[nodiscard]] std::string_view name_of(PathCounter counter) noexcept;
[[nodiscard]] PathCounter counter_of(flowtable::CaptureEnd end) noexcept;

// All of one core. The core writes, everybody reads.
struct CoreCounters {
  flowtable::Counters<PathCounter> path;
  DropCounters drops;
};

}  // namespace dataplane
