// SPDX-License-Identifier: Apache-2.0
// Numbers that nobody foretells, without a system call.
#pragma once

#include "dataplane/scan/siphash.hpp"

#include <array>
#include <cstdint>
#include <random>
#include <span>

namespace dataplane {

// SipHash of a counter under a key that the system's random source gave when it was made. One core.
class ScanRandom {
 public:
  ScanRandom() {
    std::random_device device;
    key_ = {uint64_t{device()} << 32 | device(), uint64_t{device()} << 32 | device()};
  }

  [[nodiscard]] const SipKey& key() const noexcept { return key_; }
  [[nodiscard]] uint64_t next() noexcept {
    const std::array<uint64_t, 1> word = {counter_++};
    return siphash(key_, word);
  }
  void fill(std::span<uint8_t> out) noexcept {
    for (size_t at = 0; at < out.size(); at += 8) {
      uint64_t bits = next();
      for (size_t i = at; i < out.size() && i < at + 8; ++i, bits >>= 8)
        out[i] = static_cast<uint8_t>(bits);
    }
  }

 private:
  SipKey key_;
  uint64_t counter_ = 0;
};

}  // namespace dataplane
