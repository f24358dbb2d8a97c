// SPDX-License-Identifier: Apache-2.0
// How captures leave a poll core and come home.
#pragma once

#include "flowtable/handshake_capture.hpp"
#include "flowtable/spsc_ring.hpp"

namespace flowtable {

// Two rings between one poll core and the pipeline. The core pushes `handed_off` and pops
// `returned`; the pipeline's first stage pops `handed_off`, its last (serial) stage pushes
// `returned`. `returned` holds every capture of the pool, so giving back cannot fail.
struct CaptureExchange {
  CaptureExchange(size_t handoff_capacity, size_t pool_captures)
      : handed_off(handoff_capacity), returned(pool_captures) {}

  SpscRing<HandshakeCapture*> handed_off;
  SpscRing<HandshakeCapture*> returned;
};

}  // namespace flowtable
