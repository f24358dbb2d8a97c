// SPDX-License-Identifier: Apache-2.0
// One flow as its table keeps it.
#pragma once

#include "flowtable/base/relaxed.hpp"
#include "flowtable/base/tick.hpp"
#include "flowtable/flow_key.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace flowtable {

// How long a silent flow may stay, and who goes first when the table is full.
enum class FlowClass : uint8_t {
  embryonic,    // a SYN and nothing more: first to be evicted
  handshaking,  // may still show a TLS handshake, or is showing it
  established,  // nothing more is expected of it: counted only
  closing,      // FIN or RST seen
  count_
};

// What the packet path still wants of a flow.
enum class FlowStage : uint8_t {
  probing,    // no TLS seen yet; looks at the next few payloads
  capturing,  // has a HandshakeCapture
  finished,   // handed off, or given up: only counted from now on
};

// 128 bytes, two cache lines. Written by the owner core alone. Relaxed fields may be read by a
// FlowReader at any time; `key` changes only while the bucket's sequence number is odd; the plain
// fields belong to the owner core. Whoever updates a flow writes last_seen_ns and what it counts,
// and nothing for the timers: those look at last_seen_ns when a flow's turn comes.
struct alignas(64) Flow {
  static constexpr uint32_t kNone = 0xffffffff;
  static constexpr uint16_t kNoList = 0xffff;

  // First line: what every packet touches.
  std::array<Relaxed<uint64_t>, 5> key;
  Relaxed<int64_t> last_seen_ns;
  std::array<uint32_t, 2> next_seq{};  // next expected sequence number, by Side
  uint32_t capture = kNone;            // CapturePool slot; while probing, place of its opening
  Relaxed<uint8_t> tcp_state;          // TcpState
  Relaxed<FlowStage> stage;
  Relaxed<FlowClass> flow_class;
  Relaxed<Side> originator;

  // Second line.
  Relaxed<int64_t> first_seen_ns;
  std::array<Relaxed<uint64_t>, 2> bytes;    // on the wire, by Side
  std::array<Relaxed<uint32_t>, 2> packets;  // by Side
  std::array<uint32_t, 2> isn{};             // initial sequence number where a SYN was seen
  uint32_t timer_next = kNone;               // links of the list it waits in
  uint32_t timer_prev = kNone;
  uint16_t timer_list = kNoList;  // which list of its TimerWheel or FlowQueue that is
  uint16_t queued_stamp = 0;      // FlowQueue's: last_seen_ns when it was queued, shortened
  uint32_t bucket = kNone;        // FlowTable's: where it is listed; kNone: the record is free
  std::array<uint8_t, 2> tcp_flags{};
  std::array<uint8_t, 2> probes_left{};  // payloads the probe may still look at, by Side

  [[nodiscard]] FlowKey load_key() const noexcept {
    FlowKey out;
    for (size_t i = 0; i < key.size(); ++i)
      out.words[i] = key[i].get();
    return out;
  }
};
static_assert(sizeof(Flow) == 128);
static_assert(offsetof(Flow, first_seen_ns) == 64);

}  // namespace flowtable
