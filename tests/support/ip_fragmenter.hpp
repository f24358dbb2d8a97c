// SPDX-License-Identifier: Apache-2.0
// Cuts IP packets into fragments, by RFC 791 section 3.2 and RFC 8200 section 4.5.
#pragma once

#include "tests/support/tls_bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tests {

// Of a raw IP packet.
[[nodiscard]] bool is_v4(const ByteString& packet);

// One fragment by hand: bytes [begin, end) of what the packet carries behind its first IP header,
// which has 20 bytes (IPv4) or 40 (IPv6). `packet` starts with that header.
struct FragmentCut {
  size_t begin = 0;
  size_t end = 0;
  bool more_follow = false;
  uint32_t id = 1;
};
[[nodiscard]] ByteString fragment_of(const ByteString& packet, const FragmentCut& cut);

// All of a raw IP packet, each with `bytes` of payload (a multiple of 8) but for the last.
[[nodiscard]] std::vector<ByteString> fragments_of(const ByteString& packet, size_t bytes,
                                                   uint32_t id = 1);
// The same for a frame with an Ethernet header of 14 bytes, which each of them gets.
[[nodiscard]] std::vector<ByteString> frames_of_fragments(const ByteString& frame, size_t bytes,
                                                          uint32_t id = 1);

// An IPv4 or IPv6 header as that of `packet` in front of other bytes, lengths right.
[[nodiscard]] ByteString with_payload(const ByteString& packet, uint8_t protocol,
                                      const ByteString& payload);

}  // namespace tests
