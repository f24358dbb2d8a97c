// SPDX-License-Identifier: Apache-2.0
// A poll core's end of the way to the workers.
#pragma once

#include "dataplane/path_counters.hpp"
#include "flowtable/capture_exchange.hpp"
#include "flowtable/capture_pool.hpp"

#include <cstddef>
#include <cstdint>

namespace dataplane {

// The pool that captures come from and the rings they travel by, as one object: who holds it can
// only take, hand off or give back. Neither waits: an empty pool and a full ring are counted drops.
// The owner core alone calls it; pool and exchange outlive it.
class HandoffRing {
 public:
  HandoffRing(flowtable::CapturePool& pool, flowtable::CaptureExchange& exchange,
              CoreCounters& counters) noexcept
      : pool_(pool), exchange_(exchange), counters_(counters) {}

  // A cleared capture; null (and counted) where all are in use or with the workers.
  [[nodiscard]] flowtable::HandshakeCapture* acquire() noexcept;
  // Gives a capture to the workers: the caller must not touch it again. Where the ring is full it
  // goes back to the pool instead, counted as handoff_full.
  void hand_off(flowtable::HandshakeCapture& capture, flowtable::CaptureEnd end) noexcept;
  void release(flowtable::HandshakeCapture& capture) noexcept {
    --num_held_;
    pool_.release(capture);
  }
  // Takes back what the workers are done with: once per burst. Returns how many came home.
  size_t recycle() noexcept;

  // Captures that flows have: neither free nor with the workers. Unlike the number of free ones it
  // does not depend on how fast these are.
  [[nodiscard]] uint32_t num_held() const noexcept { return num_held_; }

  // All that recycle() ever took back, whoever called it.
  [[nodiscard]] uint64_t num_recycled() const noexcept { return num_recycled_; }

  [[nodiscard]] flowtable::CapturePool& pool() noexcept { return pool_; }

 private:
  flowtable::CapturePool& pool_;
  flowtable::CaptureExchange& exchange_;
  CoreCounters& counters_;
  uint64_t num_recycled_ = 0;
  uint32_t num_held_ = 0;
};

}  // namespace dataplane
