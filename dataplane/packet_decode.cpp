// SPDX-License-Identifier: Apache-2.0
#include "dataplane/packet_decode.hpp"

#include "dataplane/link/steps.hpp"

#include <algorithm>

namespace dataplane {
namespace {

struct StepRow {
  HeaderSpace space;
  uint16_t number;
  Step step;
};

// By which number each step is reached. In the order of how often that happens: the search below
// compares from the top.
constexpr StepRow kSteps[] = {
    {HeaderSpace::link, static_cast<uint16_t>(LinkType::ethernet), step_ethernet},
    {HeaderSpace::ether_type, 0x0800, step_ipv4},
    {HeaderSpace::ip_protocol, 6, step_tcp},
    {HeaderSpace::ether_type, 0x86dd, step_ipv6},
    {HeaderSpace::ip_protocol, 17, step_udp},
    {HeaderSpace::ether_type, 0x8100, step_vlan},  // IEEE 802.1Q
    {HeaderSpace::link, static_cast<uint16_t>(LinkType::raw_ip), step_raw_ip},
    {HeaderSpace::ether_type, 0x88a8, step_vlan},  // IEEE 802.1ad
    {HeaderSpace::ether_type, 0x9100, step_vlan},  // 802.1ad before it had a number
};

// Every step reads at least one header, so this many bound the work per packet: four VLAN tags and
// a tunnel or two. More is an attack or a loop.
constexpr size_t kLayersMax = 16;

Step step_of(HeaderSpace space, uint16_t number) noexcept {
  for (const StepRow& row : kSteps)
    if (row.space == space && row.number == number) return row.step;
  return nullptr;
}

DropReason unknown(HeaderSpace space) noexcept {
  switch (space) {
    case HeaderSpace::link:
      return DropReason::link_unsupported;
    case HeaderSpace::ether_type:
      return DropReason::ether_type_other;
    default:
      return DropReason::transport_other;
  }
}

DecodeCursor start_of(LinkType link, flowtable::Bytes frame, const FrameMeta& meta) noexcept {
  DecodeCursor at;
  at.bytes = flowtable::ByteReader(frame);
  const auto frame_bytes = static_cast<uint32_t>(frame.size());
  at.missing = std::max(meta.wire_bytes, frame_bytes) - frame_bytes;
  at.number = static_cast<uint16_t>(link);
  at.hash_seed = meta.hash_seed;
  return at;
}

DropReason walk(DecodeCursor& at, PacketView& out) noexcept {
  for (size_t layer = 0; layer < kLayersMax; ++layer) {
    const Step step = step_of(at.space, at.number);
    if (step == nullptr) return unknown(at.space);
    const DropReason reason = step(at, out);
    if (reason != DropReason::none || at.space == HeaderSpace::done) return reason;
  }
  return DropReason::layers_too_many;
}

}  // namespace

DropReason decode_packet(LinkType link, flowtable::Bytes frame, const FrameMeta& meta,
                         PacketView& out) noexcept {
  DecodeCursor at = start_of(link, frame, meta);
  out.tick = meta.tick;
  out.wire_bytes = at.missing + static_cast<uint32_t>(frame.size());
  return walk(at, out);
}

DropReason decode_fragment(LinkType link, flowtable::Bytes frame, const FrameMeta& meta,
                           FragmentView& out) noexcept {
  DecodeCursor at = start_of(link, frame, meta);
  at.fragment = &out;
  out.tick = meta.tick;
  out.wire_bytes = at.missing + static_cast<uint32_t>(frame.size());
  PacketView unused;
  const DropReason reason = walk(at, unused);
  return reason == DropReason::ip_fragment ? DropReason::none : reason;
}

}  // namespace dataplane
