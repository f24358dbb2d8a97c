// SPDX-License-Identifier: Apache-2.0
// What two real programs once said to each other, to be said again by others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace workload {

// One packet's worth of a conversation.
struct Segment {
  bool from_client = false;
  std::vector<uint8_t> bytes;  // 1 to kSegmentBytesMax
};
inline constexpr size_t kSegmentBytesMax = 1460;

// A TLS session over TCP, from the ClientHello to where the capture ended or kScriptBytesMax.
struct Script {
  static constexpr size_t kScriptBytesMax = 64 * 1024;
  // What is never at an offset; see the fields below.
  static constexpr size_t kNowhere = SIZE_MAX;

  std::vector<Segment> segments;  // the first is the client's
  uint16_t server_port = 443;
  // Where the first segment has the random of its hello, 32 bytes: each session has its own.
  size_t random_at = kNowhere;
  // Where the serial number of the server's own certificate lies, 8 bytes of it: segment and
  // offset. A session that shows a certificate nobody has seen has another number there.
  size_t serial_segment = kNowhere;
  size_t serial_at = kNowhere;
};

// Sessions of these capture files that begin with a ClientHello over TLS records and of which no
// byte is missing; others are left out. Throws std::runtime_error where a file cannot be read or
// there is no such session at all.
[[nodiscard]] std::vector<Script> read_scripts(const std::vector<std::string>& files);

}  // namespace workload
