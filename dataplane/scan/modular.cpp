// SPDX-License-Identifier: Apache-2.0
#include "dataplane/scan/modular.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <numeric>

namespace dataplane {
namespace {

constexpr std::array<uint64_t, 12> kWitnesses = {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37};

uint64_t distance(uint64_t a, uint64_t b) noexcept {
  return a > b ? a - b : b - a;
}

// One try of Pollard's rho with x -> x^2 + shift: a divisor of `number` (odd, composite), or
// `number` itself where this shift finds none.
uint64_t rho(uint64_t number, uint64_t shift) noexcept {
  constexpr uint64_t kBatch = 128;
  const auto next = [&](uint64_t x) {
    const uint64_t square = multiply_mod(x, x, number);
    return square >= number - shift ? square - (number - shift) : square + shift;
  };
  uint64_t tortoise = 2, hare = 2, batch_begin = 2, divisor = 1;
  for (uint64_t stride = 1; divisor == 1; stride *= 2) {
    tortoise = hare;
    for (uint64_t i = 0; i < stride; ++i)
      hare = next(hare);
    for (uint64_t done = 0; done < stride && divisor == 1; done += kBatch) {
      batch_begin = hare;
      uint64_t product = 1;
      for (uint64_t i = 0; i < std::min(kBatch, stride - done); ++i) {
        hare = next(hare);
        product = multiply_mod(product, distance(tortoise, hare), number);
      }
      divisor = std::gcd(product, number);
    }
  }
  if (divisor != number) return divisor;
  // Several divisors met in one batch: step by step through it again.
  for (divisor = 1; divisor == 1;) {
    batch_begin = next(batch_begin);
    divisor = std::gcd(distance(tortoise, batch_begin), number);
  }
  return divisor;
}

void collect_divisors(uint64_t number, std::vector<uint64_t>& out) {
  if (number == 1) return;
  if (is_prime(number)) return out.push_back(number);
  uint64_t divisor = number;
  for (uint64_t shift = 1; divisor == number; ++shift)
    divisor = rho(number, shift);
  collect_divisors(divisor, out);
  collect_divisors(number / divisor, out);
}

}  // namespace

uint64_t power_mod(uint64_t base, uint64_t exponent, uint64_t modulus) noexcept {
  uint64_t result = 1 % modulus;
  for (base %= modulus; exponent != 0; exponent >>= 1) {
    if ((exponent & 1) != 0) result = multiply_mod(result, base, modulus);
    base = multiply_mod(base, base, modulus);
  }
  return result;
}

bool is_prime(uint64_t number) noexcept {
  if (number < 2) return false;
  for (const uint64_t prime : kWitnesses)
    if (number % prime == 0) return number == prime;
  const int twos = std::countr_zero(number - 1);
  const auto is_witness = [&](uint64_t base) {
    uint64_t x = power_mod(base, (number - 1) >> twos, number);
    if (x == 1 || x == number - 1) return false;
    for (int i = 1; i < twos; ++i) {
      x = multiply_mod(x, x, number);
      if (x == number - 1) return false;
    }
    return true;
  };
  return std::ranges::none_of(kWitnesses, is_witness);
}

std::vector<uint64_t> prime_divisors(uint64_t number) {
  std::vector<uint64_t> out;
  for (uint64_t trial = 2; trial < 1000 && trial * trial <= number; trial += trial == 2 ? 1 : 2) {
    if (number % trial != 0) continue;
    out.push_back(trial);
    while (number % trial == 0)
      number /= trial;
  }
  collect_divisors(number, out);
  std::ranges::sort(out);
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

ModularFactor::ModularFactor(uint64_t factor, uint64_t modulus) noexcept
    : modulus_(modulus),
      inverse_(modulus),
      scaled_(static_cast<uint64_t>((Uint128{factor % modulus} << 64) % modulus)) {
  // Newton: an odd number is its own inverse modulo 8; each step doubles the bits that hold.
  for (int bits = 3; bits < 64; bits *= 2)
    inverse_ *= 2 - modulus * inverse_;
  inverse_ = 0 - inverse_;
}

}  // namespace dataplane
