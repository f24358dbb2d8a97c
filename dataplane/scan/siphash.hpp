// SPDX-License-Identifier: Apache-2.0
// SipHash-2-4: a short message and a secret key make 64 bits that nobody without the key foretells
// (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012).
#pragma once

#include <bit>
#include <cstdint>
#include <span>

namespace dataplane {

struct SipKey {
  uint64_t k0 = 0;
  uint64_t k1 = 0;
};

// A message that is taken in pieces, so that who begins many alike begins once.
class SipHasher {
 public:
  explicit constexpr SipHasher(const SipKey& key) noexcept
      : v0_(key.k0 ^ 0x736f6d6570736575),
        v1_(key.k1 ^ 0x646f72616e646f6d),
        v2_(key.k0 ^ 0x6c7967656e657261),
        v3_(key.k1 ^ 0x7465646279746573) {}

  // Eight bytes, the first one lowest.
  constexpr SipHasher& take(uint64_t word) noexcept {
    v3_ ^= word;
    round();
    round();
    v0_ ^= word;
    return *this;
  }
  // The rest, below eight bytes, and the length of all.
  [[nodiscard]] constexpr uint64_t finish(uint64_t rest, uint64_t length) noexcept {
    take(rest | length << 56);
    v2_ ^= 0xff;
    for (int i = 0; i < 4; ++i)
      round();
    return v0_ ^ v1_ ^ v2_ ^ v3_;
  }

 private:
  constexpr void round() noexcept {
    v0_ += v1_;
    v2_ += v3_;
    v1_ = std::rotl(v1_, 13) ^ v0_;
    v3_ = std::rotl(v3_, 16) ^ v2_;
    v0_ = std::rotl(v0_, 32);
    v2_ += v1_;
    v0_ += v3_;
    v1_ = std::rotl(v1_, 17) ^ v2_;
    v3_ = std::rotl(v3_, 21) ^ v0_;
    v2_ = std::rotl(v2_, 32);
  }

  uint64_t v0_, v1_, v2_, v3_;
};

// Of words that stand for their little-endian bytes, so the message is 8 * words.size() bytes long.
[[nodiscard]] constexpr uint64_t siphash(const SipKey& key,
                                         std::span<const uint64_t> words) noexcept {
  SipHasher hasher(key);
  for (const uint64_t word : words)
    hasher.take(word);
  return hasher.finish(0, words.size() * 8);
}

}  // namespace dataplane
