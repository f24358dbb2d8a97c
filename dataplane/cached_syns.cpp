// SPDX-License-Identifier: Apache-2.0
// When very many connections are being opened: SYNs wait in the cache until somebody goes on.
#include "dataplane/packet_path.hpp"
#include "dataplane/sequence_numbers.hpp"

#include <algorithm>
#include <limits>

namespace dataplane {

using flowtable::CachedSyn;
using flowtable::Flow;
using flowtable::FlowClass;
using flowtable::FlowKey;
using flowtable::tcp_event_of;
using flowtable::TcpEvent;

namespace {

void keep(const PacketView& syn, CachedSyn& out) noexcept {
  const auto options = syn.tcp_options.first(std::min(syn.tcp_options.size(), out.options.size()));
  constexpr uint32_t kMost = std::numeric_limits<uint16_t>::max();
  out.tick = syn.tick;
  out.seq = syn.seq;
  out.window = syn.window;
  out.wire_bytes = static_cast<uint16_t>(std::min(syn.wire_bytes, kMost));
  out.ttl = syn.ttl;
  out.tcp_flags = syn.tcp_flags;
  out.sender = syn.sender;
  out.options_size = static_cast<uint8_t>(options.size());
  flowtable::copy_bytes(options, out.options.data());
}

// The SYN as it came; borrows from the cache. `later` is of the same connection.
PacketView packet_of(const CachedSyn& syn, const PacketView& later) noexcept {
  PacketView out;
  out.key = later.key;
  out.hash = later.hash;
  out.tick = syn.tick;
  out.seq = syn.seq;
  out.wire_bytes = syn.wire_bytes;
  out.window = syn.window;
  out.tcp_flags = syn.tcp_flags;
  out.ttl = syn.ttl;
  out.sender = syn.sender;
  out.tcp_options = syn.tcp_options();
  return out;
}

// The packet is the SYN again, or counts on from it.
bool continues(const CachedSyn& syn, const PacketView& packet) noexcept {
  const bool same_side = packet.sender == syn.sender;
  if (tcp_event_of(packet.tcp_flags) == TcpEvent::syn) return same_side && packet.seq == syn.seq;
  if (!same_side && (packet.tcp_flags & TcpFlags::kAck) == 0) return false;
  return seq_gap(syn.seq + 1, same_side ? packet.seq : packet.ack) <= kWindowMax;
}

}  // namespace

bool PacketPath::may_wait(const PacketView& packet) const noexcept {
  return tcp_event_of(packet.tcp_flags) == TcpEvent::syn && packet.payload.empty() &&
         !packet.key.is_next_incarnation();
}

void PacketPath::cache_syn(const PacketView& syn) noexcept {
  keep(syn, syns_.put(syn.hash));
  counters_.path.add(PathCounter::syns_cached);
}

Flow* PacketPath::begin_from_cache(const PacketView& packet) noexcept {
  const CachedSyn* const syn = syns_.find(packet.hash);
  if (syn == nullptr) return nullptr;
  syns_.forget(packet.hash);
  // A connection that was refused is over: nothing is lost with it.
  const bool is_refusal = tcp_event_of(packet.tcp_flags) == TcpEvent::rst;
  if (is_refusal || !continues(*syn, packet) ||
      table_.is_over(FlowClass::embryonic, syn->tick, packet.tick)) {
    return nullptr;
  }
  const PacketView first = packet_of(*syn, packet);
  Flow* const flow = insert(first, TcpEvent::syn);
  if (flow == nullptr) return nullptr;
  counters_.path.add(PathCounter::syns_resumed);
  take_in(*flow, first);
  return flow;
}

}  // namespace dataplane
