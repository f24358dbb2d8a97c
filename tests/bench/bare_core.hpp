// SPDX-License-Identifier: Apache-2.0
// The least that a core can do with packets: the floor of what a poll core costs on the same port.
#pragma once

#include <atomic>
#include <cstdint>

namespace bench {

// Takes bursts, reads the line of each packet's headers, frees them. Counts as a poll core does:
// cycles of loops that found packets.
class BareCore {
 public:
  // On poll core 0's CPU, until the destructor.
  explicit BareCore(uint16_t port);
  ~BareCore();
  BareCore(const BareCore&) = delete;
  BareCore& operator=(const BareCore&) = delete;

  [[nodiscard]] uint64_t packets() const noexcept { return packets_.load(); }
  [[nodiscard]] uint64_t cycles() const noexcept { return cycles_.load(); }

 private:
  static int run(void* self);
  void poll() noexcept;

  uint16_t port_;
  std::atomic<bool> stop_{false};
  std::atomic<uint64_t> packets_{0};  // written by the core alone
  std::atomic<uint64_t> cycles_{0};
};

}  // namespace bench
