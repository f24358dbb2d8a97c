// SPDX-License-Identifier: Apache-2.0
// The life of a TCP connection as somebody sees it who only listens.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace flowtable {

struct TcpFlags {
  static constexpr uint8_t kFin = 0x01, kSyn = 0x02, kRst = 0x04, kPsh = 0x08, kAck = 0x10;
};

// What both ends have shown so far. An observer may miss packets, see one direction only, or one
// direction later than the other; so every event is possible in every state, and none is an error.
enum class TcpState : uint8_t {
  fresh,           // nothing seen yet
  syn_sent,        // the originator asked
  syn_received,    // the responder answered; the originator has not confirmed
  established,     // confirmed, or one side has gone on as if it were
  midstream,       // met on its way: no SYN seen
  fin_originator,  // the originator has ended its direction
  fin_responder,   // the responder has ended its direction
  closing,         // both have
  reset,           // one side has broken it off
  count_
};

// What one segment does, by its flags: the strongest one counts.
enum class TcpEvent : uint8_t {
  syn,      // SYN without ACK
  syn_ack,  // SYN with ACK
  segment,  // neither SYN, FIN nor RST: data or a bare ACK
  fin,
  rst,
  count_
};

enum class TcpRole : uint8_t { originator, responder, count_ };

struct TcpStateText {
  TcpState state;
  std::string_view name;
  std::string_view help;
};

// In the order of the enum.
inline constexpr std::array<TcpStateText, static_cast<size_t>(TcpState::count_)> kTcpStateTable = {{
    {TcpState::fresh, "fresh", "nothing seen yet"},
    {TcpState::syn_sent, "syn_sent", "SYN seen, no answer yet"},
    {TcpState::syn_received, "syn_received", "SYN and SYN-ACK seen, not confirmed yet"},
    {TcpState::established, "established", "open in both directions"},
    {TcpState::midstream, "midstream", "open since before it was first seen"},
    {TcpState::fin_originator, "fin_originator", "originator has ended its direction"},
    {TcpState::fin_responder, "fin_responder", "responder has ended its direction"},
    {TcpState::closing, "closing", "both directions have ended"},
    {TcpState::reset, "reset", "broken off by a RST"},
}};

[[nodiscard]] std::string_view name_of(TcpState state) noexcept;

[[nodiscard]] constexpr TcpEvent tcp_event_of(uint8_t tcp_flags) noexcept {
  if (tcp_flags & TcpFlags::kRst) return TcpEvent::rst;
  if (tcp_flags & TcpFlags::kSyn) {
    return tcp_flags & TcpFlags::kAck ? TcpEvent::syn_ack : TcpEvent::syn;
  }
  return tcp_flags & TcpFlags::kFin ? TcpEvent::fin : TcpEvent::segment;
}

// The state after `sender` has sent a segment that is `event`.
[[nodiscard]] TcpState next_tcp_state(TcpState state, TcpRole sender, TcpEvent event) noexcept;

// FIN or RST seen.
[[nodiscard]] constexpr bool is_ending(TcpState state) noexcept {
  return state >= TcpState::fin_originator;
}

}  // namespace flowtable
