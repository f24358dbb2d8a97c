// SPDX-License-Identifier: Apache-2.0
#include "control/storage/sha256.hpp"

#include <algorithm>
#include <bit>

namespace control {
namespace {

using State = std::array<uint32_t, 8>;
constexpr size_t kBlockBytes = 64;

// FIPS 180-4 section 4.2.2: the first 32 bits of the fractional parts of the cube roots of the
// first 64 primes.
constexpr std::array<uint32_t, 64> kRound = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

// FIPS 180-4 section 6.2.2.
void compress(State& state, flowtable::Bytes block) {
  std::array<uint32_t, 64> w{};
  for (size_t t = 0; t < 16; ++t)
    w[t] = flowtable::load_be32(block.data() + 4 * t);
  for (size_t t = 16; t < 64; ++t) {
    const uint32_t s0 = std::rotr(w[t - 15], 7) ^ std::rotr(w[t - 15], 18) ^ (w[t - 15] >> 3);
    const uint32_t s1 = std::rotr(w[t - 2], 17) ^ std::rotr(w[t - 2], 19) ^ (w[t - 2] >> 10);
    w[t] = w[t - 16] + s0 + w[t - 7] + s1;
  }
  auto [a, b, c, d, e, f, g, h] = state;
  for (size_t t = 0; t < 64; ++t) {
    const uint32_t sum1 = std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25);
    const uint32_t t1 = h + sum1 + ((e & f) ^ (~e & g)) + kRound[t] + w[t];
    const uint32_t sum0 = std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22);
    const uint32_t t2 = sum0 + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = d + t1;
    d = c;
    c = b;
    b = a;
    a = t1 + t2;
  }
  const State worked = {a, b, c, d, e, f, g, h};
  for (size_t i = 0; i < state.size(); ++i)
    state[i] += worked[i];
}

}  // namespace

std::array<uint8_t, 32> sha256_of(flowtable::Bytes message) {
  // FIPS 180-4 section 5.3.3: from the square roots of the first eight primes.
  State state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  const uint64_t length_bits = uint64_t{message.size()} * 8;
  while (message.size() >= kBlockBytes) {
    compress(state, message.first(kBlockBytes));
    message = message.subspan(kBlockBytes);
  }
  // FIPS 180-4 section 5.1.1: a one bit, zeros, and the length in 64 bits at the end of a block.
  std::array<uint8_t, 2 * kBlockBytes> tail{};
  std::ranges::copy(message, tail.begin());
  tail[message.size()] = 0x80;
  const size_t tail_bytes = message.size() + 9 <= kBlockBytes ? kBlockBytes : 2 * kBlockBytes;
  flowtable::store_be64(tail.data() + tail_bytes - 8, length_bits);
  for (size_t begin = 0; begin < tail_bytes; begin += kBlockBytes)
    compress(state, flowtable::Bytes(tail).subspan(begin, kBlockBytes));

  std::array<uint8_t, 32> digest{};
  for (size_t i = 0; i < state.size(); ++i)
    flowtable::store_be32(digest.data() + 4 * i, state[i]);
  return digest;
}

}  // namespace control
