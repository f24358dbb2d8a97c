// SPDX-License-Identifier: Apache-2.0
// A packet's payload in its stream.
#pragma once

#include "dataplane/packet_view.hpp"
#include "flowtable/base/byte_reader.hpp"
#include "flowtable/flow.hpp"
#include "flowtable/tcp_state.hpp"

#include <cstdint>

namespace dataplane {

// How far `seq` lies after `from`; negative where it lies before. RFC 9293 section 3.4: modulo
// 2^32, the nearer way round.
[[nodiscard]] constexpr int32_t seq_distance(uint32_t from, uint32_t seq) noexcept {
  return static_cast<int32_t>(seq - from);
}

struct Segment {
  flowtable::Side sender{};
  uint32_t seq = 0;          // of the payload's first byte
  flowtable::Bytes payload;  // as far as it was captured
  uint32_t end_seq = 0;      // behind the payload as it was on the wire

  [[nodiscard]] static Segment of(const PacketView& packet) noexcept {
    // RFC 9293 section 3.4: a SYN takes one sequence number, before any payload (RFC 7413).
    const uint32_t seq = packet.seq + (packet.tcp_flags & TcpFlags::kSyn ? 1 : 0);
    const auto wire_bytes = static_cast<uint32_t>(packet.payload.size()) + packet.missing_bytes;
    return {packet.sender, seq, packet.payload, seq + wire_bytes};
  }
};

// Something is known of this direction's sequence numbers: it has been heard, or the other side's
// SYN-ACK has told.
[[nodiscard]] inline bool is_known(const flowtable::Flow& flow, flowtable::Side side) noexcept {
  return flow.packets[index_of(side)].get() > 0 || flow.next_seq[index_of(side)] != 0;
}

// isn is where this direction began, not merely where it was met.
[[nodiscard]] inline bool is_start_known(const flowtable::Flow& flow,
                                         flowtable::Side side) noexcept {
  if (flow.tcp_flags(index_of(side)) & TcpFlags::kSyn) return true;
  // A responder's SYN always acknowledges the originator's.
  return side == flow.originator() && (flow.tcp_flags(index_of(other(side))) & TcpFlags::kSyn) != 0;
}

// What a direction had sent before `seq`, as far as is known of its start.
[[nodiscard]] inline uint32_t bytes_before(const flowtable::Flow& flow, flowtable::Side side,
                                           uint32_t seq) noexcept {
  if (!is_known(flow, side)) return 0;
  const int32_t bytes = seq_distance(flow.details().isn[index_of(side)] + 1, seq);
  return bytes > 0 ? static_cast<uint32_t>(bytes) : 0;
}

[[nodiscard]] inline flowtable::TcpState tcp_state_of(const flowtable::Flow& flow) noexcept {
  return static_cast<flowtable::TcpState>(flow.tcp_state());
}

}  // namespace dataplane
