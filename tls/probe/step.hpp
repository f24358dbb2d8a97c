// SPDX-License-Identifier: Apache-2.0
// What to do next in a conversation that we lead.
#pragma once

#include <cstdint>
#include <vector>

namespace tls::probe {

// The core does TCP and knows no protocol; a worker asks a conversation what to say. A step follows
// from the bytes heard so far, however they were cut into segments.
struct Step {
  enum class Kind : uint8_t {
    wait,       // for more bytes
    send,       // `bytes`, then wait
    start_tls,  // dialogues only: the peer agreed. After `bytes`, if any, both sides speak TLS
    finished,   // nothing more to say or to hear: the result tells what came of it
  };
  Kind kind = Kind::wait;
  std::vector<uint8_t> bytes;
};

// How a connection ended that was not ended by us.
enum class PeerEnd : uint8_t {
  closed,     // FIN
  reset,      // RST
  timed_out,  // nothing came for as long as this step may take
  too_much,   // more bytes than a conversation may have
};

}  // namespace tls::probe
