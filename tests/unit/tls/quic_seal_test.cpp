// SPDX-License-Identifier: Apache-2.0
// Protection put on: byte for byte the samples of RFC 9001 and RFC 9369, appendix A of each.
#include "tests/support/quic_builder.hpp"
#include "tests/support/quic_samples.hpp"
#include "tls/quic/packet_opener.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace tls {
namespace {

using tests::ByteVector;
using tests::from_hex;

ProtectionKeys keys_of(uint32_t version, QuicSide sender) {
  return protection_keys(tests::keys_of(version, from_hex(tests::kSampleId), sender));
}

struct Sample {
  uint32_t version;
  QuicSide sender;
  uint64_t number;
  std::string_view header, payload;
  size_t payload_bytes;
  std::string_view packet;
};
constexpr std::array kSamples{
    Sample{kQuic1, QuicSide::client, 2, "c300000001088394c8f03e5157080000449e00000002",
           tests::kClientFrames, 1162, tests::kClientInitial1},
    Sample{kQuic1, QuicSide::server, 1, "c1000000010008f067a5502a4262b50040750001",
           tests::kServerFrames, tests::kServerFrames.size() / 2, tests::kServerInitial1},
    Sample{kQuic2, QuicSide::client, 2, "d36b3343cf088394c8f03e5157080000449e00000002",
           tests::kClientFrames, 1162, tests::kClientInitial2},
    Sample{kQuic2, QuicSide::server, 1, "d16b3343cf0008f067a5502a4262b50040750001",
           tests::kServerFrames, tests::kServerFrames.size() / 2, tests::kServerInitial2}};

TEST(SealPacket, SealsTheSamples) {
  for (const Sample& sample : kSamples) {
    ByteVector payload = from_hex(sample.payload);
    payload.resize(sample.payload_bytes);
    const ByteVector packet = seal_packet({from_hex(sample.header), sample.number, payload},
                                          keys_of(sample.version, sample.sender));
    EXPECT_EQ(to_hex(packet), sample.packet);
  }
}

// RFC 9001 section A.5.
TEST(SealPacket, SealsTheSampleOfChaCha20) {
  const ByteVector secret =
      from_hex("9ac312a7f877468ebe69422748ad00a15443f18203a07d6060f688f30f21632b");
  const ProtectionKeys keys = protection_keys(*find_quic_version(kQuic1),
                                              {HkdfHash::sha256, Aead::chacha20_poly1305}, secret);
  EXPECT_EQ(to_hex(keys.aead_key().key),
            "c6d98ff3441c3fe1b2182094f69caa2ed4b716b65488960a7a984979fb23e1c8");
  EXPECT_EQ(to_hex(keys.iv), "e0459b3474bdd0e44a41c144");
  EXPECT_EQ(to_hex(keys.hp()), "25a282b9e82f06f21f488917a4fc8f1b73573685608597d0efcb076b0ab7a7a4");
  EXPECT_EQ(to_hex(*header_mask(keys, from_hex("5e5cd55c41f69080575d7999c25a5bfb"))), "aefefe7d03");
  const ByteVector packet = seal_packet({from_hex("4200bff4"), 654360564, from_hex("01")}, keys);
  EXPECT_EQ(to_hex(packet), "4cfe4189655e5cd55c41f69080575d7999c25a5bfb");
}

// Both ways, for the cipher that no RFC has a sample of, and the others.
TEST(SealPacket, IsOpenedByTheSameKeysOnly) {
  const ByteVector secret(48, 0x5e);
  for (const Aead aead : {Aead::aes_128_gcm, Aead::aes_256_gcm, Aead::chacha20_poly1305}) {
    const ProtectionKeys keys =
        protection_keys(*find_quic_version(kQuic1), {HkdfHash::sha384, aead}, secret);
    const ByteVector payload{2, 0, 0, 0, 0, 1, 1, 1};
    // A Handshake packet without connection ids: length 26, packet number 0x0102.
    const ByteVector header = from_hex("e1000000010000401a0102");
    const ByteVector sealed = seal_packet({header, 0x0102, payload}, keys);
    QuicPacketReader reader(sealed);
    const Parsed<QuicPacket> packet = reader.next();
    ASSERT_TRUE(packet.ok());
    ByteVector buffer(sealed.size());
    const auto opened = open_packet(packet.value(), keys, 0x0100, buffer);
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->number, 0x0102u);
    EXPECT_TRUE(std::ranges::equal(opened->payload, payload));
    ProtectionKeys other = keys;
    other.key_storage[3] ^= 1;
    EXPECT_FALSE(open_packet(packet.value(), other, 0x0100, buffer));
  }
}

}  // namespace
}  // namespace tls
