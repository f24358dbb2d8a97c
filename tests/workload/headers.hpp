// SPDX-License-Identifier: Apache-2.0
// The three headers of a frame.
#pragma once

#include "tests/workload/traffic.hpp"

#include <cstdint>

namespace workload {

struct TcpFrame {
  uint32_t source = 0;  // IPv4 addresses and ports in host byte order
  uint32_t target = 0;
  uint16_t source_port = 0;
  uint16_t target_port = 0;
  uint32_t seq = 0;
  uint32_t ack = 0;
  uint8_t flags = 0;
};

// Writes out.header for out.payload. The checksum of IPv4 is right; that of TCP is left zero, as a
// host leaves it to its card, unless finish_checksum() comes by.
void write_headers(const TcpFrame& from, Frame& out) noexcept;
void finish_checksum(Frame& frame) noexcept;

}  // namespace workload
