// SPDX-License-Identifier: Apache-2.0
// Against RFC 8448 (sections 3 and 5), RFC 4231 and RFC 7748.
#include "tls/probe/key_schedule.hpp"

#include "tests/support/probe_bytes.hpp"
#include "tests/unit/tls/probe/rfc8448_samples.hpp"
#include "tls/probe/key_shares.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace tls::probe {
namespace {

namespace rfc = tests::rfc8448;
using tests::hex;
using tests::unhex;

TEST(HkdfSha384, HmacOfRfc4231) {
  EXPECT_EQ(
      hex(hmac(HkdfHash::sha384, std::vector<uint8_t>(20, 0x0b), bytes_of("Hi There")).bytes()),
      "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59c"
      "faea9ea9076ede7f4af152e8b2fa9cb6");
  EXPECT_EQ(hex(hmac(HkdfHash::sha384, bytes_of("Jefe"), bytes_of("what do ya want for nothing?"))
                    .bytes()),
            "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
            "8e2240ca5e69e2c78b3239ecfab21649");
}

TEST(KeyShares, AgreeAsInRfc8448) {
  const auto client = EphemeralKey::of_x25519(
      unhex("49af42ba7f7994852d713ef2784bcbcaa7911de26adc5642cb634540e7ea5005"));
  ASSERT_TRUE(client);
  EXPECT_EQ(hex(client->public_key()),
            "99381de560e4bd43d23d8e435a7dbafeb3c06e51c13cae4d5413691e529aaf2c");
  const auto shared =
      client->agree(unhex("c9828876112095fe66762bdbf7c672e156d6cc253b833df1dd69b1b04e751f0f"));
  ASSERT_TRUE(shared);
  EXPECT_EQ(hex(shared->bytes()),
            "8bd4054fb55b9d63fdfbacf9f04b9f0d35e6d63f537563efd46272900f89492d");
}

TEST(KeyShares, BothSidesAgreeInEveryGroup) {
  for (const uint16_t group : {kX25519, kP256, kP384, kP521}) {
    const auto ours = EphemeralKey::make(group);
    const auto theirs = EphemeralKey::make(group);
    ASSERT_TRUE(ours && theirs);
    const auto here = ours->agree(theirs->public_key());
    const auto there = theirs->agree(ours->public_key());
    ASSERT_TRUE(here && there);
    EXPECT_EQ(hex(here->bytes()), hex(there->bytes()));
    std::vector<uint8_t> wrong = theirs->public_key();
    wrong.pop_back();
    EXPECT_FALSE(ours->agree(wrong));
    EXPECT_FALSE(ours->agree({}));
    if (group != kX25519) {
      wrong = theirs->public_key();
      wrong.back() ^= 1;  // not on the curve
      EXPECT_FALSE(ours->agree(wrong));
    } else {
      EXPECT_FALSE(ours->agree(std::vector<uint8_t>(32, 0)));  // RFC 7748 section 6.1
    }
  }
  EXPECT_FALSE(EphemeralKey::make(0x11ec));
  const KeyShares shares;
  EXPECT_NE(shares.find(kX25519), nullptr);
  EXPECT_NE(shares.find(kP256), nullptr);
  EXPECT_EQ(shares.find(kP384), nullptr);
}

TEST(KeyShares, ServeManyThreadsAtOnce) {
  const KeyShares shares;
  std::vector<std::thread> threads;
  std::atomic<int> agreed = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (const uint16_t group : {kX25519, kP256, kX25519, kP256}) {
        const EphemeralKey& ours = *shares.find(group);
        const auto theirs = EphemeralKey::make(group);
        const auto here = ours.agree(theirs->public_key());
        const auto there = theirs->agree(ours.public_key());
        if (here && there && hex(here->bytes()) == hex(there->bytes())) ++agreed;
      }
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_EQ(agreed, 16);
}

TEST(KeySchedule, SimpleHandshakeOfRfc8448) {
  Transcript transcript;
  transcript.add(unhex(rfc::kSimpleClientHello));
  transcript.add(unhex(rfc::kSimpleServerHello));
  const HashBytes hash = transcript.digest(HkdfHash::sha256);
  EXPECT_EQ(hex(hash.bytes()), "860c06edc07858ee8e78f0e7428c58edd6b43f2ca3e6e95f02ed063cf0e1cad8");
  const HashBytes secret = handshake_secret(
      HkdfHash::sha256, unhex("8bd4054fb55b9d63fdfbacf9f04b9f0d35e6d63f537563efd46272900f89492d"));
  EXPECT_EQ(hex(secret.bytes()),
            "1dc826e93606aa6fdc0aadc12f741b01046aa6b99f691ed221a9f0ca043fbeac");
  const HashBytes client =
      handshake_traffic_secret(HkdfHash::sha256, secret, TrafficOf::client, hash);
  EXPECT_EQ(hex(client.bytes()),
            "b3eddb126e067f35a780b3abf45e2d8f3b1a950738f52e9600746a0e27a55a21");
  const HashBytes server =
      handshake_traffic_secret(HkdfHash::sha256, secret, TrafficOf::server, hash);
  EXPECT_EQ(hex(server.bytes()),
            "b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38");
  const RecordKeys keys = record_keys(*find_tls13_suite(0x1301), server);
  EXPECT_EQ(hex(keys.key().key), "3fce516009c21727d0f2e4e86ee403bc");
  EXPECT_EQ(hex(keys.iv), "5d313eb2671276ee13000b30");
  const RecordKeys of_client = record_keys(*find_tls13_suite(0x1301), client);
  EXPECT_EQ(hex(of_client.key().key), "dbfaa693d1762c5b666af5d950258d01");
  EXPECT_EQ(hex(of_client.iv), "5bd3c71b836e0b76bb73265f");
}

TEST(KeySchedule, HelloRetryOfRfc8448) {
  Transcript transcript;
  transcript.add(unhex(rfc::kRetryFirstHello));
  transcript.replace_by_hash(HkdfHash::sha256);
  for (const std::string_view message :
       {rfc::kRetryRequest, rfc::kRetrySecondHello, rfc::kRetryServerHello})
    transcript.add(unhex(message));
  const HashBytes hash = transcript.digest(HkdfHash::sha256);
  EXPECT_EQ(hex(hash.bytes()), "8aa8e828ec2f8a884fec95a3139de01c15a3daa7ff5bfc3f4bfcc21b438d7bf8");
  const HashBytes secret = handshake_secret(
      HkdfHash::sha256, unhex("c142ce13ca11b5c2233652e63ad3d97844f1621fbfb9de69d547dc8fedeabeb4"));
  EXPECT_EQ(hex(secret.bytes()),
            "ce022e5e6e81e50736d773f2d3adfce8220d049bf510f0dbfac927ef4243b148");
  const HashBytes server =
      handshake_traffic_secret(HkdfHash::sha256, secret, TrafficOf::server, hash);
  EXPECT_EQ(hex(server.bytes()),
            "3403e781e2af7b6508da28574f6e95a1abf162de83a97927c37672a4a0cef8a1");
  const RecordKeys keys = record_keys(*find_tls13_suite(0x1301), server);
  EXPECT_EQ(hex(keys.key().key), "4646bfac1712c426cd78d8a24a8a6f6b");
  EXPECT_EQ(hex(keys.iv), "c7d395c08d62f297d13768ea");
}

TEST(KeySchedule, KnowsThreeSuites) {
  EXPECT_EQ(key_bytes_of(find_tls13_suite(0x1301)->aead), 16u);
  EXPECT_EQ(find_tls13_suite(0x1302)->hash, HkdfHash::sha384);
  EXPECT_EQ(key_bytes_of(find_tls13_suite(0x1303)->aead), 32u);
  EXPECT_EQ(find_tls13_suite(0x1304), nullptr);
  EXPECT_EQ(find_tls13_suite(0xc02f), nullptr);
}

}  // namespace
}  // namespace tls::probe
