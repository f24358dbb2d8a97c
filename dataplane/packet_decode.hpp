// SPDX-License-Identifier: Apache-2.0
// From a frame to what the packet path needs to know of it.
#pragma once

#include "dataplane/drop_reason.hpp"
#include "dataplane/fragment_view.hpp"
#include "dataplane/link_type.hpp"
#include "dataplane/packet_view.hpp"
#include "flowtable/base/byte_reader.hpp"
#include "flowtable/base/tick.hpp"

#include <cstdint>

namespace dataplane {

// What is known of a frame beside its bytes.
struct FrameMeta {
  flowtable::Tick tick{};
  uint32_t wire_bytes = 0;  // length on the wire; where less than the frame's, the frame's counts
  uint64_t hash_seed = 0;   // one for all cores of a run
};

// Fills `out`, which borrows from `frame`, and returns none; or says why this packet cannot be
// followed, and leaves `out` unspecified. Reads any bytes safely; keeps nothing between calls, so
// every thread may call it. Of a fragment it says ip_fragment: PacketIntake goes on from there.
[[nodiscard]] DropReason decode_packet(LinkType link, flowtable::Bytes frame, const FrameMeta& meta,
                                       PacketView& out) noexcept;

// The same way once more, for a frame of which decode_packet() has said ip_fragment: describes that
// fragment and returns none. So that whole packets do not pay for it, not even a store.
[[nodiscard]] DropReason decode_fragment(LinkType link, flowtable::Bytes frame,
                                         const FrameMeta& meta, FragmentView& out) noexcept;

}  // namespace dataplane
