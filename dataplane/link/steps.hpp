// SPDX-License-Identifier: Apache-2.0
// All steps there are. Each lives in a file of its own name; packet_decode.cpp says by which
// numbers they are reached.
#pragma once

#include "dataplane/link/decode_cursor.hpp"

namespace dataplane {

DropReason step_ethernet(DecodeCursor& at, PacketView& out) noexcept;
DropReason step_raw_ip(DecodeCursor& at, PacketView& out) noexcept;
DropReason step_vlan(DecodeCursor& at, PacketView& out) noexcept;
DropReason step_ipv4(DecodeCursor& at, PacketView& out) noexcept;
DropReason step_ipv6(DecodeCursor& at, PacketView& out) noexcept;
DropReason step_tcp(DecodeCursor& at, PacketView& out) noexcept;
DropReason step_udp(DecodeCursor& at, PacketView& out) noexcept;

}  // namespace dataplane
