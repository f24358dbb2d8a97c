// SPDX-License-Identifier: Apache-2.0
// What a poll core does next: one immutable snapshot.
#pragma once

#include "dataplane/link_type.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace dataplane {

// What a core does while no packet comes.
enum class IdleMode : uint8_t {
  busy,   // looks again at once: no packet waits, one CPU is spent
  pause,  // the same, but leaves the CPU's other hyper-thread more of it
  sleep,  // after a while sleeps between looks: for machines and devices that are shared
};

// One receive queue that a core polls.
struct PolledQueue {
  uint16_t port = 0;
  uint16_t queue = 0;
  LinkType link = LinkType::ethernet;
  // Unit of the packets' own time stamps, in ns since the epoch; 0: they bear none and get the time
  // at which their burst was taken.
  uint32_t packet_clock_ns = 0;
  // The packets come from a file: they can wait until the other cores and the workers have room.
  bool can_wait = false;
  bool scan = false;  // frames of this queue may be answers to the scanner
};

// Built by the control thread, never changed after it was given to a core; the core looks at the
// pointer once per loop (PollLoop::set_plan).
struct CorePlan {
  std::vector<PolledQueue> queues{};
  IdleMode idle = IdleMode::busy;
  uint32_t loops_before_sleep = 256;  // empty ones in a row
  uint32_t sleep_us = 50;
  // Flows are expired every so many loops, at most so many at a time: the work is spread thinly.
  uint32_t loops_per_expire = 16;
  uint32_t expire_budget = 64;
  // Time is that of the packets, not of the machine: no flow grows older while none comes. Set for
  // all cores where any queue has packet_clock_ns.
  bool packet_time = false;
};

}  // namespace dataplane
