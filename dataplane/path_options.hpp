// SPDX-License-Identifier: Apache-2.0
// What the packet path lets itself be told.
#pragma once

#include "flowtable/base/tick.hpp"

#include <chrono>
#include <cstdint>

namespace dataplane {

struct PathOptions {
  uint16_t core = 0;  // index of the poll core, from 0: goes into every FlowSummary
  // Payloads of one direction in which a TLS hello is looked for. A mail dialogue before STARTTLS
  // is about ten of them, a database's one or two.
  uint8_t probes_max = 24;
  // The same in bytes: once either direction has sent this much and no hello, none is expected.
  uint32_t probe_bytes_max = 64 * 1024;
  // Connections whose first packets are remembered at one time (flowtable/opening_table); rounded
  // up to a power of two. More may be under way: then newer ones overwrite older ones.
  uint32_t openings_max = 16 * 1024;
  // SYNs that can wait without a flow, when very many connections are being opened; rounded up to a
  // power of two. Newer ones overwrite older ones.
  uint32_t syns_max = 64 * 1024;
  // Whether SSH connections are captured too, until both sides' SSH_MSG_KEXINIT.
  bool ssh = false;
  // How long a capture may go without a new handshake byte.
  flowtable::TickSpan handshake_timeout = std::chrono::seconds(30);
};

}  // namespace dataplane
