// SPDX-License-Identifier: Apache-2.0
#include "dataplane/opening_log.hpp"

#include "dataplane/segment.hpp"

namespace dataplane {

using flowtable::Flow;
using flowtable::Opening;
using flowtable::OpeningNotes;

namespace {

// Who speaks, and when.
void note_times(const Flow& flow, const PacketView& packet, OpeningNotes& notes) noexcept {
  const bool from_originator = packet.sender == flow.originator();
  if (from_originator && (packet.tcp_flags & TcpFlags::kAck) != 0) {
    notes.note_ack_of_syn(other(packet.sender), packet.ack, packet.tick);
  }
  const uint32_t next_seq = flow.next_seq[index_of(packet.sender)];
  const bool is_new =
      !packet.payload.empty() && seq_distance(next_seq, Segment::of(packet).end_seq) > 0;
  if (is_new) notes.note_turn(from_originator, packet.tick);
}

}  // namespace

void OpeningLog::note(const Flow& flow, const PacketView& packet, uint32_t& place) noexcept {
  if (place == flowtable::OpeningTable::kNone) {
    bool lost = false;
    place = table_.begin(flow, packet.hash, lost);
    if (lost) counters_.path.add(PathCounter::openings_overwritten);
  }
  OpeningNotes* const notes = table_.at(place, flow);
  if (notes == nullptr) return;
  if ((packet.tcp_flags & TcpFlags::kSyn) != 0) {
    notes->note_syn(packet.sender, {.tick = packet.tick,
                                    .isn = packet.seq,
                                    .window = packet.window,
                                    .ttl = packet.ttl,
                                    .options = packet.tcp_options});
  }
  note_times(flow, packet, *notes);
  if (packet.payload.empty()) return;
  const uint32_t start = flow.details().isn[index_of(packet.sender)] + 1;
  notes->note_words(packet.sender, start, Segment::of(packet).seq, packet.payload);
}

Opening OpeningLog::read(uint32_t place, const Flow& flow) noexcept {
  const OpeningNotes* const notes = table_.at(place, flow);
  return notes != nullptr ? notes->read() : Opening{};
}

}  // namespace dataplane
