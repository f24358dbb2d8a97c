// SPDX-License-Identifier: Apache-2.0
// How handshakes of DTLS and QUIC are found in UDP, and followed to their ends.
#pragma once

#include "dataplane/handoff_ring.hpp"
#include "dataplane/packet_view.hpp"
#include "dataplane/path_options.hpp"
#include "dataplane/waiting_list.hpp"
#include "flowtable/datagram_kind.hpp"
#include "flowtable/flow.hpp"
#include "flowtable/flow_table.hpp"
#include "flowtable/handshake_capture.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <vector>

namespace dataplane {

// What PacketPath is to TCP this is to UDP, under its flow table. A flow is made only for a
// datagram that begins like a handshake; every other of no known flow is counted and forgotten, so
// that DNS, media and the like cost a look-up and one byte. What must be remembered of a capture
// lies in a table beside the pool.
class DatagramPath {
 public:
  // Datagrams kept of each direction, and how the end of a handshake is waited for: late ones of it
  // may come after the first encrypted ones of both sides.
  static constexpr uint16_t kDatagramsMax = 256;
  static constexpr uint8_t kGraceDatagrams = 16;
  static constexpr flowtable::TickSpan kGrace = std::chrono::milliseconds(100);
  // So many datagrams, and so long, after one side has gone on to encrypt the other is not expected
  // any more: its way to us may be the longer one.
  static constexpr uint8_t kUnansweredMax = 64;
  static constexpr flowtable::TickSpan kUnanswered = std::chrono::seconds(1);

  // All captures of the ring's pool are at home when this is called. `table` is the one that all
  // flows below belong to.
  DatagramPath(const PathOptions& options, flowtable::FlowTable& table, HandoffRing& ring,
               CoreCounters& counters);

  // Whether a datagram of no known flow is worth a flow. Counts it where it is not.
  [[nodiscard]] bool begins(const PacketView& packet) noexcept;
  // Whether it begins another conversation than the flow's, on the same addresses and ports.
  [[nodiscard]] static bool begins_anew(const flowtable::Flow& flow,
                                        const PacketView& packet) noexcept;
  // The first datagram of a flow that was just inserted for it.
  void begin(flowtable::Flow& flow, const PacketView& packet) noexcept;
  // Any datagram of the flow, counted in it already; the first one too.
  void follow(flowtable::Flow& flow, const PacketView& packet) noexcept;
  // Ends the flow's capture, where it has one. The flow is finished after that, its class is not
  // changed: the caller is about to erase it.
  void end(flowtable::Flow& flow, flowtable::CaptureEnd end) noexcept;

 private:
  struct Direction {
    uint16_t num_kept = 0;
    uint32_t last_at = 0;    // where the last one begins in the log
    bool encrypted = false;  // the sender has gone on to the encrypted part
    bool cut = false;
  };
  // Beside the capture of the same pool slot.
  struct Notes {
    flowtable::Flow* flow = nullptr;  // stays where it is until it is erased
    flowtable::Tick last_progress{};
    std::array<Direction, 2> directions;  // by Side
    flowtable::Tick done_at{};
    bool done = false;  // both have; late datagrams are waited for
    uint8_t grace_left = kGraceDatagrams;
    uint8_t unanswered_left = kUnansweredMax;
    flowtable::Tick unanswered_since{};
  };
  struct Following {
    flowtable::Flow& flow;
    flowtable::HandshakeCapture& capture;
    Notes& notes;
  };

  void begin_capture(flowtable::Flow& flow, const PacketView& packet,
                     flowtable::CaptureKind kind) noexcept;
  // Lets the oldest capture that nobody has answered go, where too many wait for an answer.
  void make_room() noexcept;
  void capture_dtls(const Following& at, const PacketView& packet) noexcept;
  void capture_quic(const Following& at, const PacketView& packet) noexcept;
  void keep(const Following& at, const PacketView& packet, flowtable::Bytes datagram) noexcept;
  [[nodiscard]] bool append(const Following& at, flowtable::Side sender,
                            flowtable::Bytes datagram) noexcept;
  void settle(const Following& at, const PacketView& packet) noexcept;
  // end() of a flow that stays in the table.
  void let_go(flowtable::Flow& flow, flowtable::CaptureEnd end_of_it) noexcept;

  const PathOptions options_;
  flowtable::FlowTable& table_;
  HandoffRing& ring_;
  CoreCounters& counters_;
  std::vector<Notes> notes_;  // by pool slot
  WaitingList waiting_;       // captures of which only one side has been heard, oldest first
  const uint32_t captures_max_;
};

}  // namespace dataplane
