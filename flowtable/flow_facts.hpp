// SPDX-License-Identifier: Apache-2.0
// Facts of a flow that share a word, by value: what to write there, and what stands there.
#pragma once

#include "flowtable/flow_key.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace flowtable {

// How long a silent flow may stay, and who goes first when the table is full.
enum class FlowClass : uint8_t {
  embryonic,    // a SYN and nothing more: first to be evicted
  handshaking,  // may still show a TLS handshake, or is showing it
  established,  // nothing more is expected of it: counted only
  closing,      // FIN or RST seen
  count_
};

// What the packet path still wants of a flow.
enum class FlowStage : uint8_t {
  probing,    // no TLS seen yet; looks at the next few payloads
  capturing,  // has a HandshakeCapture
  finished,   // handed off, or given up: only counted from now on
};

// Of one direction of a flow: bytes on the wire, all TCP flags seen, and the payloads that the
// probe may still look at.
class FlowCount {
 public:
  // 256 TiB; a direction that sends more keeps this.
  static constexpr uint64_t kBytesMax = (uint64_t{1} << 48) - 1;

  explicit constexpr FlowCount(uint64_t word) noexcept : word_(word) {}
  [[nodiscard]] constexpr uint64_t word() const noexcept { return word_; }

  [[nodiscard]] constexpr uint64_t bytes() const noexcept { return word_ & kBytesMax; }
  [[nodiscard]] constexpr uint8_t tcp_flags() const noexcept {
    return static_cast<uint8_t>(word_ >> kTcpFlagsAt);
  }
  [[nodiscard]] constexpr uint8_t probes_left() const noexcept {
    return static_cast<uint8_t>(word_ >> kProbesAt);
  }

  // With one more packet.
  [[nodiscard]] constexpr FlowCount plus(uint32_t wire_bytes, uint8_t tcp_flags) const noexcept {
    const uint64_t bytes_then = std::min(bytes() + wire_bytes, kBytesMax);
    return FlowCount((word_ & ~kBytesMax) | uint64_t{tcp_flags} << kTcpFlagsAt | bytes_then);
  }
  [[nodiscard]] constexpr FlowCount with_probes(uint8_t probes) const noexcept {
    constexpr uint64_t kBelow = (uint64_t{1} << kProbesAt) - 1;
    return FlowCount((word_ & kBelow) | uint64_t{probes} << kProbesAt);
  }

 private:
  static constexpr unsigned kTcpFlagsAt = 48;
  static constexpr unsigned kProbesAt = 56;

  uint64_t word_;
};

// Stage, class and originator of a flow.
class FlowStanding {
 public:
  explicit constexpr FlowStanding(unsigned word) noexcept : word_(static_cast<uint8_t>(word)) {}
  [[nodiscard]] constexpr uint8_t word() const noexcept { return word_; }

  [[nodiscard]] constexpr FlowStage stage() const noexcept { return FlowStage(word_ & kStage); }
  [[nodiscard]] constexpr FlowClass flow_class() const noexcept {
    return FlowClass((word_ & kClass) >> 2);
  }
  [[nodiscard]] constexpr Side originator() const noexcept { return Side((word_ & kSide) >> 4); }

  [[nodiscard]] constexpr FlowStanding with(FlowStage stage) const noexcept {
    return FlowStanding((word_ & ~kStage) | static_cast<unsigned>(stage));
  }
  [[nodiscard]] constexpr FlowStanding with(FlowClass flow_class) const noexcept {
    return FlowStanding((word_ & ~kClass) | static_cast<unsigned>(flow_class) << 2);
  }
  [[nodiscard]] constexpr FlowStanding with(Side originator) const noexcept {
    return FlowStanding((word_ & ~kSide) | static_cast<unsigned>(originator) << 4);
  }

 private:
  static constexpr unsigned kStage = 0b11, kClass = 0b1100, kSide = 0b10000;
  static_assert(static_cast<size_t>(FlowClass::count_) <= 4);

  uint8_t word_;
};

}  // namespace flowtable
