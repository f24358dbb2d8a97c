// SPDX-License-Identifier: Apache-2.0
// How a handshake is found in a flow, and followed to its end.
#pragma once

#include "dataplane/capture_queue.hpp"
#include "dataplane/handoff_ring.hpp"
#include "dataplane/hello_search.hpp"
#include "dataplane/opening_log.hpp"
#include "dataplane/packet_view.hpp"
#include "dataplane/path_options.hpp"
#include "dataplane/segment.hpp"
#include "flowtable/flow.hpp"
#include "flowtable/flow_table.hpp"
#include "flowtable/handshake_capture.hpp"
#include "flowtable/stream_scan.hpp"

#include <array>
#include <optional>
#include <vector>

namespace dataplane {

// The stages probing and capturing of a flow. What it must remember of a capture lies in a table
// beside the pool, so that flows that never show TLS do not pay for it.
class HandshakePath {
 public:
  // All captures of the ring's pool are at home when this is called: it makes room for as many.
  // `table` is the one that all flows below belong to.
  HandshakePath(const PathOptions& options, flowtable::FlowTable& table, HandoffRing& ring,
                CoreCounters& counters);

  // A SYN that follow() will be given soon.
  [[gnu::always_inline]] void expect(const PacketView& syn) const noexcept {
    openings_.expect(syn);
  }
  // A packet of this flow will be.
  [[gnu::always_inline]] void expect(const flowtable::Flow& flow,
                                     const PacketView& packet) const noexcept {
    if (flow.stage() == flowtable::FlowStage::probing) openings_.expect(flow.capture(), packet);
  }
  // A packet of a flow that is not finished. Sequence numbers of the flow are those before it.
  void follow(flowtable::Flow& flow, const PacketView& packet) noexcept;

  // Both sides of a flow have ended, or one broke it off, and no TLS was seen: its notes are given
  // back, for others need the place. It goes on as it is, without any.
  void forget_opening(const flowtable::Flow& flow) noexcept {
    if (flow.stage() == flowtable::FlowStage::probing) openings_.release(flow.capture(), flow);
  }

  // The flow has proved to be a connection of its own although only one side of it can be seen.
  void settle_dispute(const flowtable::Flow& flow) noexcept;

  // One side of the flow, which shows TLS, has ended, and the other was never heard: it may be
  // seconds late on its way to us. Waiting costs a buffer, so half of them are kept for others.
  [[nodiscard]] bool waits_for_other_leg(const flowtable::Flow& flow) const noexcept;

  // Ends the flow's capture, where it has one: what showed TLS is handed off, the rest released.
  // The flow is finished after that.
  void end(flowtable::Flow& flow, flowtable::CaptureEnd end) noexcept;

 private:
  enum class Progress : uint8_t {
    searching,  // no TLS in this direction yet
    following,  // its stream is being put in order
    complete,   // all that will be kept of it is there
  };
  struct Direction {
    flowtable::StreamScan scan;
    Progress progress = Progress::searching;
    bool start_is_certain = false;        // no guess: a hello further on is a second one
    bool moved_back = false;              // a hello came from before the start that was assumed
    std::optional<uint32_t> early_hello;  // came before what is before it
    uint32_t scanned_from = 0;            // where in the stream what `scan` has read begins
    bool fin_seen = false;
    uint32_t fin_seq = 0;    // behind the last byte
    uint32_t final_ack = 0;  // what it had acknowledged when it became complete
  };
  // Beside the capture of the same pool slot.
  struct Notes {
    std::array<Direction, 2> directions;  // by Side
    flowtable::Flow* flow = nullptr;      // stays where it is until it is erased
    flowtable::Tick last_progress{};
    std::optional<flowtable::Tick> done_at;             // all is there, but for what may be late
    uint32_t opening = flowtable::OpeningTable::kNone;  // place of the flow's opening
    bool is_proved = false;  // one direction has shown a hello, or an SSH identification
    // It began on the ports of another connection. While only one of its sides says so it is
    // forged, or a middlebox counts otherwise on its other side and the tap sees both of these.
    bool is_disputed = false;
  };
  // What most steps below need.
  struct Following {
    flowtable::Flow& flow;
    flowtable::HandshakeCapture& capture;
    Notes& notes;
  };

  enum class Outcome : uint8_t { goes_on, not_tls };

  void probe(flowtable::Flow& flow, const PacketView& packet) noexcept;
  // Spends one probe of the segment's direction, where it has something new to look at, to which
  // the segment is cut. Without one left, only a segment that begins with a hello counts.
  [[nodiscard]] bool look_for_start(flowtable::Flow& flow, Segment& segment,
                                    StreamStart& out) noexcept;
  [[nodiscard]] bool is_spent(const flowtable::Flow& flow, const PacketView& packet) const noexcept;
  void give_up(flowtable::Flow& flow) noexcept;
  // The last hand at a direction of a capture that is handed off.
  void close_stream(const Following& at, flowtable::Side side) const noexcept;
  // Nothing more is wanted of the flow: it keeps its record only.
  void finish(flowtable::Flow& flow) noexcept;

  // Ends captures that are least likely to become anything, where buffers are short.
  void make_place(flowtable::Tick now) noexcept;
  void make_large_place(const Following& at, flowtable::Tick now) noexcept;
  void displace(uint32_t slot) noexcept;
  [[nodiscard]] bool is_stalled(uint32_t slot, flowtable::Tick now) const noexcept;
  // Whether the packet acknowledges bytes that are being captured.
  [[nodiscard]] static bool answers(const Following& at, const PacketView& packet) noexcept;

  void begin_capture(flowtable::Flow& flow, const PacketView& packet,
                     const StreamStart& start) noexcept;
  void start_stream(const Following& at, flowtable::Side side, const StreamStart& start) noexcept;
  void capture_packet(flowtable::Flow& flow, const PacketView& packet) noexcept;
  [[nodiscard]] Outcome add(const Following& at, const Segment& segment,
                            const PacketView& packet) noexcept;
  // Moves the start of the sender's stream to a hello that says where it really is.
  void correct_start(const Following& at, const Segment& segment) noexcept;
  // What was read of the direction is forgotten if it did not begin at `seq`.
  void scan_from(Direction& direction, uint32_t seq) const noexcept;
  // Reads what is there of a direction: from its start, or while that is late, from the hello
  // behind the hole.
  void read_on(const Following& at, flowtable::Side side, const PacketView& packet) noexcept;
  // The words that the stream begins with are no TLS: lets them go where there is more behind them,
  // and says whether there was.
  [[nodiscard]] bool skip_words(const Following& at, flowtable::Side side) noexcept;
  void make_room(const Following& at, const Segment& segment, flowtable::Tick now) noexcept;
  void prove(const Following& at, const PacketView& packet) noexcept;
  void start_ssh_peer(const Following& at, flowtable::Side peer) noexcept;
  // What `side` has sent is none of it. False where the capture is over by that.
  [[nodiscard]] bool search_again(const Following& at, flowtable::Side side) noexcept;

  void settle(const Following& at, const PacketView& packet) noexcept;
  [[nodiscard]] static bool is_complete(const Following& at, flowtable::Side side) noexcept;
  [[nodiscard]] static bool has_ended(const Following& at, flowtable::Side side,
                                      const PacketView& packet) noexcept;
  // Everything that `side` sent before `seq` is there.
  [[nodiscard]] static bool reaches(const Following& at, flowtable::Side side,
                                    uint32_t seq) noexcept;
  // A hello is there, but not what comes before it.
  [[nodiscard]] static bool is_start_late(const Following& at, flowtable::Side side) noexcept;
  // That is all that is missing, and it may still come.
  [[nodiscard]] static bool waits_for_start(const Following& at, flowtable::Tick now) noexcept;
  [[nodiscard]] static bool is_one_sided(const Following& at, const PacketView& packet) noexcept;

  const PathOptions options_;
  flowtable::FlowTable& table_;
  HandoffRing& ring_;
  CoreCounters& counters_;
  OpeningLog openings_;
  std::vector<Notes> notes_;  // by pool slot
  CaptureQueue queue_;
};

}  // namespace dataplane
