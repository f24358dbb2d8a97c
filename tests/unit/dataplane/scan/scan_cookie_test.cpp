// SPDX-License-Identifier: Apache-2.0
// SipHash and AES against published values and OpenSSL; cookies that are known again, and forgeries
// not.
#include "dataplane/scan/scan_cookie.hpp"

#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <cstring>
#include <map>
#include <random>

namespace dataplane {
namespace {

using flowtable::Endpoint;
using flowtable::IpAddress;

uint64_t openssl_siphash(const SipKey& key, std::span<const uint64_t> words) {
  EVP_MAC* const mac = EVP_MAC_fetch(nullptr, "SIPHASH", nullptr);
  EVP_MAC_CTX* const context = EVP_MAC_CTX_new(mac);
  size_t size = 8;
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &size),
                                   OSSL_PARAM_construct_end()};
  uint64_t out = 0;
  EXPECT_EQ(EVP_MAC_init(context, reinterpret_cast<const unsigned char*>(&key), 16, parameters), 1);
  EXPECT_EQ(EVP_MAC_update(context, reinterpret_cast<const unsigned char*>(words.data()),
                           words.size_bytes()),
            1);
  EXPECT_EQ(EVP_MAC_final(context, reinterpret_cast<unsigned char*>(&out), &size, 8), 1);
  EVP_MAC_CTX_free(context);
  EVP_MAC_free(mac);
  return out;
}

TEST(SipHash, HasTheValuesOfItsAuthors) {
  // vectors_sip64 of the reference: key 00 01 … 0f, messages of 0 and 8 bytes 00 01 …
  const SipKey key{0x0706050403020100, 0x0f0e0d0c0b0a0908};
  EXPECT_EQ(siphash(key, {}), 0x726fdb47dd0e0e31u);
  const std::array<uint64_t, 1> word = {0x0706050403020100};
  EXPECT_EQ(siphash(key, word), 0x93f5f5799a932462u);
}

TEST(SipHash, IsOpenssls) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 1000; ++round) {
    const SipKey key{random(), random()};
    std::vector<uint64_t> words(random() % 9);
    for (uint64_t& word : words)
      word = random();
    ASSERT_EQ(siphash(key, words), openssl_siphash(key, words));
  }
}

IpAddress v4(uint32_t number) {
  std::array<uint8_t, 4> bytes;
  flowtable::store_be32(bytes.data(), number);
  return IpAddress::from_bytes(bytes);
}

AesBlock openssl_aes(const AesBlock& key, const AesBlock& block) {
  EVP_CIPHER_CTX* const context = EVP_CIPHER_CTX_new();
  EXPECT_EQ(EVP_EncryptInit_ex(context, EVP_aes_128_ecb(), nullptr,
                               reinterpret_cast<const unsigned char*>(&key), nullptr),
            1);
  AesBlock out;
  int size = 0;
  EXPECT_EQ(EVP_EncryptUpdate(context, reinterpret_cast<unsigned char*>(&out), &size,
                              reinterpret_cast<const unsigned char*>(&block), sizeof block),
            1);
  EXPECT_EQ(size, 16);
  EVP_CIPHER_CTX_free(context);
  return out;
}

TEST(AesCipher, IsFips197AndOpenssls) {
  if (!AesCipher::is_there()) GTEST_SKIP() << "this CPU has no AES instructions";
  // FIPS 197 appendix C.1: key 00 01 … 0f, block 00 11 … ff.
  const AesBlock got = AesCipher({0x0706050403020100, 0x0f0e0d0c0b0a0908})
                           .encrypt(0x7766554433221100, 0xffeeddccbbaa9988);
  EXPECT_EQ(got, (AesBlock{0x30047b6ad8e0c469, 0x5ac5b47080b7cdd8}));
  std::mt19937_64 random(1);
  for (int round = 0; round < 1000; ++round) {
    const AesBlock key{random(), random()}, block{random(), random()};
    ASSERT_EQ(AesCipher(key).encrypt(block.low, block.high), openssl_aes(key, block));
  }
}

class ScanCookieTest : public testing::TestWithParam<ScanCookie::Mixer> {
 protected:
  void SetUp() override {
    if (GetParam() == ScanCookie::Mixer::aes && !AesCipher::is_there()) {
      GTEST_SKIP() << "this CPU has no AES instructions";
    }
  }
};
INSTANTIATE_TEST_SUITE_P(Mixers, ScanCookieTest,
                         testing::Values(ScanCookie::Mixer::aes, ScanCookie::Mixer::siphash),
                         [](const auto& mixer) {
                           return mixer.param == ScanCookie::Mixer::aes ? "Aes" : "SipHash";
                         });

TEST_P(ScanCookieTest, KnowsItsOwnAnswersAndTheirAttempt) {
  const PortRange ports{40'000, 4096};
  const ScanCookie cookie({1, 2}, ports, GetParam());
  std::mt19937 random(2);
  for (int round = 0; round < 10'000; ++round) {
    const IpAddress source = v4(0x0a000001);
    const Endpoint target{v4(static_cast<uint32_t>(random())), static_cast<uint16_t>(random())};
    const auto attempt = static_cast<uint8_t>(random() % 3);
    const auto values = cookie.of(source, target, attempt);
    ASSERT_TRUE(ports.contains(values.source_port));
    const Endpoint ours{source, values.source_port};
    ASSERT_EQ(cookie.answered(ours, target, values.sequence + 1, 3), attempt);
    // Off by one, to a neighbour, from another source or of another scan.
    EXPECT_EQ(cookie.answered(ours, target, values.sequence, 3), ScanCookie::kForged);
    EXPECT_EQ(cookie.answered(ours, {target.address, static_cast<uint16_t>(target.port ^ 1)},
                              values.sequence + 1, 3),
              ScanCookie::kForged);
    EXPECT_EQ(cookie.answered({v4(0x0a000002), ours.port}, target, values.sequence + 1, 3),
              ScanCookie::kForged);
    EXPECT_EQ(ScanCookie({1, 3}, ports, GetParam()).answered(ours, target, values.sequence + 1, 3),
              ScanCookie::kForged);
  }
}

TEST_P(ScanCookieTest, TellsIpv6TargetsApartByEveryByte) {
  const ScanCookie cookie({5, 6}, {40'000, 4096}, GetParam());
  std::array<uint8_t, 16> bytes = {0x20, 0x01, 0x0d, 0xb8};
  const IpAddress source = IpAddress::from_bytes(bytes);
  const Endpoint target{IpAddress::from_bytes(bytes), 443};
  const auto values = cookie.of(source, target, 1);
  const Endpoint ours{source, values.source_port};
  EXPECT_EQ(cookie.answered(ours, target, values.sequence + 1, 2), 1);
  for (uint8_t& byte : bytes) {
    byte ^= 0x80;
    const Endpoint other{IpAddress::from_bytes(bytes), 443};
    EXPECT_NE(cookie.of(source, other, 1).sequence, values.sequence);
    EXPECT_NE(cookie.of(other.address, target, 1).sequence, values.sequence);
    byte ^= 0x80;
  }
}

TEST_P(ScanCookieTest, UsesAllOfItsPorts) {
  const ScanCookie cookie({3, 4}, {50'000, 100}, GetParam());
  std::map<uint16_t, int> times;
  for (uint32_t i = 0; i < 100'000; ++i)
    ++times[cookie.of(v4(1), {v4(i), 443}, 0).source_port];
  EXPECT_EQ(times.size(), 100u);
  for (const auto& [port, count] : times)
    EXPECT_NEAR(count, 1000, 200) << port;
}

}  // namespace
}  // namespace dataplane
