// SPDX-License-Identifier: Apache-2.0
#include "dataplane/link/little_endian.hpp"
#include "dataplane/link/steps.hpp"

namespace dataplane {
namespace {

// IEEE 802.11-2020 section 9.2.4.1: the bits of the frame control field's two bytes.
constexpr uint8_t kVersionAndType = 0x0f, kData = 0x08;
constexpr uint8_t kSubtypeNull = 0x40, kSubtypeQos = 0x80;
constexpr uint8_t kFourAddresses = 0x03, kMoreFragments = 0x04, kProtected = 0x40, kOrder = 0x80;

bool field16(DecodeCursor& at, const WlanControl& control, uint16_t& out) noexcept {
  return control.exchanged ? at.bytes.u16(out) : le16(at.bytes, out);
}

// Section 9.3.2.1: duration, three addresses and the sequence control; a fourth address where both
// ends are access points; QoS control; HT control.
DropReason skip_header(DecodeCursor& at, const WlanControl& control) noexcept {
  constexpr size_t kBeforeSequence = 2 + 3 * 6;
  constexpr uint16_t kFragmentNumber = 0x000f, kAggregate = 0x0080;
  uint16_t sequence = 0, qos = 0;
  size_t header_bytes = 24;
  bool all_there = at.bytes.skip(kBeforeSequence) && field16(at, control, sequence);
  if ((control.flags & kFourAddresses) == kFourAddresses) {
    header_bytes += 6;
    all_there = all_there && at.bytes.skip(6);
  }
  if ((control.kind & kSubtypeQos) != 0) {
    header_bytes += 2;
    all_there = all_there && field16(at, control, qos);
    if ((control.flags & kOrder) != 0) {
      header_bytes += 4;
      all_there = all_there && at.bytes.skip(4);
    }
  }
  if (at.wlan_padded) all_there = all_there && at.bytes.skip(header_bytes % 4);
  if (!all_there) return at.too_short(DropReason::link_header_bad);
  if ((control.flags & kMoreFragments) != 0 || (sequence & kFragmentNumber) != 0) {
    return DropReason::link_fragment;
  }
  return (qos & kAggregate) != 0 ? DropReason::wlan_aggregate : DropReason::none;
}

}  // namespace

DropReason go_on_in_wlan(DecodeCursor& at, const WlanControl& control) noexcept {
  if ((control.kind & kVersionAndType) != kData || (control.kind & kSubtypeNull) != 0) {
    return DropReason::wlan_not_data;
  }
  if ((control.flags & kProtected) != 0) return DropReason::wlan_protected;
  const DropReason reason = skip_header(at, control);
  return reason == DropReason::none ? at.go_on(LinkType::llc) : reason;
}

DropReason step_wlan(DecodeCursor& at, PacketView&) noexcept {
  WlanControl control;
  if (!at.bytes.u8(control.kind) || !at.bytes.u8(control.flags))
    return at.too_short(DropReason::link_header_bad);
  return go_on_in_wlan(at, control);
}

}  // namespace dataplane
