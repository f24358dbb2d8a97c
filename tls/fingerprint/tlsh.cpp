// SPDX-License-Identifier: Apache-2.0
#include "tls/fingerprint/tlsh.hpp"

#include <algorithm>
#include <cmath>
#include <span>

namespace tls {

using flowtable::Bytes;

namespace {

constexpr size_t kWindow = 5;
constexpr size_t kBuckets = 128;
constexpr size_t kBytesMin = 50;

// Pearson, "Fast Hashing of Variable-Length Text Strings" (Communications of the ACM 33, 1990),
// table 1: a permutation of the bytes.
constexpr std::array<uint8_t, 256> kPearson = {
    1,   87,  49,  12,  176, 178, 102, 166, 121, 193, 6,   84,  249, 230, 44,  163, 14,  197, 213,
    181, 161, 85,  218, 80,  64,  239, 24,  226, 236, 142, 38,  200, 110, 177, 104, 103, 141, 253,
    255, 50,  77,  101, 81,  18,  45,  96,  31,  222, 25,  107, 190, 70,  86,  237, 240, 34,  72,
    242, 20,  214, 244, 227, 149, 235, 97,  234, 57,  22,  60,  250, 82,  175, 208, 5,   127, 199,
    111, 62,  135, 248, 174, 169, 211, 58,  66,  154, 106, 195, 245, 171, 17,  187, 182, 179, 0,
    243, 132, 56,  148, 75,  128, 133, 158, 100, 130, 126, 91,  13,  153, 246, 216, 219, 119, 68,
    223, 78,  83,  88,  201, 99,  122, 11,  92,  32,  136, 114, 52,  10,  138, 30,  48,  183, 156,
    35,  61,  26,  143, 74,  251, 94,  129, 162, 63,  152, 170, 7,   115, 167, 241, 206, 3,   150,
    55,  59,  151, 220, 90,  53,  23,  131, 125, 173, 15,  238, 79,  95,  89,  16,  105, 137, 225,
    224, 217, 160, 37,  123, 118, 73,  2,   157, 46,  116, 9,   145, 134, 228, 207, 212, 202, 215,
    69,  229, 27,  188, 67,  124, 168, 252, 42,  4,   29,  108, 21,  247, 19,  205, 39,  203, 233,
    40,  186, 147, 198, 192, 155, 33,  164, 191, 98,  204, 165, 180, 117, 76,  140, 36,  210, 172,
    41,  54,  159, 8,   185, 232, 113, 196, 231, 47,  146, 120, 51,  65,  28,  144, 254, 221, 93,
    189, 194, 139, 112, 43,  71,  109, 184, 209};

constexpr bool is_permutation_of_bytes() {
  std::array<bool, 256> seen{};
  for (const uint8_t value : kPearson)
    seen[value] = true;
  return std::ranges::all_of(seen, [](bool each) { return each; });
}
static_assert(is_permutation_of_bytes());

// The first two of four steps: a salt of its own for each of the triplets, then the newest byte.
using Begun = std::array<uint8_t, 256>;
constexpr Begun begin_with(uint8_t salt) {
  Begun out{};
  for (size_t newest = 0; newest < out.size(); ++newest)
    out[newest] = kPearson[kPearson[salt] ^ newest];
  return out;
}
constexpr Begun kChecksum = begin_with(0);
constexpr std::array<Begun, 6> kTriplets = {begin_with(2), begin_with(3),  begin_with(5),
                                            begin_with(7), begin_with(11), begin_with(13)};

constexpr uint8_t finish(uint8_t begun, uint8_t second, uint8_t third) noexcept {
  return kPearson[kPearson[begun ^ second] ^ third];
}

struct TripletCounts {
  std::array<uint32_t, 256> buckets{};  // the second half is counted and not looked at
  uint8_t checksum = 0;
};

// `w` is the window, the oldest byte first.
void count_window(const uint8_t* w, TripletCounts& out) noexcept {
  const uint8_t newest = w[4];
  out.checksum = finish(kChecksum[newest], w[3], out.checksum);
  ++out.buckets[finish(kTriplets[0][newest], w[3], w[2])];
  ++out.buckets[finish(kTriplets[1][newest], w[3], w[1])];
  ++out.buckets[finish(kTriplets[2][newest], w[2], w[1])];
  ++out.buckets[finish(kTriplets[3][newest], w[2], w[0])];
  ++out.buckets[finish(kTriplets[4][newest], w[3], w[0])];
  ++out.buckets[finish(kTriplets[5][newest], w[1], w[0])];
}

TripletCounts count_triplets(Bytes bytes) noexcept {
  TripletCounts out;
  if (bytes.size() < kWindow) {
    std::array<uint8_t, kWindow> filled{};
    std::ranges::copy(bytes, filled.begin());
    count_window(filled.data(), out);
    return out;
  }
  for (size_t i = 0; i + kWindow <= bytes.size(); ++i)
    count_window(bytes.data() + i, out);
  return out;
}

// The length, by its logarithm: to base 1.5, then 1.3, then 1.1.
uint8_t length_class(size_t size) noexcept {
  const double logarithm = std::log(static_cast<double>(size));
  double out = 0;
  if (size <= 656) {
    out = logarithm / 0.4054651;
  } else if (size <= 3199) {
    out = logarithm / 0.26236426 - 8.72777;
  } else {
    out = logarithm / 0.095310180 - 62.5472;
  }
  return static_cast<uint8_t>(static_cast<unsigned>(out) & 0xff);
}

constexpr uint8_t swap_digits(uint8_t byte) noexcept {
  return static_cast<uint8_t>(byte >> 4 | byte << 4);
}

struct Quartiles {
  uint32_t first = 0;
  uint32_t second = 0;
  uint32_t third = 0;
};

Quartiles quartiles_of(const TripletCounts& counts) noexcept {
  std::array<uint32_t, kBuckets> sorted;
  std::copy_n(counts.buckets.begin(), kBuckets, sorted.begin());
  const auto at = [&](size_t part) {
    return sorted.begin() + static_cast<ptrdiff_t>(part * kBuckets / 4 - 1);
  };
  std::nth_element(sorted.begin(), at(2), sorted.end());
  std::nth_element(sorted.begin(), at(1), at(2));
  std::nth_element(at(2) + 1, at(3), sorted.end());
  return {*at(1), *at(2), *at(3)};
}

// Single precision, as in the implementations that this has to equal.
uint8_t ratio_digit(uint32_t quartile, uint32_t third) noexcept {
  if (third == 0) return 0;
  return static_cast<uint8_t>(
      static_cast<unsigned>(static_cast<float>(quartile) * 100 / static_cast<float>(third)) % 16);
}

Tlsh assemble(const TripletCounts& counts, size_t size) noexcept {
  const Quartiles quartiles = quartiles_of(counts);
  Tlsh out{};
  out[0] = swap_digits(counts.checksum);
  out[1] = swap_digits(length_class(size));
  out[2] = static_cast<uint8_t>(ratio_digit(quartiles.first, quartiles.third) << 4 |
                                ratio_digit(quartiles.second, quartiles.third));
  for (size_t i = 0; i < kBuckets; ++i) {
    const uint32_t count = counts.buckets[i];
    const int above =
        (count > quartiles.first) + (count > quartiles.second) + (count > quartiles.third);
    out[out.size() - 1 - i / 4] |= static_cast<uint8_t>(above << (i % 4 * 2));
  }
  return out;
}

}  // namespace

std::optional<Tlsh> tlsh_of_any(Bytes bytes) noexcept {
  if (bytes.empty()) return std::nullopt;
  return assemble(count_triplets(bytes), bytes.size());
}

std::optional<Tlsh> tlsh_of(Bytes bytes) noexcept {
  if (bytes.size() < kBytesMin) return std::nullopt;
  const TripletCounts counts = count_triplets(bytes);
  const auto looked_at = std::span(counts.buckets).first(kBuckets);
  const auto num_empty = static_cast<size_t>(std::ranges::count(looked_at, 0U));
  if (kBuckets - num_empty <= kBuckets / 2) return std::nullopt;
  return assemble(counts, bytes.size());
}

std::string t1_text(const Tlsh& hash) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out = "T1";
  for (const uint8_t byte : hash) {
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

}  // namespace tls
