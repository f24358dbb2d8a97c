// SPDX-License-Identifier: Apache-2.0
// Arithmetic modulo a number below 2^64.
#pragma once

#include "dataplane/scan/uint128.hpp"

#include <cstdint>
#include <vector>

namespace dataplane {

[[nodiscard]] constexpr uint64_t multiply_mod(uint64_t a, uint64_t b, uint64_t modulus) noexcept {
  return static_cast<uint64_t>(Uint128{a} * b % modulus);
}

[[nodiscard]] uint64_t power_mod(uint64_t base, uint64_t exponent, uint64_t modulus) noexcept;

// Certain, not probable, for every 64-bit number (Miller-Rabin with the first twelve primes:
// Sorenson and Webster, "Strong pseudoprimes to twelve prime bases", 2015).
[[nodiscard]] bool is_prime(uint64_t number) noexcept;

// The different primes that divide `number` (> 0), ascending: by trial, then by Pollard's rho in
// Brent's form. Milliseconds for the worst 64-bit number.
[[nodiscard]] std::vector<uint64_t> prime_divisors(uint64_t number);

// Multiplication by one constant modulo an odd number below 2^63, without a division
// (Montgomery 1985).
class ModularFactor {
 public:
  ModularFactor(uint64_t factor, uint64_t modulus) noexcept;

  // `value` < modulus.
  [[nodiscard]] uint64_t times(uint64_t value) const noexcept {
    const Uint128 product = Uint128{value} * scaled_;
    const uint64_t quotient = static_cast<uint64_t>(product) * inverse_;
    const Uint128 sum = product + Uint128{quotient} * modulus_;
    const auto reduced = static_cast<uint64_t>(sum >> 64);
    return reduced >= modulus_ ? reduced - modulus_ : reduced;
  }

 private:
  uint64_t modulus_;
  uint64_t inverse_;  // -1 / modulus, modulo 2^64
  uint64_t scaled_;   // factor * 2^64, modulo modulus
};

}  // namespace dataplane
