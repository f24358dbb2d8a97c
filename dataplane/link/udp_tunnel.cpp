// SPDX-License-Identifier: Apache-2.0
#include "dataplane/link/udp_tunnel.hpp"

namespace dataplane {
namespace {

TunnelReader reader_of(uint16_t port) noexcept {
  switch (port) {
    case 1701:
      return read_l2tp;
    case 2152:
      return read_gtp_user;
    case 3544:
      return read_teredo;
    case 4789:
    case 8472:  // Linux' VXLAN before it had a number
      return read_vxlan;
    case 4790:
      return read_vxlan_gpe;
    case 5247:
      return read_capwap;
    case 6081:
      return read_geneve;
    default:
      return nullptr;
  }
}

}  // namespace

std::optional<DropReason> enter_udp_tunnel(DecodeCursor& at, uint16_t source_port,
                                           uint16_t destination_port) noexcept {
  for (const uint16_t port : {destination_port, source_port}) {
    const TunnelReader read = reader_of(port);
    if (read == nullptr) continue;
    DecodeCursor inside = at;
    const std::optional<DropReason> result = read(inside);
    if (!result) continue;
    at = inside;
    return result;
  }
  return std::nullopt;
}

}  // namespace dataplane
