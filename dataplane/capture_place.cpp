// SPDX-License-Identifier: Apache-2.0
// Which handshakes HandshakePath ends when buffers are short.
#include "dataplane/handshake_path.hpp"
#include "dataplane/later.hpp"

#include <chrono>

namespace dataplane {

using flowtable::CaptureEnd;
using flowtable::Flow;
using flowtable::FlowClass;
using flowtable::Side;
using flowtable::StreamAssembler;
using flowtable::Tick;

namespace {

// Longer than a handshake under way is silent, but for a person who has to choose a certificate.
constexpr flowtable::TickSpan kStalled = std::chrono::seconds(1);

}  // namespace

void HandshakePath::make_place(Tick now) noexcept {
  const uint32_t unassured = queue_.unassured_to_go();
  if (unassured != CaptureQueue::kNone) return displace(unassured);
  const uint32_t stalled = queue_.stalled(ring_.num_held());
  if (stalled != CaptureQueue::kNone && is_stalled(stalled, now)) displace(stalled);
}

void HandshakePath::make_large_place(const Following& at, Tick now) noexcept {
  const uint32_t stalled = queue_.stalled_large(ring_.pool().num_large_free());
  if (stalled == CaptureQueue::kNone || stalled == at.flow.capture()) return;
  if (is_stalled(stalled, now)) displace(stalled);
}

bool HandshakePath::is_stalled(uint32_t slot, Tick now) const noexcept {
  return is_later_by(now, notes_[slot].last_progress, kStalled);
}

void HandshakePath::displace(uint32_t slot) noexcept {
  Flow& flow = *notes_[slot].flow;
  // Its record is among the first that make place too, until it is heard of again.
  const FlowClass flow_class =
      queue_.is_unassured(slot) ? FlowClass::embryonic : FlowClass::established;
  counters_.path.add(PathCounter::captures_displaced);
  end(flow, CaptureEnd::evicted);
  if (flow.flow_class() == FlowClass::handshaking) table_.set_class(flow, flow_class);
}

bool HandshakePath::answers(const Following& at, const PacketView& packet) noexcept {
  const Side peer = other(packet.sender);
  const StreamAssembler& stream = at.capture.streams[index_of(peer)];
  if (!stream.started() || (packet.tcp_flags & TcpFlags::kAck) == 0) return false;
  return seq_distance(stream.base_seq(), packet.ack) > 0 &&
         seq_distance(packet.ack, at.flow.next_seq[index_of(peer)]) >= 0;
}

}  // namespace dataplane
