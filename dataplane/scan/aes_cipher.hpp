// SPDX-License-Identifier: Apache-2.0
// AES-128 of one block at a time by the CPU's own instructions (FIPS 197; Intel, "Advanced
// Encryption Standard New Instructions Set", 2010): eleven steps that overlap with whatever a core
// does beside, where a hash made of words takes eighty.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace dataplane {

// Sixteen bytes as they lie in memory.
struct AesBlock {
  uint64_t low = 0;
  uint64_t high = 0;
  friend bool operator==(const AesBlock&, const AesBlock&) = default;
};

class AesCipher {
 public:
  // False on a CPU without the instructions: then nothing here may be called.
  [[nodiscard]] static bool is_there() noexcept;
  explicit AesCipher(const AesBlock& key) noexcept;
  [[nodiscard]] AesBlock encrypt(uint64_t low, uint64_t high) const noexcept;

 private:
  static constexpr size_t kRounds = 10;
  alignas(16) std::array<AesBlock, kRounds + 1> keys_;
};

}  // namespace dataplane
