// SPDX-License-Identifier: Apache-2.0
// What sequence numbers tell: which connection a packet belongs to, and whether to believe it.
#pragma once

#include "dataplane/segment.hpp"
#include "flowtable/flow.hpp"

#include <cstdint>

namespace dataplane {

// The window without scaling (RFC 9293 section 3.1). What lies further from the expected number
// than this is not what a live peer would accept, as far as somebody can tell who only listens.
inline constexpr uint32_t kWindowMax = 0xffff;

// How far a number lies from another, either way round.
[[nodiscard]] constexpr uint32_t seq_gap(uint32_t from, uint32_t seq) noexcept {
  const uint32_t ahead = seq - from;
  return ahead <= 0x80000000 ? ahead : 0 - ahead;
}

// Nothing that asks a question: no SYN, FIN or RST, and next to where its direction stands. So is
// nearly every packet, and this is all that it costs.
[[nodiscard]] inline bool is_ordinary(const flowtable::Flow& flow,
                                      const PacketView& packet) noexcept {
  constexpr uint8_t kQuestions = TcpFlags::kSyn | TcpFlags::kFin | TcpFlags::kRst;
  return (packet.tcp_flags & kQuestions) == 0 &&
         seq_gap(flow.next_seq[index_of(packet.sender)], packet.seq) <= kWindowMax;
}

[[nodiscard]] bool has_moved_data(const flowtable::Flow& flow, flowtable::Side side) noexcept;

enum class SynFit : uint8_t {
  own,          // the flow's own SYN, late or again
  another_try,  // the flow is nothing but unanswered SYNs, and this is one more
  foreign,      // of another connection, or forged
};
// `packet` has the SYN flag.
[[nodiscard]] SynFit fit_of_syn(const flowtable::Flow& flow, const PacketView& packet) noexcept;

// A hello that lies where the flow's sender cannot be: another connection on the same ports, whose
// SYN is late or was not seen.
[[nodiscard]] bool is_foreign_hello(const flowtable::Flow& flow, const PacketView& packet) noexcept;

// How far the packet lies from where the flow stands: of two, the nearer one is meant.
[[nodiscard]] uint32_t distance_from(const flowtable::Flow& flow,
                                     const PacketView& packet) noexcept;

// False for a RST or FIN that a live peer would not obey (RFC 5961 section 3). A RST from a side
// that was never heard is judged by what it acknowledges.
[[nodiscard]] bool is_believable_end(const flowtable::Flow& flow,
                                     const PacketView& packet) noexcept;

// The packet acknowledges what the flow's other side has sent, and nothing else.
[[nodiscard]] bool agrees_with_peer(const flowtable::Flow& flow, const PacketView& packet) noexcept;

// Takes in what a SYN, or the first packet of a direction, says of sequence numbers and of who
// asked.
void learn_start(flowtable::Flow& flow, const PacketView& packet) noexcept;
// The same of any packet, before it is counted.
inline void learn_sequence(flowtable::Flow& flow, const PacketView& packet) noexcept {
  const bool is_syn = (packet.tcp_flags & TcpFlags::kSyn) != 0;
  if (is_syn || !is_known(flow, packet.sender)) learn_start(flow, packet);
}

// Only payload moves a direction on: the numbers of bare ACKs and RSTs may belong to an older
// connection, whose end this one's SYN has run into.
inline void move_on(flowtable::Flow& flow, const PacketView& packet) noexcept {
  if (packet.payload.empty()) return;
  uint32_t& next_seq = flow.next_seq[index_of(packet.sender)];
  const uint32_t end_seq = Segment::of(packet).end_seq;
  if (seq_distance(next_seq, end_seq) > 0) next_seq = end_seq;
}

}  // namespace dataplane
