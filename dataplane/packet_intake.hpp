// SPDX-License-Identifier: Apache-2.0
// From frames to packets of this core: decoding, and joining IP fragments.
#pragma once

#include "dataplane/flow_owners.hpp"
#include "dataplane/fragment_table.hpp"
#include "dataplane/linear_buffer.hpp"
#include "dataplane/link_type.hpp"
#include "dataplane/packet_decode.hpp"
#include "dataplane/packet_view.hpp"
#include "dataplane/path_counters.hpp"
#include "dataplane/plain_tcp.hpp"

#include <cstddef>
#include <cstdint>

namespace dataplane {

// A frame, or a packet that was put together of fragments.
struct IntakeFrame {
  LinkType link = LinkType::ethernet;
  flowtable::Bytes bytes;
  FrameMeta meta;
  uint32_t joined_wire_bytes = 0;  // of the frames that brought its fragments; 0: it is a frame
  uint8_t joins = 0;               // how often it was put together: fragments may carry fragments
};

// The same functions for a network card, a file and a test. Every frame ends as a view of a packet
// whose flow is this core's, as another core's to go on with, among the fragments that wait for
// others, or dropped and counted. One per core, which alone calls it; the constructor allocates,
// nothing else does.
class PacketIntake {
 public:
  // Packets inside packets that come in fragments: a tunnel's, and what it carries.
  static constexpr uint8_t kJoinsMax = 2;

  struct Options {
    uint16_t core = 0;
    FlowOwners owners;
    FragmentTable::Options fragments{};
  };
  enum class Fate : uint8_t {
    view,       // `out` is filled
    elsewhere,  // `core` has to go on with `frame`
    kept,       // a fragment that waits, or that brought nothing new
    dropped,    // and counted
  };
  struct Result {
    Fate fate;
    uint16_t core = 0;
  };

  PacketIntake(const Options& options, CoreCounters& counters);

  // True where take() may be called.
  [[nodiscard]] bool has_room() const noexcept { return joined_.has_room(kJoinsMax); }
  // Where `frame` completes a packet, it becomes that packet. `out` borrows its bytes; those of a
  // packet that was put together stay until end_burst().
  [[nodiscard]] Result take(IntakeFrame& frame, PacketView& out) noexcept {
    const bool may_be_plain = frame.link == LinkType::ethernet && frame.joins == 0;
    if (may_be_plain && decode_plain_tcp(frame.bytes, frame.meta, out)) return owned(out);
    return take_by_steps(frame, out);
  }
  // Whether take() would begin with joining fragments. Changes nothing.
  [[nodiscard]] static bool is_fragment(const IntakeFrame& frame) noexcept {
    PacketView unused;
    return decode_packet(frame.link, frame.bytes, frame.meta, unused) == DropReason::ip_fragment;
  }
  // Nothing of what take() gave is in use any more.
  void end_burst() noexcept { joined_.clear(); }

  // Lets go of fragments that have waited too long, at most of `budget` packets.
  void expire(flowtable::Tick now, size_t budget) noexcept { (void)fragments_.expire(now, budget); }
  // Lets go of all: the end of the capture, or shutdown.
  void drain() noexcept { fragments_.drain(); }

  [[nodiscard]] const FlowOwners& owners() const noexcept { return options_.owners; }
  [[nodiscard]] size_t memory_bytes() const noexcept { return fragments_.memory_bytes(); }

 private:
  [[nodiscard]] Result take_by_steps(IntakeFrame& frame, PacketView& out) noexcept;
  [[nodiscard]] Result owned(const PacketView& packet) const noexcept {
    const uint16_t owner = options_.owners.of_flow(packet);
    return {owner == options_.core ? Fate::view : Fate::elsewhere, owner};
  }
  // A frame that is a fragment. Where that completes a packet the fate is `view`: to be decoded.
  [[nodiscard]] Result take_fragment(IntakeFrame& frame) noexcept;
  [[nodiscard]] Result drop(DropReason reason) noexcept;

  const Options options_;
  CoreCounters& counters_;
  FragmentTable fragments_;
  LinearBuffer joined_;
};

}  // namespace dataplane
