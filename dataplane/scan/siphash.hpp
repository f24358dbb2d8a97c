// SPDX-License-Identifier: Apache-2.0
// SipHash-2-4: a short message and a secret key make 64 bits that nobody without the key foretells
// (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012).
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <span>

namespace dataplane {

struct SipKey {
  uint64_t k0 = 0;
  uint64_t k1 = 0;
};

// Of words that stand for their little-endian bytes, so the message is 8 * words.size() bytes long.
[[nodiscard]] constexpr uint64_t siphash(const SipKey& key,
                                         std::span<const uint64_t> words) noexcept {
  std::array<uint64_t, 4> v = {key.k0 ^ 0x736f6d6570736575, key.k1 ^ 0x646f72616e646f6d,
                               key.k0 ^ 0x6c7967656e657261, key.k1 ^ 0x7465646279746573};
  const auto round = [&v] {
    v[0] += v[1];
    v[2] += v[3];
    v[1] = std::rotl(v[1], 13) ^ v[0];
    v[3] = std::rotl(v[3], 16) ^ v[2];
    v[0] = std::rotl(v[0], 32);
    v[2] += v[1];
    v[0] += v[3];
    v[1] = std::rotl(v[1], 17) ^ v[2];
    v[3] = std::rotl(v[3], 21) ^ v[0];
    v[2] = std::rotl(v[2], 32);
  };
  const auto take = [&](uint64_t word) {
    v[3] ^= word;
    round();
    round();
    v[0] ^= word;
  };
  for (const uint64_t word : words)
    take(word);
  take(static_cast<uint64_t>(words.size() * 8) << 56);
  v[2] ^= 0xff;
  for (int i = 0; i < 4; ++i)
    round();
  return v[0] ^ v[1] ^ v[2] ^ v[3];
}

}  // namespace dataplane
