// SPDX-License-Identifier: Apache-2.0
#include "tls/wire/named_group.hpp"

#include <algorithm>

namespace tls {

namespace {

// IANA "TLS Supported Groups"; below it what clients sent before there was a registered number.
constexpr NamedGroup kGroups[] = {
    {1, "sect163k1", false},
    {2, "sect163r1", false},
    {3, "sect163r2", false},
    {4, "sect193r1", false},
    {5, "sect193r2", false},
    {6, "sect233k1", false},
    {7, "sect233r1", false},
    {8, "sect239k1", false},
    {9, "sect283k1", false},
    {10, "sect283r1", false},
    {11, "sect409k1", false},
    {12, "sect409r1", false},
    {13, "sect571k1", false},
    {14, "sect571r1", false},
    {15, "secp160k1", false},
    {16, "secp160r1", false},
    {17, "secp160r2", false},
    {18, "secp192k1", false},
    {19, "secp192r1", false},
    {20, "secp224k1", false},
    {21, "secp224r1", false},
    {22, "secp256k1", false},
    {23, "secp256r1", false},
    {24, "secp384r1", false},
    {25, "secp521r1", false},
    {26, "brainpoolP256r1", false},
    {27, "brainpoolP384r1", false},
    {28, "brainpoolP512r1", false},
    {29, "x25519", false},
    {30, "x448", false},
    {31, "brainpoolP256r1tls13", false},
    {32, "brainpoolP384r1tls13", false},
    {33, "brainpoolP512r1tls13", false},
    {34, "GC256A", false},
    {35, "GC256B", false},
    {36, "GC256C", false},
    {37, "GC256D", false},
    {38, "GC512A", false},
    {39, "GC512B", false},
    {40, "GC512C", false},
    {41, "curveSM2", false},
    {256, "ffdhe2048", false},
    {257, "ffdhe3072", false},
    {258, "ffdhe4096", false},
    {259, "ffdhe6144", false},
    {260, "ffdhe8192", false},
    {512, "MLKEM512", true},
    {513, "MLKEM768", true},
    {514, "MLKEM1024", true},
    {4587, "SecP256r1MLKEM768", true},
    {4588, "X25519MLKEM768", true},
    {4589, "SecP384r1MLKEM1024", true},
    {4590, "curveSM2MLKEM768", true},
    {16696, "CECPQ2", true},
    {25497, "X25519Kyber768Draft00", true},
    {25498, "SecP256r1Kyber768Draft00", true},
    {65072, "X25519Kyber512Draft00", true},
    {65073, "X25519Kyber768Draft00Old", true},
    {65074, "P256Kyber768Draft00", true},
    {65281, "arbitrary_explicit_prime_curves", false},
    {65282, "arbitrary_explicit_char2_curves", false},
};
static_assert(std::ranges::is_sorted(kGroups, {}, &NamedGroup::code));

}  // namespace

const NamedGroup* find_named_group(uint16_t code) noexcept {
  const auto* const found = std::ranges::lower_bound(kGroups, code, {}, &NamedGroup::code);
  return found == std::end(kGroups) || found->code != code ? nullptr : found;
}

bool is_post_quantum(uint16_t code) noexcept {
  const NamedGroup* const group = find_named_group(code);
  return group != nullptr && group->post_quantum;
}

bool any_post_quantum(std::span<const uint16_t> codes) noexcept {
  return std::ranges::any_of(codes, is_post_quantum);
}

}  // namespace tls
