// SPDX-License-Identifier: Apache-2.0
// What the decoder says of one packet, and all that the packet path needs to know of it.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "flowtable/base/tick.hpp"
#include "flowtable/flow_key.hpp"
#include "flowtable/tcp_state.hpp"

#include <cstdint>

namespace dataplane {

using flowtable::TcpFlags;

// Borrowed from the packet's buffer: valid inside one burst only.
struct PacketView {
  flowtable::FlowKey key;
  uint64_t hash = 0;  // hash_flow_key(key, the run's seed)
  flowtable::Tick tick{};
  flowtable::Bytes payload;  // of TCP or UDP: without padding, cut where the capture was cut
  uint32_t seq = 0;          // these two, window and flags: 0 of UDP
  uint32_t ack = 0;
  uint32_t wire_bytes = 0;     // length of the frame on the wire
  uint32_t missing_bytes = 0;  // of the payload's end, cut by the capture's snap length
  uint16_t window = 0;
  uint8_t tcp_flags = 0;  // TcpFlags
  uint8_t ttl = 0;        // IPv4 TTL or IPv6 hop limit
  flowtable::Side sender = flowtable::Side::a;
  flowtable::Bytes tcp_options;  // as they stand in the header, with their padding; 40 at most
};

}  // namespace dataplane
