// SPDX-License-Identifier: Apache-2.0
// Room for packets that came in several pieces.
#pragma once

#include "flowtable/base/check.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace dataplane {

// Packets put together stay here until the burst that they belong to is over. One per use and poll
// core; allocates in the constructor only, and touches no memory that is not needed.
class LinearBuffer {
 public:
  // More than the longest packet that pieces can make: a device's mbufs or IP's fragments may have
  // 64 KiB and a few headers.
  static constexpr size_t kPacketBytesMax = 68 * 1024;

  explicit LinearBuffer(size_t packets = 4)
      : bytes_max_(packets * kPacketBytesMax),
        bytes_(std::make_unique_for_overwrite<uint8_t[]>(bytes_max_)) {}

  void clear() noexcept { used_ = 0; }
  // True where so many more packets have room, whatever their length.
  [[nodiscard]] bool has_room(size_t packets = 1) const noexcept {
    return bytes_max_ - used_ >= packets * kPacketBytesMax;
  }

  // Where the next packet may be written. has_room() said so.
  [[nodiscard]] std::span<uint8_t> room() noexcept {
    CHECK(has_room());
    return {bytes_.get() + used_, kPacketBytesMax};
  }
  // So many bytes of that room are a packet, and stay until clear().
  void keep(size_t bytes) noexcept { used_ += bytes; }

 private:
  size_t bytes_max_;
  std::unique_ptr<uint8_t[]> bytes_;
  size_t used_ = 0;
};

}  // namespace dataplane
