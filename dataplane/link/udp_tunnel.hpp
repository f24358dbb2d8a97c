// SPDX-License-Identifier: Apache-2.0
// Tunnels over UDP: known by a port and by their own header.
#pragma once

#include "dataplane/link/decode_cursor.hpp"

#include <cstdint>
#include <optional>

namespace dataplane {

// The cursor is behind the UDP header and inside its length. Nothing where this is an ordinary
// datagram: neither port is a tunnel's, or the header there does not fit; the cursor stays. Else
// the packet is a tunnel's, and this is the step's result: none, the cursor standing at what is
// carried, or why that cannot be followed.
[[nodiscard]] std::optional<DropReason> enter_udp_tunnel(DecodeCursor& at, uint16_t source_port,
                                                         uint16_t destination_port) noexcept;

// Reads one tunnel's header. Returns as above; where it returns nothing it may have moved.
using TunnelReader = std::optional<DropReason> (*)(DecodeCursor& at) noexcept;

[[nodiscard]] std::optional<DropReason> read_vxlan(DecodeCursor& at) noexcept;
[[nodiscard]] std::optional<DropReason> read_vxlan_gpe(DecodeCursor& at) noexcept;
[[nodiscard]] std::optional<DropReason> read_geneve(DecodeCursor& at) noexcept;
[[nodiscard]] std::optional<DropReason> read_gtp_user(DecodeCursor& at) noexcept;
[[nodiscard]] std::optional<DropReason> read_teredo(DecodeCursor& at) noexcept;
[[nodiscard]] std::optional<DropReason> read_l2tp(DecodeCursor& at) noexcept;
[[nodiscard]] std::optional<DropReason> read_capwap(DecodeCursor& at) noexcept;

}  // namespace dataplane
