// SPDX-License-Identifier: Apache-2.0
// What the decoder says of one IP fragment.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "flowtable/base/tick.hpp"
#include "flowtable/flow_key.hpp"

#include <cstdint>

namespace dataplane {

// Borrowed from the packet's buffer: valid inside one burst only.
struct FragmentView {
  enum class Version : uint8_t { v4 = 4, v6 = 6 };

  // Which datagram it belongs to: source (words 0 and 1), destination (2 and 3), and a word of the
  // version, the identification and, of IPv4, the protocol. RFC 791 section 3.2 counts the protocol
  // in, RFC 8200 section 4.5 does not: there fragments of one datagram may differ in it.
  flowtable::FlowKey key;
  uint64_t hash = 0;  // hash_flow_key(key, the run's seed)
  flowtable::Tick tick{};
  flowtable::Bytes payload;
  uint32_t offset = 0;      // of the payload in the datagram, in bytes
  uint32_t wire_bytes = 0;  // length of the frame on the wire
  Version version = Version::v4;
  bool more_follow = false;
  uint8_t protocol = 0;  // what the datagram carries; of IPv6 the first fragment's counts
  uint8_t ttl = 0;       // IPv4 TTL or IPv6 hop limit

  [[nodiscard]] uint32_t end() const noexcept {
    return offset + static_cast<uint32_t>(payload.size());
  }
};

}  // namespace dataplane
