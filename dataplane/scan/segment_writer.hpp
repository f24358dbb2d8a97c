// SPDX-License-Identifier: Apache-2.0
// Our own TCP segments and UDP datagrams as frames.
#pragma once

#include "dataplane/scan/ip_writer.hpp"
#include "flowtable/base/byte_reader.hpp"
#include "flowtable/flow_key.hpp"

#include <array>
#include <cstdint>
#include <span>

namespace dataplane {

struct OwnSegment {
  flowtable::Endpoint from;
  flowtable::Endpoint to;  // of the same family
  uint32_t seq = 0;
  uint32_t ack = 0;
  uint8_t flags = 0;    // TcpFlags
  uint16_t window = 0;  // as it stands in the header
  std::array<uint8_t, 40> options{};
  uint8_t options_size = 0;  // a multiple of four
  flowtable::Bytes payload;
};

// Ethernet, 802.1Q where asked for, IPv4 (do not fragment) or IPv6, TCP, both checksums. Returns
// the frame's length, and 0 where `frame` is too short. Allocates nothing.
[[nodiscard]] size_t write_segment(const LinkHeader& link, const OwnSegment& segment,
                                   std::span<uint8_t> frame) noexcept;

struct OwnDatagram {
  flowtable::Endpoint from;
  flowtable::Endpoint to;  // of the same family
  flowtable::Bytes payload;
};
// The same with UDP.
[[nodiscard]] size_t write_datagram(const LinkHeader& link, const OwnDatagram& datagram,
                                    std::span<uint8_t> frame) noexcept;

// The longest frame without payload: 18 + 40 + 60.
inline constexpr size_t kSegmentHeadersMax = 118;

}  // namespace dataplane
