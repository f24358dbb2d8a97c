// SPDX-License-Identifier: Apache-2.0
// What is kept of one of our own connections.
#pragma once

#include "dataplane/scan/segment_writer.hpp"
#include "flowtable/base/tick.hpp"
#include "flowtable/opening.hpp"
#include "flowtable/reassembly.hpp"
#include "flowtable/scan_exchange.hpp"

#include <array>
#include <cstdint>

namespace dataplane {

// What our SYNs offer. Windows are not scaled: no connection has a larger buffer.
inline constexpr uint16_t kSynWindow = 16 * 1024;
inline constexpr uint8_t kWindowShift = 0;

// The MSS is told as that of IPv4, whose header is 20 bytes shorter (RFC 6691).
[[nodiscard]] inline uint16_t mss_for(uint16_t mss, const flowtable::IpAddress& ours) noexcept {
  return ours.is_v4() ? mss : static_cast<uint16_t>(mss - 20);
}

// Milliseconds, as our time stamps count them.
[[nodiscard]] inline uint32_t timestamp_of(flowtable::Tick tick) noexcept {
  return static_cast<uint32_t>(flowtable::ns_since_epoch(tick) / 1'000'000);
}

enum class TcpClientState : uint8_t {
  free,
  connecting,  // a dial: its SYN waits to be sent, or to be answered
  open,
  closing,  // our FIN is on its way, what still comes is thrown away
  over      // the workers have not been told yet how it ended
};

// Owned and explained by TcpClient.
struct TcpConnection {
  static constexpr size_t kWordsMax = 2048;
  static constexpr uint32_t kNone = UINT32_MAX;

  flowtable::FlowKey key;
  uint64_t hash = 0;
  flowtable::Endpoint server;
  flowtable::Endpoint ours;
  LinkHeader link;
  flowtable::StreamAssembler in;
  uint64_t token = 0;         // of a dial
  uint32_t job = 0;           // whose it is
  uint32_t delivered = 0;     // of its prefix
  uint32_t sent_seq = 0;      // of the first byte that was not acknowledged
  uint32_t next_seq = 0;      // of the first that was not sent
  uint32_t fin_seq = 0;       // the peer's, where has_fin
  uint32_t bytes_before = 0;  // that came before what `in` holds
  uint32_t peer_window = 0;
  uint32_t peer_timestamp = 0;
  uint32_t generation = 0;
  uint32_t chain_next = kNone;
  uint16_t mss = 536;  // RFC 9293 section 3.7.1
  uint16_t num_words = 0;
  uint8_t window_shift = 0;
  uint8_t resends = 0;
  uint8_t syns_sent = 0;
  TcpClientState state = TcpClientState::free;
  flowtable::ScanEventKind how_over = flowtable::ScanEventKind::timed_out;
  std::array<uint8_t, 2> icmp{};  // type and code of dial_unreachable
  bool queued = false;            // its SYN waits for its turn
  bool timestamps = false;
  bool has_fin = false;
  bool fin_sent = false;
  bool ack_due = false;
  bool ack_listed = false;             // in the list of those that may have one due
  flowtable::TickSpan timeout{};       // of the retransmission under way
  flowtable::TickSpan base_timeout{};  // of the first one
  flowtable::Tick resend_at{};
  flowtable::Tick silent_at{};
  flowtable::Tick over_at{};
  flowtable::Tick syn_sent{};  // of a dial: the last one
  flowtable::SynFacts syn_ack;
  std::array<uint8_t, kWordsMax> words{};  // from sent_seq on
};

}  // namespace dataplane
