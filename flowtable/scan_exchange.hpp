// SPDX-License-Identifier: Apache-2.0
// What crosses between a poll core, which does TCP, and a worker, which knows what to say.
#pragma once

#include "flowtable/base/tick.hpp"
#include "flowtable/flow_key.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

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
};

// Core to worker, in the order in which things happened to each connection. After one of the last
// four kinds nothing more comes of it, and orders for it do nothing.
struct ScanEvent {
  static constexpr size_t kBytesMax = 1464;

  ScanConnection connection;
  Endpoint server;
  Endpoint ours;
  Tick tick{};
  ScanEventKind kind = ScanEventKind::established;
  uint16_t size = 0;
  std::array<uint8_t, kBytesMax> bytes{};
};

// Worker to core. An order for a connection that is gone is dropped and counted.
struct ScanOrder {
  static constexpr size_t kBytesMax = 1200;

  enum class Kind : uint8_t { send, close };
  ScanConnection connection;
  Kind kind = Kind::close;
  uint16_t size = 0;  // of `send`, at least 1
  std::array<uint8_t, kBytesMax> bytes{};
};

}  // namespace flowtable
