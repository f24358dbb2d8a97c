// SPDX-License-Identifier: Apache-2.0
#include "flowtable/tcp_state.hpp"

namespace flowtable {
namespace {

template <typename Enum>
constexpr size_t size_of_enum = static_cast<size_t>(Enum::count_);

// Next states for one state and one sender, by TcpEvent.
using Row = std::array<TcpState, size_of_enum<TcpEvent>>;

constexpr TcpState kFresh = TcpState::fresh;
constexpr TcpState kSynSent = TcpState::syn_sent;
constexpr TcpState kSynRecv = TcpState::syn_received;
constexpr TcpState kOpen = TcpState::established;
constexpr TcpState kMidstr = TcpState::midstream;
constexpr TcpState kFinOrig = TcpState::fin_originator;
constexpr TcpState kFinResp = TcpState::fin_responder;
constexpr TcpState kClosing = TcpState::closing;
constexpr TcpState kReset = TcpState::reset;

// The columns are RFC 9293's events as a listener meets them; each row says why it leaves the
// state. A RST counts from any state but closing: both sides have then said all they wanted, and a
// RST is the usual way to skip the last wait.
// clang-format off
constexpr std::array<std::array<Row, size_of_enum<TcpRole>>, size_of_enum<TcpState>> kNext = {{
    //   syn       syn_ack   segment   fin       rst
    // fresh: the first segment decides; anything but a SYN means we came late.
    {{{{kSynSent, kSynRecv, kMidstr,  kFinOrig, kReset}},     // originator
      {{kSynSent, kSynRecv, kMidstr,  kFinResp, kReset}}}},   // responder: heard before the SYN
    // syn_sent: whoever goes on without a SYN-ACK has had one on a path we do not see.
    {{{{kSynSent, kSynRecv, kOpen,    kFinOrig, kReset}},     // SYN again; SYN-ACK: both asked
      {{kSynSent, kSynRecv, kOpen,    kFinResp, kReset}}}},   // SYN: both asked at once
    // syn_received: the originator's next segment confirms.
    {{{{kSynRecv, kOpen,    kOpen,    kFinOrig, kReset}},     // SYN again; SYN-ACK: both asked
      {{kSynRecv, kSynRecv, kOpen,    kFinResp, kReset}}}},   // it sends on: the ACK passed unseen
    // established: late and repeated SYNs change nothing.
    {{{{kOpen,    kOpen,    kOpen,    kFinOrig, kReset}},
      {{kOpen,    kOpen,    kOpen,    kFinResp, kReset}}}},
    // midstream: a SYN after data is one direction's delay, so the start was seen after all.
    {{{{kOpen,    kOpen,    kMidstr,  kFinOrig, kReset}},
      {{kOpen,    kOpen,    kMidstr,  kFinResp, kReset}}}},
    // fin_originator: half closed, the responder may send on for as long as it likes.
    {{{{kFinOrig, kFinOrig, kFinOrig, kFinOrig, kReset}},     // its last ACKs, its FIN again
      {{kFinOrig, kFinOrig, kFinOrig, kClosing, kReset}}}},
    // fin_responder: the same, the other way round.
    {{{{kFinResp, kFinResp, kFinResp, kClosing, kReset}},
      {{kFinResp, kFinResp, kFinResp, kFinResp, kReset}}}},
    // closing: last ACKs and repeated FINs. A new connection is the packet path's to see.
    {{{{kClosing, kClosing, kClosing, kClosing, kClosing}},
      {{kClosing, kClosing, kClosing, kClosing, kClosing}}}},
    // reset: only a refused originator that asks again (same ISN) comes back to life.
    {{{{kSynSent, kReset,   kReset,   kReset,   kReset}},
      {{kReset,   kSynRecv, kReset,   kReset,   kReset}}}},   // SYN-ACK: RST was for an older try
}};
// clang-format on

constexpr bool in_enum_order() {
  for (size_t i = 0; i < kTcpStateTable.size(); ++i)
    if (kTcpStateTable[i].state != static_cast<TcpState>(i)) return false;
  return true;
}
static_assert(in_enum_order());

constexpr bool never_returns_to_fresh() {
  for (const auto& roles : kNext)
    for (const Row& row : roles)
      for (const TcpState next : row)
        if (next == kFresh) return false;
  return true;
}
static_assert(never_returns_to_fresh());

}  // namespace

std::string_view name_of(TcpState state) noexcept {
  const auto index = static_cast<size_t>(state);
  return index < kTcpStateTable.size() ? kTcpStateTable[index].name : "unknown";
}

TcpState next_tcp_state(TcpState state, TcpRole sender, TcpEvent event) noexcept {
  return kNext[static_cast<size_t>(state)][static_cast<size_t>(sender)][static_cast<size_t>(event)];
}

}  // namespace flowtable
