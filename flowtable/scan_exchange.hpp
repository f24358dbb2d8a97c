// SPDX-License-Identifier: Apache-2.0
// What crosses between a poll core, which sends probes and does TCP, and the workers, who know what
// to say.
#pragma once

#include "flowtable/base/tick.hpp"
#include "flowtable/flow_key.hpp"
#include "flowtable/opening.hpp"
#include "flowtable/spsc_ring.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace flowtable {

// One of our own connections. Slots are used again, generations are not.
struct ScanConnection {
  uint32_t slot = 0;
  uint32_t generation = 0;
  bool operator==(const ScanConnection&) const = default;
};

enum class ScanEventKind : uint8_t {
  established,  // the three-way handshake is done; `bytes` is what was sent with its last ACK
  heard,        // `bytes`, in order
  peer_closed,  // FIN; what came before it was told
  peer_reset,   // RST
  timed_out,    // silent for too long, unreachable by retransmission, or open for too long
  too_much,     // more bytes than a connection may bring
  // A dial that came to nothing:
  dial_closed,       // RST for our SYN
  dial_unreachable,  // an ICMP error for it; `bytes` are its type and code
  dial_silent,       // no answer to any attempt
  dial_not_sent,     // not allowed, no room, or no neighbour to send it by
  // No connection: a target of the core's own probes is open, but no slot was free. Who wants to
  // talk to it dials.
  unserved,
};

// Nothing more comes of a connection, and orders for it do nothing.
[[nodiscard]] constexpr bool is_last(ScanEventKind kind) noexcept {
  return kind != ScanEventKind::established && kind != ScanEventKind::heard;
}

// Core to worker, in the order in which things happened to each connection.
struct ScanEvent {
  static constexpr size_t kBytesMax = 1472;  // what an Ethernet frame holds of a UDP datagram

  ScanConnection connection;
  Endpoint server;
  Endpoint ours;
  Tick tick{};
  uint64_t token = 0;  // of the dial; 0: the core's own probe
  uint32_t job = 0;    // whose probe or dial it was
  SynFacts syn_ack;    // of `established` and `unserved`
  Tick syn_sent{};     // of `established` with a dial, else zero
  ScanEventKind kind = ScanEventKind::established;
  uint16_t size = 0;
  std::array<uint8_t, kBytesMax> bytes{};
};

// Worker to core. An order for a connection that is gone is dropped and counted.
struct ScanOrder {
  static constexpr size_t kBytesMax = 1232;

  enum class Kind : uint8_t { send, close };
  ScanConnection connection;
  Kind kind = Kind::close;
  uint16_t size = 0;  // of `send`, at least 1
  std::array<uint8_t, kBytesMax> bytes{};
};

// Worker to core: a connection of its own. It is one of `job`: where that is stopped the dial ends
// as dial_not_sent. Exactly one event answers it, established or one of the dial_ ones.
//
// With UDP the first words are a datagram, sent again until something is heard or there have been
// as many attempts as a dial has; `established` comes with the first answer, before it is told as
// `heard`. Each further `heard` is one datagram, each order to send is one; the connection ends by
// an order, as timed_out, or as peer_reset where ICMP says that nobody listens.
struct ScanDial {
  static constexpr size_t kBytesMax = 1232;  // an IPv6 datagram that fits everywhere

  uint64_t token = 0;  // not 0; comes back with every event
  uint32_t job = 0;
  Endpoint server;
  bool udp = false;
  uint16_t size = 0;  // of the first words; with TCP these travel with the ACK, and may be 0
  std::array<uint8_t, kBytesMax> bytes{};
};

// What became of a target of the core's own probes.
enum class TargetOutcome : uint8_t { open, closed, unreachable, silent, lost_locally, count_ };

// The word of the record and the memory.
[[nodiscard]] constexpr std::string_view name_of(TargetOutcome outcome) noexcept {
  constexpr std::array<std::string_view, static_cast<size_t>(TargetOutcome::count_)> kNames{
      "open", "closed", "unreachable", "silent", "lost-locally"};
  static_assert(!kNames.back().empty(), "a TargetOutcome has no name");
  const auto index = static_cast<size_t>(outcome);
  return index < kNames.size() ? kNames[index] : std::string_view{};
}

struct ScanReply {
  Tick tick{};
  Endpoint server;
  uint32_t job = 0;
  TargetOutcome outcome = TargetOutcome::silent;
  uint8_t attempt = 0;    // that was answered, from 0
  uint8_t icmp_type = 0;  // of unreachable
  uint8_t icmp_code = 0;
};
static_assert(std::is_trivially_copyable_v<ScanReply> && sizeof(ScanReply) <= 64);

// All rings between one poll core and the workers; each has one thread at either end.
struct ScanExchange {
  struct Capacity {
    size_t events = 4096;
    size_t replies = 16384;
    size_t orders = 4096;
    size_t dials = 1024;
  };
  explicit ScanExchange(const Capacity& capacity)
      : events(capacity.events),
        replies(capacity.replies),
        orders(capacity.orders),
        dials(capacity.dials) {}

  SpscRing<ScanEvent> events;   // core: w, workers: r, like the next
  SpscRing<ScanReply> replies;  // full: nothing is lost, the targets are counted later
  SpscRing<ScanOrder> orders;   // workers: w, core: r, like the next
  SpscRing<ScanDial> dials;
};

}  // namespace flowtable
