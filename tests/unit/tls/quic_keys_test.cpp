// SPDX-License-Identifier: Apache-2.0
// Against the samples of RFC 9001 and RFC 9369, and of RFC 4231 and RFC 5869.
#include "tests/support/quic_builder.hpp"
#include "tests/support/quic_samples.hpp"
#include "tls/digest/hkdf.hpp"
#include "tls/quic/packet_opener.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace tls {
namespace {

using tests::ByteVector;
using tests::from_hex;

QuicPacket only_packet(const ByteVector& datagram) {
  QuicPacketReader reader(datagram);
  const Parsed<QuicPacket> packet = reader.next();
  EXPECT_TRUE(packet.ok());
  EXPECT_TRUE(reader.at_end());
  return packet.ok() ? packet.value() : QuicPacket{};
}

TEST(Hkdf, HmacOfRfc4231) {
  EXPECT_EQ(to_hex(hmac_sha256(ByteVector(20, 0x0b), bytes_of("Hi There"))),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(to_hex(hmac_sha256(bytes_of("Jefe"), bytes_of("what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Hkdf, ExtractOfRfc5869) {
  EXPECT_EQ(to_hex(hkdf_extract(from_hex("000102030405060708090a0b0c"), ByteVector(22, 0x0b))),
            "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");
}

struct SampleKeys {
  uint32_t version;
  std::string_view secret;
  std::string_view client_key, client_iv, client_hp;
  std::string_view server_key, server_iv, server_hp;
};
constexpr std::array kSampleKeys{
    SampleKeys{kQuic1, "7db5df06e7a69e432496adedb00851923595221596ae2ae9fb8115c1e9ed0a44",
               "1f369613dd76d5467730efcbe3b1a22d", "fa044b2f42a3fd3b46fb255c",
               "9f50449e04a0e810283a1e9933adedd2", "cf3a5331653c364c88f0f379b6067e37",
               "0ac1493ca1905853b0bba03e", "c206b8d9b9f0f37644430b490eeaa314"},
    SampleKeys{kQuic2, "2062e8b3cd8d52092614b8071d0aa1fb7c2e3ac193f78b280e72d8f5751f6aba",
               "8b1a0bc121284290a29e0971b5cd045d", "91f73e2351d8fa91660e909f",
               "45b95e15235d6f45a6b19cbcb0294ba9", "82db637861d55e1d011f19ea71d5d2a7",
               "dd13c276499c0249d3310652", "edf6d05c83121201b436e16877593c3a"}};

TEST(InitialKeys, OfTheSamples) {
  for (const SampleKeys& sample : kSampleKeys) {
    const QuicVersion& version = *find_quic_version(sample.version);
    const Sha256 secret = initial_secret(version, from_hex(tests::kSampleId));
    EXPECT_EQ(to_hex(secret), sample.secret);
    const PacketKeys client = initial_keys(version, secret, QuicSide::client);
    EXPECT_EQ(to_hex(client.key), sample.client_key);
    EXPECT_EQ(to_hex(client.iv), sample.client_iv);
    EXPECT_EQ(to_hex(client.hp), sample.client_hp);
    const PacketKeys server = initial_keys(version, secret, QuicSide::server);
    EXPECT_EQ(to_hex(server.key), sample.server_key);
    EXPECT_EQ(to_hex(server.iv), sample.server_iv);
    EXPECT_EQ(to_hex(server.hp), sample.server_hp);
  }
}

struct SamplePackets {
  uint32_t version;
  std::string_view client, server, retry;
};
constexpr std::array kSamplePackets{
    SamplePackets{kQuic1, tests::kClientInitial1, tests::kServerInitial1, tests::kRetry1},
    SamplePackets{kQuic2, tests::kClientInitial2, tests::kServerInitial2, tests::kRetry2}};

TEST(PacketOpener, OpensTheSamples) {
  ByteVector buffer(2000);
  for (const SamplePackets& sample : kSamplePackets) {
    const ByteVector client = from_hex(sample.client);
    const auto opened = open_initial(
        only_packet(client),
        tests::keys_of(sample.version, from_hex(tests::kSampleId), QuicSide::client), 0, buffer);
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->number, 2u);
    ByteVector expected = from_hex(tests::kClientFrames);
    expected.resize(1162);
    EXPECT_EQ(to_hex(opened->payload), to_hex(expected));

    const ByteVector server = from_hex(sample.server);
    const auto answer = open_initial(
        only_packet(server),
        tests::keys_of(sample.version, from_hex(tests::kSampleId), QuicSide::server), 0, buffer);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->number, 1u);
    EXPECT_EQ(to_hex(answer->payload), tests::kServerFrames);
  }
}

TEST(PacketOpener, KnowsARetryByItsTag) {
  const ByteVector id = from_hex(tests::kSampleId);
  for (const SamplePackets& sample : kSamplePackets) {
    ByteVector bytes = from_hex(sample.retry);
    const QuicPacket retry = only_packet(bytes);
    EXPECT_EQ(retry.type, QuicPacketType::retry);
    EXPECT_EQ(to_hex(retry.token), "746f6b656e");
    EXPECT_EQ(to_hex(retry.source_id), "f067a5502a4262b5");
    EXPECT_TRUE(is_retry_of(retry, id));
    EXPECT_FALSE(is_retry_of(retry, from_hex("8394c8f03e515709")));
    bytes[16] ^= 1;  // in the token
    EXPECT_FALSE(is_retry_of(only_packet(bytes), id));
  }
}

TEST(PacketOpener, KnowsARetryOfOldDraftsByTheIdItRepeats) {
  const ByteVector id = from_hex(tests::kSampleId);
  const tests::RetryParts parts{0xff000016, {}, ByteVector(8, 7), ByteVector(30, 9)};
  const ByteVector bytes = tests::retry_packet(parts, id);
  const QuicPacket retry = only_packet(bytes);
  EXPECT_EQ(retry.type, QuicPacketType::retry);
  EXPECT_EQ(to_hex(retry.token), to_hex(parts.token));
  EXPECT_TRUE(is_retry_of(retry, id));
  EXPECT_FALSE(is_retry_of(retry, ByteVector(8, 1)));
}

TEST(PacketOpener, CannotTellARetryWithoutItsKey) {
  ByteVector bytes = from_hex(tests::kRetry1);
  std::ranges::copy(from_hex("54303530"), bytes.begin() + 1);
  EXPECT_FALSE(is_retry_of(only_packet(bytes), from_hex(tests::kSampleId)));
}

TEST(PacketOpener, RefusesEveryChangedByte) {
  const PacketKeys keys = tests::keys_of(kQuic1, from_hex(tests::kSampleId), QuicSide::server);
  ByteVector buffer(200);
  const ByteVector whole = from_hex(tests::kServerInitial1);
  for (size_t i = 0; i < whole.size(); ++i) {
    ByteVector changed = whole;
    changed[i] ^= 0x01;
    QuicPacketReader reader(changed);
    const Parsed<QuicPacket> packet = reader.next();
    if (!packet.ok() || packet.value().type != QuicPacketType::initial) continue;
    EXPECT_FALSE(open_initial(packet.value(), keys, 0, buffer)) << i;
  }
}

TEST(PacketOpener, RefusesAPacketWithoutRoomForASample) {
  const PacketKeys keys = tests::keys_of(kQuic1, from_hex(tests::kSampleId), QuicSide::client);
  ByteVector buffer(200);
  for (size_t bytes = 0; bytes < 20; ++bytes) {
    const ByteVector packet =
        tests::joined({from_hex("c000000001000000"), tests::quic_varint(bytes), ByteVector(bytes)});
    QuicPacketReader reader(packet);
    const Parsed<QuicPacket> parsed = reader.next();
    ASSERT_TRUE(parsed.ok());
    EXPECT_FALSE(open_initial(parsed.value(), keys, 0, buffer));
  }
}

TEST(PacketNumber, IsMadeWholeAsInRfc9000A3) {
  EXPECT_EQ(whole_packet_number(0x9b32, 16, 0xa82f30eb), 0xa82f9b32u);  // its example
  EXPECT_EQ(whole_packet_number(0, 8, 0), 0u);
  EXPECT_EQ(whole_packet_number(0xff, 8, 0), 0xffu);
  EXPECT_EQ(whole_packet_number(1, 8, 0xff), 0x101u);
  EXPECT_EQ(whole_packet_number(0xff, 8, 0x100), 0xffu);
  EXPECT_EQ(whole_packet_number(0, 8, 0x180), 0x200u);
  // Never beyond 2^62 - 1.
  EXPECT_EQ(whole_packet_number(0, 8, (uint64_t{1} << 62) - 1), (uint64_t{1} << 62) - 256);
}

TEST(QuicVersion, EveryRowOpensWhatItSeals) {
  ByteVector buffer(200);
  for (const QuicVersion& version : quic_version_table()) {
    EXPECT_EQ(find_quic_version(version.first), &version);
    EXPECT_EQ(find_quic_version(version.last), &version);
    EXPECT_TRUE(is_quic_with_tls(version.first));
    const ByteVector id(8, 3);
    const tests::InitialParts parts{version.last, id, {}, {}, 77, 4, ByteVector(30, 1)};
    const PacketKeys keys = tests::keys_of(version.last, id, QuicSide::client);
    const ByteVector bytes = tests::seal_initial(parts, keys);
    const QuicPacket packet = only_packet(bytes);
    EXPECT_EQ(packet.type, QuicPacketType::initial);
    const auto opened = open_initial(packet, keys, 0, buffer);
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->number, 77u);
    EXPECT_EQ(to_hex(opened->payload), to_hex(parts.payload));
  }
}

TEST(QuicVersion, SomeSpeakTlsWithoutKnownKeysAndSomeDoNot) {
  EXPECT_EQ(find_quic_version(0), nullptr);
  for (const uint32_t version : {0x1a2a3a4au, 0xff000015u, 0xff000023u, 0xfaceb010u}) {
    EXPECT_EQ(find_quic_version(version), nullptr);
    EXPECT_TRUE(is_quic_with_tls(version));
  }
  for (const uint32_t version : {0u, 0x51303433u, 0x51303436u, 0x51303530u, 2u})
    EXPECT_FALSE(is_quic_with_tls(version));
}

}  // namespace
}  // namespace tls
