// SPDX-License-Identifier: Apache-2.0
// How an answer is known to be one of ours without a memory of what was asked.
#pragma once

#include "dataplane/scan/siphash.hpp"
#include "flowtable/flow_key.hpp"

#include <cstdint>

namespace dataplane {

// The source ports of one poll core: answers name the core that asked.
struct PortRange {
  uint16_t first = 0;
  uint16_t count = 0;  // > 0
  [[nodiscard]] bool contains(uint16_t port) const noexcept {
    return static_cast<uint16_t>(port - first) < count;
  }
};

// Source port and first sequence number of a probe follow from whom it asks, by a key that is made
// anew for each scan and has nothing to do with the seed of the order, which people are told. So an
// answer that acknowledges the right number to the right port came from somebody who got the probe:
// 32 bits and those of the port stand against guessing.
class ScanCookie {
 public:
  ScanCookie(const SipKey& key, const PortRange& ports) noexcept : key_(key), ports_(ports) {}

  struct Values {
    uint16_t source_port = 0;
    uint32_t sequence = 0;
  };
  // `attempt` sets retries apart, so that they take another way where paths are chosen by port.
  [[nodiscard]] Values of(const flowtable::IpAddress& source, const flowtable::Endpoint& target,
                          uint8_t attempt) const noexcept;

  // Which attempt was answered by a segment to `ours` that acknowledges `acknowledged`, of at most
  // `attempts`; kForged where none of them was.
  static constexpr uint8_t kForged = 0xff;
  [[nodiscard]] uint8_t answered(const flowtable::Endpoint& ours, const flowtable::Endpoint& target,
                                 uint32_t acknowledged, uint8_t attempts) const noexcept;

 private:
  SipKey key_;
  PortRange ports_;
};

}  // namespace dataplane
