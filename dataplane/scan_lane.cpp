// SPDX-License-Identifier: Apache-2.0
#include "dataplane/scan_lane.hpp"

#include "dataplane/mbuf_burst.hpp"

namespace dataplane {

using flowtable::Bytes;
using flowtable::Tick;

ScanLane::Own::Own(const Parts& parts, Tick now)
    : exchange({}),
      tx({parts.port.port, parts.core, parts.port.tx_pool}, parts.counters),
      core({.site = *parts.port.site,
            .exchange = exchange,
            .sink = tx,
            .control = control,
            .progress = progress,
            .core = parts.core,
            .cores = parts.port.tx_queues},
           now) {}

ScanLane::ScanLane(const Parts& parts, Tick now) : parts_(parts) {
  if (parts_.core < parts_.port.tx_queues) own_ = std::make_unique<Own>(parts_, now);
}

ScanLane::Fate ScanLane::receive(const SteeredPacket& packet, Bytes bytes, Tick now) noexcept {
  const FrameOwner owner = owner_of_frame(*parts_.port.site, parts_.port.tx_queues, bytes);
  switch (owner.whose) {
    case FrameOwner::Whose::nobody:
      return Fate::not_ours;
    case FrameOwner::Whose::every_core:
      show_others(packet, bytes);
      if (own_ != nullptr) own_->core.take(bytes, ScanCore::Answers::yes, now);
      return Fate::over;
    case FrameOwner::Whose::one_core:
      break;
  }
  if (owner.core != parts_.core) return pass_on(owner.core, packet) ? Fate::passed_on : Fate::over;
  own_->core.take(bytes, ScanCore::Answers::yes, now);
  return Fate::over;
}

bool ScanLane::pass_on(uint16_t core, const SteeredPacket& packet) noexcept {
  SteeredPacket steered = packet;
  steered.use = PacketUse::scan;
  if (parts_.mesh.push(parts_.core, core, steered)) {
    parts_.counters.add(PollCounter::packets_steered_out);
    return true;
  }
  parts_.drops.add(DropReason::steering_full);
  return false;
}

// Copies, because an mbuf belongs to one core. A core that cannot be shown one asks by itself.
void ScanLane::show_others(const SteeredPacket& packet, Bytes bytes) noexcept {
  for (uint16_t core = 0; core < parts_.port.tx_queues; ++core) {
    if (core == parts_.core) continue;
    SteeredPacket copy = packet;
    // A core without a queue of its own does not answer: the first one does.
    copy.use = own_ == nullptr && core == 0 ? PacketUse::scan : PacketUse::scan_copy;
    copy.mbuf = make_packet(*parts_.copies, bytes);
    if (copy.mbuf == nullptr) {
      parts_.drops.add(DropReason::steering_pool_empty);
    } else if (parts_.mesh.push(parts_.core, core, copy)) {
      parts_.counters.add(PollCounter::packets_steered_out);
    } else {
      parts_.drops.add(DropReason::steering_full);
      rte_pktmbuf_free_bulk(&copy.mbuf, 1);
    }
  }
}

void ScanLane::take_steered(const SteeredPacket& packet, Bytes bytes, Tick now) noexcept {
  if (own_ == nullptr) return;
  own_->core.take(
      bytes, packet.use == PacketUse::scan ? ScanCore::Answers::yes : ScanCore::Answers::no, now);
}

bool ScanLane::work(Tick now) noexcept {
  if (own_ == nullptr) return false;
  const bool busy = own_->core.work(now);
  own_->tx.flush();
  return busy;
}

}  // namespace dataplane
