// SPDX-License-Identifier: Apache-2.0
#include "tls/digest/keyed_hash.hpp"

#include <bit>
#include <cstring>
#include <random>

namespace tls {
namespace {

using flowtable::Bytes;

__extension__ using Wide = unsigned __int128;

// Odd, with as many ones as zeros, and without a pattern: digits of the square roots of 2, 3, 5, 7.
constexpr uint64_t kFirst = 0x6a09e667f3bcc909;
constexpr uint64_t kSecond = 0xbb67ae8584caa73b;
constexpr uint64_t kThird = 0x3c6ef372fe94f82b;
constexpr uint64_t kFourth = 0xa54ff53a5f1d36f1;

// Both halves of the product: each bit of the factors reaches the middle of it.
uint64_t fold(uint64_t a, uint64_t b) noexcept {
  const Wide product = Wide{a} * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

uint64_t load(const uint8_t* at) noexcept {
  uint64_t out;
  std::memcpy(&out, at, sizeof out);
  return out;
}

// Up to 16 bytes, filled up with zeros; the length is hashed too.
uint64_t fold_rest(Bytes rest, uint64_t state) noexcept {
  uint8_t filled[16] = {};
  if (!rest.empty()) std::memcpy(filled, rest.data(), rest.size());
  return fold(load(filled) ^ kThird, load(filled + 8) ^ state);
}

}  // namespace

uint64_t keyed_hash(Bytes bytes, uint64_t seed) noexcept {
  // Two chains, because a multiplication takes longer than the next one has to wait.
  uint64_t a = seed ^ kFirst;
  uint64_t b = std::rotl(seed, 32) ^ kSecond;
  const size_t size = bytes.size();
  while (bytes.size() > 32) {
    a = fold(load(bytes.data()) ^ kFirst, load(bytes.data() + 8) ^ a);
    b = fold(load(bytes.data() + 16) ^ kSecond, load(bytes.data() + 24) ^ b);
    bytes = bytes.subspan(32);
  }
  if (bytes.size() > 16) {
    a = fold(load(bytes.data()) ^ kFirst, load(bytes.data() + 8) ^ a);
    bytes = bytes.subspan(16);
  }
  b = fold_rest(bytes, b);
  return fold(a ^ size ^ kFourth, b ^ kThird);
}

uint64_t process_seed() {
  static const uint64_t seed = [] {
    std::random_device device;
    return uint64_t{device()} << 32 | device();
  }();
  return seed;
}

}  // namespace tls
