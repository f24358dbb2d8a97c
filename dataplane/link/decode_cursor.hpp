// SPDX-License-Identifier: Apache-2.0
// Where the decoder stands in a frame, and what a step of it is.
#pragma once

#include "dataplane/drop_reason.hpp"
#include "dataplane/fragment_view.hpp"
#include "dataplane/link_type.hpp"
#include "dataplane/packet_view.hpp"
#include "flowtable/base/byte_reader.hpp"
#include "flowtable/flow_key.hpp"

#include <cstdint>

namespace dataplane {

// Which numbering says what comes next.
enum class HeaderSpace : uint8_t {
  link,         // LinkType
  ether_type,   // IEEE 802 numbers, as in Ethernet, VLAN, SLL, GRE
  ip_protocol,  // IANA's, as in IPv4 and IPv6
  ppp,          // IANA's of the point-to-point protocol
  done,         // nothing: the packet view is filled
};

// The state that steps hand on to each other. `bytes` are those not read yet, captured, and inside
// the innermost length a header has stated; `missing` says how many more were on the wire up to
// that length and were cut off by the capture.
struct DecodeCursor {
  flowtable::ByteReader bytes;
  uint32_t missing = 0;
  HeaderSpace space = HeaderSpace::link;
  uint16_t number = 0;

  flowtable::IpAddress source{};  // of the innermost IP header so far
  flowtable::IpAddress destination{};
  uint8_t ttl = 0;
  uint8_t vlan_tags = 0;     // of the innermost Ethernet header so far
  bool wlan_padded = false;  // the 802.11 header to come is padded to four bytes
  uint64_t hash_seed = 0;
  FragmentView* fragment = nullptr;  // where an IP step describes a fragment, if anybody asks

  // What the next header is, for the table in packet_decode.cpp.
  DropReason go_on(HeaderSpace next_space, uint16_t next_number) noexcept {
    space = next_space;
    number = next_number;
    return DropReason::none;
  }

  // A whole frame begins here, of this kind: in a tunnel, or behind a capture's own header.
  DropReason go_on(LinkType link) noexcept {
    return go_on(HeaderSpace::link, static_cast<uint16_t>(link));
  }

  // The first four bits, where IP has its version; 0 where nothing is left.
  [[nodiscard]] uint8_t first_nibble() const noexcept {
    return bytes.empty() ? uint8_t{0} : static_cast<uint8_t>(bytes.rest().front() >> 4);
  }
  [[nodiscard]] bool ip_follows() const noexcept {
    return first_nibble() == 4 || first_nibble() == 6;
  }

  // How many bytes were on the wire from here on, up to the innermost length.
  [[nodiscard]] size_t wire_bytes() const noexcept { return bytes.size() + missing; }

  // A header that is not all there: cut off by the capture, or by its own sender.
  [[nodiscard]] DropReason too_short(DropReason bad) const noexcept {
    return missing > 0 ? DropReason::frame_truncated : bad;
  }

  // From here on only `wire_bytes` belong to the packet; what follows them is padding. A length
  // that reaches beyond the frame means that the frame was cut without saying so.
  void limit_to(uint32_t wire_bytes) noexcept {
    const size_t here = bytes.size();
    if (wire_bytes <= here) bytes = flowtable::ByteReader(bytes.rest().first(wire_bytes));
    missing = static_cast<uint32_t>(wire_bytes - bytes.size());
  }
};

// What an IP header says of a fragment.
struct FragmentFields {
  FragmentView::Version version;
  uint32_t id;
  uint32_t offset;  // in bytes
  bool more_follow;
  uint8_t protocol;
};

// The end of a fragment's way through the steps: describes it where at.fragment asks for that. The
// cursor is at the fragment's payload. Always ip_fragment, except where the payload is not all
// there, which no neighbour can mend.
[[nodiscard]] DropReason end_at_fragment(DecodeCursor& at, const FragmentFields& fields) noexcept;

// Reads one header at the cursor, moves behind it, and says by go_on() what comes next; or fills
// `out` and says HeaderSpace::done. Any other result than none ends the packet.
using Step = DropReason (*)(DecodeCursor& at, PacketView& out) noexcept;

}  // namespace dataplane
