// SPDX-License-Identifier: Apache-2.0
// A SYN on the ports of a connection that is not over proves nothing: a live peer answers it with
// an ACK and goes on (RFC 5961 section 4), and anybody can forge one. So the connection that it may
// begin is followed apart, as a flow of its own under a marked key, and the old one goes on. Each
// packet goes to the one whose numbers are nearer. Once both sides of the newer one agree on its
// numbers it takes the ports over; one that never comes to anything expires like any other SYN.
#include "dataplane/packet_path.hpp"
#include "dataplane/sequence_numbers.hpp"

namespace dataplane {

using flowtable::CaptureEnd;
using flowtable::Flow;
using flowtable::FlowKey;
using flowtable::FlowStage;

namespace {

bool has_syn(const PacketView& packet) noexcept {
  return (packet.tcp_flags & TcpFlags::kSyn) != 0;
}

// The packet as the newer flow's key has it.
PacketView set_apart(const PacketView& packet) noexcept {
  constexpr uint64_t kElsewhere = 0x9e3779b97f4a7c15;  // any number: another bucket and another tag
  PacketView out = packet;
  out.key = packet.key.next_incarnation();
  out.hash = packet.hash ^ kElsewhere;
  return out;
}

// Nothing of it is wanted any more, and nothing more is expected to come.
bool is_over(const Flow& flow) noexcept {
  return flow.stage() != FlowStage::capturing && is_ending(tcp_state_of(flow));
}

bool is_of_another(const Flow& flow, const PacketView& packet) noexcept {
  return has_syn(packet) ? fit_of_syn(flow, packet) == SynFit::foreign
                         : is_foreign_hello(flow, packet);
}

bool is_nearer_to(const Flow& newer, const Flow& older, const PacketView& packet) noexcept {
  if (!has_syn(packet)) return distance_from(newer, packet) < distance_from(older, packet);
  const SynFit fit = fit_of_syn(newer, packet);
  return fit != SynFit::foreign && fit_of_syn(older, packet) != SynFit::own;
}

// Whether the packet, which `newer` has taken in, proves that it has replaced `older`.
bool has_replaced(const Flow& newer, const Flow& older, const PacketView& packet) noexcept {
  if (agrees_with_peer(newer, packet)) return true;
  // Where one direction is all that can be seen, it has to do.
  return older.packets[index_of(other(packet.sender))].get() == 0 &&
         has_moved_data(newer, packet.sender);
}

}  // namespace

void PacketPath::follow_question(const PacketView& packet, Flow* flow) noexcept {
  Flow* newer = nullptr;
  if (num_disputed_ > 0) {
    const PacketView apart = set_apart(packet);
    newer = table_.find(apart.key, apart.hash);
  }
  if (newer != nullptr && end_if_expired(*newer, packet)) newer = nullptr;
  if (flow == nullptr && newer != nullptr) {
    take_over_ports(*newer, packet);
    flow = newer;
    newer = nullptr;
  }
  if (flow == nullptr) {
    flow = begin(packet);
    if (flow != nullptr) take_in(*flow, packet);
  } else if (newer != nullptr && is_nearer_to(*newer, *flow, packet)) {
    follow_newer(*newer, *flow, packet);
  } else if (is_of_another(*flow, packet)) {
    if (newer != nullptr) end_reused(*newer);
    begin_apart(set_apart(packet));
  } else {
    take_in_believable(*flow, packet);
  }
}

void PacketPath::follow_newer(Flow& newer, Flow& older, const PacketView& packet) noexcept {
  // After the end of the older one data is proof enough, but no SYN or RST: its last packets may
  // still come again.
  if (is_over(older) && !packet.payload.empty()) {
    end_reused(older);
    take_over_ports(newer, packet);
    take_in_believable(newer, packet);
    return;
  }
  take_in_believable(newer, set_apart(packet));
  if (!has_replaced(newer, older, packet)) return;
  handshakes_.settle_dispute(newer);
  end_reused(older);
  take_over_ports(newer, packet);
}

void PacketPath::begin_apart(const PacketView& apart) noexcept {
  Flow* const newer = begin(apart);
  if (newer == nullptr) return;
  ++num_disputed_;
  counters_.path.add(PathCounter::flows_disputed);
  take_in(*newer, apart);
}

void PacketPath::take_in_believable(Flow& flow, const PacketView& packet) noexcept {
  if (is_believable_end(flow, packet)) {
    take_in(flow, packet);
  } else {
    counters_.path.add(PathCounter::ends_disbelieved);
  }
}

void PacketPath::take_over_ports(Flow& newer, const PacketView& packet) noexcept {
  // What was found for this burst's packets is found anew. Where the buckets are full the flow
  // stays where it is: it is found there too.
  if (!table_.rename(newer, packet.key, packet.hash)) return;
  --num_disputed_;
  inserted_ = true;
  erased_ = true;
}

void PacketPath::end_reused(Flow& flow) noexcept {
  counters_.path.add(PathCounter::flows_port_reused);
  erase(flow, CaptureEnd::port_reused);
}

}  // namespace dataplane
