// SPDX-License-Identifier: Apache-2.0
#include "dataplane/scan/aes_cipher.hpp"

#ifdef __x86_64__

#include <wmmintrin.h>

#include <bit>

namespace dataplane {
namespace {

// FIPS 197 section 5.2: each word of a round's key is the one before it and the one above it.
template <int kConstant>
[[gnu::target("aes,sse2")]] AesBlock next_key(const AesBlock& last) noexcept {
  auto key = std::bit_cast<__m128i>(last);
  const __m128i turned =
      _mm_shuffle_epi32(_mm_aeskeygenassist_si128(key, kConstant), _MM_SHUFFLE(3, 3, 3, 3));
  key = _mm_xor_si128(key, _mm_slli_si128(key, 4));
  key = _mm_xor_si128(key, _mm_slli_si128(key, 8));
  return std::bit_cast<AesBlock>(_mm_xor_si128(key, turned));
}

}  // namespace

bool AesCipher::is_there() noexcept {
  return __builtin_cpu_supports("aes") != 0;
}

AesCipher::AesCipher(const AesBlock& key) noexcept {
  keys_[0] = key;
  keys_[1] = next_key<0x01>(keys_[0]);
  keys_[2] = next_key<0x02>(keys_[1]);
  keys_[3] = next_key<0x04>(keys_[2]);
  keys_[4] = next_key<0x08>(keys_[3]);
  keys_[5] = next_key<0x10>(keys_[4]);
  keys_[6] = next_key<0x20>(keys_[5]);
  keys_[7] = next_key<0x40>(keys_[6]);
  keys_[8] = next_key<0x80>(keys_[7]);
  keys_[9] = next_key<0x1b>(keys_[8]);
  keys_[10] = next_key<0x36>(keys_[9]);
}

// Compiled for these instructions, whatever the rest is compiled for; who calls asked is_there().
// The compiler puts a struct's halves together in memory, and a load of sixteen bytes waits for the
// stores of two times eight: as two numbers they stay in registers.
[[gnu::target("aes,sse2")]] AesBlock AesCipher::encrypt(uint64_t low,
                                                        uint64_t high) const noexcept {
  const __m128i block = _mm_unpacklo_epi64(_mm_cvtsi64_si128(static_cast<int64_t>(low)),
                                           _mm_cvtsi64_si128(static_cast<int64_t>(high)));
  __m128i state = _mm_xor_si128(block, std::bit_cast<__m128i>(keys_[0]));
#pragma GCC unroll 10
  for (size_t round = 1; round < kRounds; ++round)
    state = _mm_aesenc_si128(state, std::bit_cast<__m128i>(keys_[round]));
  state = _mm_aesenclast_si128(state, std::bit_cast<__m128i>(keys_[kRounds]));
  return {static_cast<uint64_t>(_mm_cvtsi128_si64(state)),
          static_cast<uint64_t>(_mm_cvtsi128_si64(_mm_unpackhi_epi64(state, state)))};
}

}  // namespace dataplane

#else

namespace dataplane {

bool AesCipher::is_there() noexcept {
  return false;
}
AesCipher::AesCipher(const AesBlock&) noexcept : keys_{} {}
AesBlock AesCipher::encrypt(uint64_t, uint64_t) const noexcept {
  return {};
}

}  // namespace dataplane

#endif
