// SPDX-License-Identifier: Apache-2.0
// What the first packets of a connection said, noted while it is not known what becomes of it.
#pragma once

#include "dataplane/packet_view.hpp"
#include "dataplane/path_counters.hpp"
#include "flowtable/flow.hpp"
#include "flowtable/opening_table.hpp"

#include <cstdint>

namespace dataplane {

// Writes a core's OpeningTable. A flow's place there is kept by the caller and passed along, kNone
// before the first packet. Owner core only.
class OpeningLog {
 public:
  OpeningLog(uint32_t openings_max, CoreCounters& counters)
      : table_(openings_max), counters_(counters) {}

  // A SYN is about to be noted.
  [[gnu::always_inline]] void expect(const PacketView& syn) const noexcept {
    table_.prefetch(syn.hash);
  }
  // A packet of the flow with this place is.
  [[gnu::always_inline]] void expect(uint32_t place, const PacketView& packet) const noexcept {
    table_.prefetch_at(place, packet.sender, !packet.payload.empty());
  }
  // A packet of a flow that is not finished, after learn_sequence() and before move_on(); `place`
  // is the flow's, or becomes it.
  void note(const flowtable::Flow& flow, const PacketView& packet, uint32_t& place) noexcept;
  // What was noted; empty where it had to make room.
  [[nodiscard]] flowtable::Opening read(uint32_t place, const flowtable::Flow& flow) noexcept;
  void release(uint32_t place, const flowtable::Flow& flow) noexcept {
    table_.release(place, flow);
  }

 private:
  flowtable::OpeningTable table_;
  CoreCounters& counters_;
};

}  // namespace dataplane
