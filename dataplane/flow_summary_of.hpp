// SPDX-License-Identifier: Apache-2.0
// What a core knows of a flow when it lets go of it.
#pragma once

#include "flowtable/flow.hpp"
#include "flowtable/flow_summary.hpp"
#include "flowtable/tcp_state.hpp"

#include <cstddef>
#include <cstdint>

namespace dataplane {

[[nodiscard]] inline flowtable::FlowSummary flow_summary_of(const flowtable::Flow& flow,
                                                            uint16_t core) noexcept {
  flowtable::FlowSummary out;
  out.key = flow.load_key().plain();
  out.first_seen = flowtable::tick_from_ns(flow.details().first_seen_ns.get());
  out.last_seen = flowtable::tick_from_ns(flow.last_seen_ns.get());
  for (size_t side = 0; side < 2; ++side) {
    out.bytes[side] = flow.bytes(side);
    out.packets[side] = flow.packets[side].get();
    out.tcp_flags[side] = flow.tcp_flags(side);
    out.syn_seen = out.syn_seen || (flow.tcp_flags(side) & flowtable::TcpFlags::kSyn) != 0;
  }
  out.originator = flow.originator();
  out.core = core;
  return out;
}

}  // namespace dataplane
