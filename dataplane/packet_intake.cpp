// SPDX-License-Identifier: Apache-2.0
#include "dataplane/packet_intake.hpp"

namespace dataplane {

PacketIntake::PacketIntake(const Options& options, CoreCounters& counters)
    : options_(options), counters_(counters), fragments_(options.fragments, counters) {}

PacketIntake::Result PacketIntake::take_by_steps(IntakeFrame& frame, PacketView& out) noexcept {
  DropReason reason = decode_packet(frame.link, frame.bytes, frame.meta, out);
  while (reason == DropReason::ip_fragment && frame.joins < kJoinsMax) {
    const Result result = take_fragment(frame);
    if (result.fate != Fate::view) return result;
    reason = decode_packet(frame.link, frame.bytes, frame.meta, out);
  }
  if (reason != DropReason::none) return drop(reason);
  if (frame.joins > 0) out.wire_bytes = frame.joined_wire_bytes;
  return owned(out);
}

PacketIntake::Result PacketIntake::take_fragment(IntakeFrame& frame) noexcept {
  FragmentView fragment;
  const DropReason reason = decode_fragment(frame.link, frame.bytes, frame.meta, fragment);
  if (reason != DropReason::none) return drop(reason);
  const uint16_t owner = options_.owners.of_fragment(fragment);
  if (owner != options_.core) return {Fate::elsewhere, owner};
  if (frame.joins > 0) fragment.wire_bytes = frame.joined_wire_bytes;
  const JoinedPacket joined = fragments_.take(fragment, joined_.room());
  if (joined.bytes.empty()) return {Fate::kept};
  joined_.keep(joined.bytes.size());
  frame.link = LinkType::raw_ip;
  frame.bytes = joined.bytes;
  frame.meta.wire_bytes = 0;
  frame.joined_wire_bytes = joined.wire_bytes;
  ++frame.joins;
  return {Fate::view};
}

PacketIntake::Result PacketIntake::drop(DropReason reason) noexcept {
  counters_.drops.add(reason);
  return {Fate::dropped};
}

}  // namespace dataplane
