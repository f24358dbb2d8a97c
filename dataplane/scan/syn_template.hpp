// SPDX-License-Identifier: Apache-2.0
// The SYN of a probe, ready but for whom it asks.
#pragma once

#include "dataplane/scan/segment_writer.hpp"

#include <algorithm>
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
    const flowtable::Endpoint& target;  // of the same family
    uint16_t source_port = 0;
    uint32_t sequence = 0;
    uint32_t timestamp = 0;
  };
  // Returns the frame's length, and 0 where `frame` is too short. What is behind it may be written
  // to.
  [[nodiscard]] size_t write(const MacAddress& next_hop, const Probe& probe,
                             std::span<uint8_t> frame) const noexcept {
    if (frame.size() < kCopied) return write_short(next_hop, probe, frame);
    copy<0, kCopiedShort>(frame.data());
    if (size_ > kCopiedShort) copy<kCopiedShort, kCopied - kCopiedShort>(frame.data());
    put(next_hop, probe, frame.data());
    return size_;
  }

 private:
  // Longer than any frame, for it is copied by as many bytes as the compiler knows.
  static constexpr size_t kCopiedShort = 80;
  static constexpr size_t kCopied = 128;
  static constexpr size_t kTimestampAt = 20 + 8;  // of TCP's header: syn_options()
  static_assert(kCopied >= kSegmentHeadersMax);

  // As one object: an algorithm calls a function that finds out the length.
  template <size_t From, size_t Size>
  void copy(uint8_t* frame) const noexcept {
    using Part = std::array<uint8_t, Size>;
    *reinterpret_cast<Part*>(frame + From) = *reinterpret_cast<const Part*>(bytes_.data() + From);
  }
  [[nodiscard]] size_t write_short(const MacAddress& next_hop, const Probe& probe,
                                   std::span<uint8_t> frame) const noexcept;
  void put(const MacAddress& next_hop, const Probe& probe, uint8_t* frame) const noexcept {
    std::ranges::copy(next_hop, frame);
    uint8_t* const ip = frame + ip_at_;
    const uint8_t* const address = probe.target.address.bytes.data();
    uint64_t sum = flowtable::load_be32(address + 12);
    if (tcp_at_ - ip_at_ == 20) {
      std::copy_n(address + 12, 4, ip + 16);
      flowtable::store_be16(ip + 10, folded(ip_sum_ + sum));
    } else {
      std::copy_n(address, 16, ip + 24);
      sum += uint64_t{flowtable::load_be32(address)} + flowtable::load_be32(address + 4) +
             flowtable::load_be32(address + 8);
    }
    uint8_t* const tcp = frame + tcp_at_;
    flowtable::store_be16(tcp, probe.source_port);
    flowtable::store_be16(tcp + 2, probe.target.port);
    flowtable::store_be32(tcp + 4, probe.sequence);
    flowtable::store_be32(tcp + kTimestampAt, probe.timestamp);
    sum += uint64_t{probe.source_port} + probe.target.port + probe.sequence + probe.timestamp;
    flowtable::store_be16(tcp + 16, folded(tcp_sum_ + sum));
  }
  [[nodiscard]] static uint16_t folded(uint64_t sum) noexcept {
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<uint16_t>(~sum);
  }

  std::array<uint8_t, kCopied> bytes_{};
  uint64_t ip_sum_ = 0;  // of the frame without what changes; a probe adds that
  uint64_t tcp_sum_ = 0;
  size_t size_ = 0;
  size_t ip_at_ = 0;
  size_t tcp_at_ = 0;
};

}  // namespace dataplane
