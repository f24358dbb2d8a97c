// SPDX-License-Identifier: Apache-2.0
#include "tls/fingerprint/tlsh.hpp"

#include "tls/digest/digest.hpp"

#include <gtest/gtest.h>
#include <tlsh.h>

#include <random>
#include <string>
#include <vector>

namespace tls {
namespace {

// The authors' implementation, as Debian has it: from 256 bytes on; empty where it gives no hash.
std::string by_authors(const std::vector<uint8_t>& bytes) {
  ::Tlsh hash;
  hash.final(bytes.data(), static_cast<unsigned>(bytes.size()));
  const char* const text = hash.getHash();
  return text == nullptr || *text == '\0' ? "" : "T1" + std::string(text);
}

std::string by_us(const std::vector<uint8_t>& bytes) {
  const auto hash = tlsh_of(bytes);
  return hash ? t1_text(*hash) : "";
}

// Sizes around the steps of the length's scale, and bytes from even to nearly all alike.
TEST(Tlsh, EqualsTheAuthorsImplementation) {
  std::mt19937 random(20131121);
  const size_t sizes[] = {256, 257, 512, 655, 656, 657, 658, 3198, 3199, 3200, 3201, 20'000};
  size_t num_hashes = 0;
  size_t num_without = 0;
  for (int round = 0; round < 1500; ++round) {
    const size_t size = round % 3 == 0 ? sizes[random() % std::size(sizes)] : 256 + random() % 6000;
    const unsigned alphabet = 1U << random() % 9;
    std::vector<uint8_t> bytes(size);
    for (uint8_t& byte : bytes)
      byte = static_cast<uint8_t>(random() % alphabet);
    const std::string expected = by_authors(bytes);
    ASSERT_EQ(by_us(bytes), expected) << size << " bytes of " << alphabet << " values";
    ++(expected.empty() ? num_without : num_hashes);
  }
  EXPECT_GT(num_hashes, 500U);
  EXPECT_GT(num_without, 100U);
}

TEST(Tlsh, AsksForFiftyBytes) {
  std::mt19937 random(1);
  std::vector<uint8_t> bytes(50);
  for (uint8_t& byte : bytes)
    byte = static_cast<uint8_t>(random());
  EXPECT_TRUE(tlsh_of(bytes));
  bytes.pop_back();
  EXPECT_FALSE(tlsh_of(bytes));
}

// Where most buckets are empty the third quartile is zero, and nothing can be divided by it.
TEST(Tlsh, OfAnyBytesNeverDividesByZero) {
  EXPECT_FALSE(tlsh_of_any({}));
  for (size_t size = 1; size <= 60; ++size) {
    const auto hash = tlsh_of_any(std::vector<uint8_t>(size, 'a'));
    ASSERT_TRUE(hash);
    EXPECT_EQ((*hash)[2], 0) << "the digits of the ratio";
  }
}

}  // namespace
}  // namespace tls
