// SPDX-License-Identifier: Apache-2.0
// The SYN of a probe, ready but for whom it asks.
#pragma once

#include "dataplane/scan/segment_writer.hpp"

#include <array>
#include <cstdint>
#include <span>

namespace dataplane {

// A frame like write_segment()'s, of which only the next hop, the target, the ports, the sequence
// number and the time stamp change. The checksums are those of the frame without these, with these
// added (RFC 1624). One family.
class SynTemplate {
 public:
  // As options of the SYN: syn_options(). `link.next_hop` is of no account.
  SynTemplate(const LinkHeader& link, const flowtable::IpAddress& ours, uint16_t mss) noexcept;

  struct Probe {
    flowtable::Endpoint target;  // of the same family
    uint16_t source_port = 0;
    uint32_t sequence = 0;
    uint32_t timestamp = 0;
  };
  // Returns the frame's length, and 0 where `frame` is too short.
  [[nodiscard]] size_t write(const MacAddress& next_hop, const Probe& probe,
                             std::span<uint8_t> frame) const noexcept;

 private:
  std::array<uint8_t, kSegmentHeadersMax> bytes_{};
  size_t size_ = 0;
  size_t ip_at_ = 0;
  size_t tcp_at_ = 0;
};

}  // namespace dataplane
