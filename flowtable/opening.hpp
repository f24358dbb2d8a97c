// SPDX-License-Identifier: Apache-2.0
// What the first packets of a TCP connection said, before anything of TLS.
#pragma once

#include "flowtable/base/tick.hpp"
#include "flowtable/flow_key.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace flowtable {

// A SYN or SYN-ACK as it was sent.
struct SynFacts {
  static constexpr size_t kOptionsMax = 40;  // RFC 9293 section 3.1: a header has at most 60 bytes

  Tick tick{};                                 // of the first one
  std::array<uint8_t, kOptionsMax> options{};  // with their padding
  uint8_t options_size = 0;
  bool seen = false;
  uint8_t ttl = 0;      // IPv4 TTL or IPv6 hop limit, as it arrived here
  uint16_t window = 0;  // not scaled
  // Whole seconds from each sending of it to the next, as far as there is room.
  std::array<uint8_t, 10> repeats{};
  uint8_t num_repeats = 0;
};

// The first payload bytes of one direction, in order from where it began, or, where that was not
// seen, from the first byte that was.
struct FirstWords {
  static constexpr size_t kBytesMax = 96;

  std::array<uint8_t, kBytesMax> bytes{};
  uint8_t size = 0;
};

// Kept by a poll core from the SYN on, for a bounded number of connections, and handed to the
// worker with the handshake. What was not seen, or had to make room, is empty.
struct Opening {
  std::array<SynFacts, 2> syns;     // by Side
  std::array<FirstWords, 2> words;  // by Side
  // Times of a connection's first packets, zero where not seen: the originator's ACK of the
  // SYN-ACK, its first payload, the responder's first payload after that, and the originator's
  // next one.
  Tick handshake_ack{};
  Tick first_request{};
  Tick first_reply{};
  Tick second_request{};
};

}  // namespace flowtable
