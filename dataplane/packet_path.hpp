// SPDX-License-Identifier: Apache-2.0
// What one poll core does with its packets: the same from a network card, a file and a test.
#pragma once

#include "dataplane/datagram_path.hpp"
#include "dataplane/handoff_ring.hpp"
#include "dataplane/handshake_path.hpp"
#include "dataplane/packet_view.hpp"
#include "dataplane/path_counters.hpp"
#include "dataplane/path_options.hpp"
#include "flowtable/base/tick.hpp"
#include "flowtable/flow_table.hpp"
#include "flowtable/syn_cache.hpp"

#include <cstddef>
#include <span>

namespace dataplane {

// Follows every TCP flow of its core and those of UDP that begin like a handshake, and cuts
// handshakes out of those that show TLS. Owns no flow and no capture itself: table and ring are
// borrowed and outlive it. One thread. After the constructor it neither allocates, waits, logs nor
// fails; what it cannot follow is counted.
class PacketPath {
 public:
  PacketPath(const PathOptions& options, flowtable::FlowTable& table, HandoffRing& ring,
             CoreCounters& counters);

  // Packets in the order in which they came. Borrows them for the call. Best in bursts of up to
  // FlowTable::kBurstMax; more are taken in such pieces.
  void accept(std::span<const PacketView> burst) noexcept;

  // Lets go of flows whose silence has outlasted their class; visits at most `budget` of them and
  // returns how many went. Outcomes do not depend on when, or whether, it is called.
  size_t expire(flowtable::Tick now, size_t budget) noexcept;

  // Lets go of every flow: the end of the capture, or shutdown.
  void drain() noexcept;

 private:
  // In incarnations.cpp: packets that may be of another connection than the one on their ports.
  void follow_question(const PacketView& packet, flowtable::Flow* flow) noexcept;
  void follow_newer(flowtable::Flow& newer, flowtable::Flow& older,
                    const PacketView& packet) noexcept;
  void begin_apart(const PacketView& apart) noexcept;
  void take_in_believable(flowtable::Flow& flow, const PacketView& packet) noexcept;
  void take_over_ports(flowtable::Flow& newer, const PacketView& packet) noexcept;
  void end_reused(flowtable::Flow& flow) noexcept;

  void accept_one_burst(std::span<const PacketView> burst) noexcept;
  // Ask the memory for what the packets of a burst will touch beside what their lookup touches.
  void expect_syns(std::span<const PacketView> burst) const noexcept;
  void expect_rest(std::span<const PacketView> burst,
                   std::span<const flowtable::FlowLookup> lookups) const noexcept;
  void follow(const PacketView& packet, flowtable::Flow* flow) noexcept;
  // Erases a flow whose time was over when the packet came.
  [[nodiscard]] bool end_if_expired(flowtable::Flow& flow, const PacketView& packet) noexcept;
  void take_in(flowtable::Flow& flow, const PacketView& packet) noexcept;
  [[nodiscard]] flowtable::Flow* begin(const PacketView& packet) noexcept;
  [[nodiscard]] flowtable::Flow* insert(const PacketView& packet,
                                        flowtable::TcpEvent event) noexcept;
  // In cached_syns.cpp: connections of which only a SYN is known, when there are very many of them.
  [[nodiscard]] bool is_crowded() const noexcept { return table_.num_embryonic() >= crowd_; }
  [[nodiscard]] bool may_wait(const PacketView& packet) const noexcept;
  void cache_syn(const PacketView& syn) noexcept;
  // The flow of a cached SYN that this packet goes on from; null where there is none.
  [[nodiscard]] flowtable::Flow* begin_from_cache(const PacketView& packet) noexcept;
  // The same three for UDP.
  void follow_datagram(const PacketView& packet, flowtable::Flow* flow) noexcept;
  [[nodiscard]] bool datagram_outlived(flowtable::Flow& flow, const PacketView& packet) noexcept;
  [[nodiscard]] flowtable::Flow* begin_datagrams(const PacketView& packet) noexcept;
  [[nodiscard]] bool make_room(const PacketView& packet) noexcept;
  void erase(flowtable::Flow& flow, flowtable::CaptureEnd end) noexcept;
  // What else goes when a flow does: its capture, where it has one.
  void end_capture(flowtable::Flow& flow, flowtable::CaptureEnd end) noexcept;
  void advance_state(flowtable::Flow& flow, const PacketView& packet) noexcept;
  [[nodiscard]] flowtable::CaptureEnd end_of_silence(const flowtable::Flow& flow) const noexcept;

  const PathOptions options_;
  flowtable::FlowTable& table_;
  HandoffRing& ring_;
  CoreCounters& counters_;
  HandshakePath handshakes_;  // of TCP
  DatagramPath datagrams_;    // of UDP
  flowtable::SynCache syns_;
  const uint32_t crowd_;       // so many embryonic flows, and further SYNs are cached
  uint32_t num_disputed_ = 0;  // flows under the key of a next incarnation
  // What this burst has done to the table since its flows were looked up.
  bool inserted_ = false;
  bool erased_ = false;
};

}  // namespace dataplane
