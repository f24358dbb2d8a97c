// SPDX-License-Identifier: Apache-2.0
// Frames of our own on their way out.
#pragma once

#include "dataplane/poll_counters.hpp"
#include "dataplane/scan/frame_sink.hpp"

#include <array>
#include <cstdint>
#include <span>

struct rte_mbuf;
struct rte_mempool;

namespace dataplane {

// Gathers frames and gives them to one queue of one port. What the device does not take at once
// stays and goes first next time; while a whole burst waits there is no room. One core.
class TxBurst final : public FrameSink {
 public:
  static constexpr uint16_t kFramesMax = 64;

  struct Place {
    uint16_t port = 0;
    uint16_t queue = 0;
    rte_mempool* pool = nullptr;  // borrowed
  };
  TxBurst(const Place& place, PollCounters& counters) noexcept;
  ~TxBurst() override;
  TxBurst(const TxBurst&) = delete;
  TxBurst& operator=(const TxBurst&) = delete;

  [[nodiscard]] std::span<uint8_t> room() noexcept override;
  void send(size_t length) noexcept override;
  // At the end of every loop.
  void flush() noexcept;

 private:
  [[nodiscard]] bool take_fresh() noexcept;

  const Place place_;
  PollCounters& counters_;
  std::array<rte_mbuf*, kFramesMax> frames_{};
  uint16_t count_ = 0;
  uint64_t bytes_ = 0;  // of frames_
  // Taken from the pool together; the last one's room is given out.
  std::array<rte_mbuf*, kFramesMax> fresh_{};
  uint16_t num_fresh_ = 0;
};

}  // namespace dataplane
