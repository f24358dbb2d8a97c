// SPDX-License-Identifier: Apache-2.0
#include "dataplane/link/steps.hpp"
#include "dataplane/link/udp_tunnel.hpp"

#include <utility>

namespace dataplane {
namespace {

// RFC 5416 section 4: an 802.11 frame as it is. Controllers of the largest vendor have the fields
// of its header the wrong way round; only one of both orders makes a data frame of version 0.
DropReason go_on_in_frame(DecodeCursor& at) noexcept {
  constexpr uint8_t kVersionAndType = 0x0f, kData = 0x08;
  WlanControl control;
  if (!at.bytes.u8(control.kind) || !at.bytes.u8(control.flags)) {
    return at.too_short(DropReason::link_header_bad);
  }
  control.exchanged =
      (control.kind & kVersionAndType) != kData && (control.flags & kVersionAndType) == kData;
  if (control.exchanged) std::swap(control.kind, control.flags);
  return go_on_in_wlan(at, control);
}

}  // namespace

// RFC 5415 section 4.3: a byte of version 0 and type 0 (1 is DTLS), the length of the header in
// words, a radio, what frames are native (1: 802.11), flags, fragment and offset.
std::optional<DropReason> read_capwap(DecodeCursor& at) noexcept {
  constexpr uint32_t kNative = 0x000100, kFragment = 0x000080, kKeepAlive = 0x000008;
  constexpr uint32_t kReserved = 0x000007;
  constexpr size_t kFixedBytes = 8;
  constexpr uint32_t kWlan = 1;
  uint8_t preamble = 0;
  uint32_t fields = 0;
  if (!at.bytes.u8(preamble) || !at.bytes.u24(fields) || !at.bytes.skip(4)) return std::nullopt;
  const size_t header_bytes = (fields >> 19) * size_t{4};
  if (preamble != 0 || (fields & kReserved) != 0 || header_bytes < kFixedBytes ||
      !at.bytes.skip(header_bytes - kFixedBytes)) {
    return std::nullopt;
  }
  if ((fields & kFragment) != 0) return DropReason::link_fragment;
  if ((fields & kKeepAlive) != 0) return DropReason::tunnel_no_ip;
  if ((fields & kNative) == 0) return at.go_on(LinkType::ethernet);
  return (fields >> 9 & 0x1f) == kWlan ? go_on_in_frame(at) : DropReason::tunnel_no_ip;
}

}  // namespace dataplane
