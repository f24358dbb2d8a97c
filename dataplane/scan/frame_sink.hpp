// SPDX-License-Identifier: Apache-2.0
// Where frames go.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace dataplane {

// One core. `room` is empty while the transmit ring is full, and stays the same until the next
// send().
class FrameSink {
 public:
  virtual ~FrameSink() = default;
  [[nodiscard]] virtual std::span<uint8_t> room() noexcept = 0;
  virtual void send(size_t length) noexcept = 0;  // what was written into the room
};

}  // namespace dataplane
