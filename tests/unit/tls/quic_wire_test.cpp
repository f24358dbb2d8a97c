// SPDX-License-Identifier: Apache-2.0
// Packet headers and frames of QUIC.
#include "tests/support/quic_builder.hpp"
#include "tests/support/quic_samples.hpp"
#include "tls/wire/quic_frame.hpp"
#include "tls/wire/quic_packet.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace tls {
namespace {

using flowtable::ByteReader;
using tests::ByteVector;
using tests::from_hex;
using tests::joined;

std::vector<QuicPacketType> types_of(const ByteVector& datagram) {
  std::vector<QuicPacketType> out;
  QuicPacketReader reader(datagram);
  while (!reader.at_end()) {
    const Parsed<QuicPacket> packet = reader.next();
    if (!packet.ok()) break;
    out.push_back(packet.value().type);
  }
  return out;
}

std::optional<ParseError> packet_error(const ByteVector& datagram) {
  QuicPacketReader reader(datagram);
  const Parsed<QuicPacket> packet = reader.next();
  if (packet.ok()) return std::nullopt;
  EXPECT_TRUE(reader.at_end());
  return packet.error();
}

std::vector<QuicFrame> frames_of(const ByteVector& payload,
                                 QuicFraming framing = QuicFraming::ietf) {
  std::vector<QuicFrame> out;
  QuicFrameReader reader(payload, framing);
  while (!reader.at_end()) {
    const Parsed<QuicFrame> frame = reader.next();
    if (!frame.ok()) {
      ADD_FAILURE() << meaning_of(frame.error());
      break;
    }
    out.push_back(frame.value());
  }
  return out;
}

std::optional<ParseError> frame_error(const ByteVector& payload,
                                      QuicFraming framing = QuicFraming::ietf) {
  QuicFrameReader reader(payload, framing);
  while (!reader.at_end()) {
    const Parsed<QuicFrame> frame = reader.next();
    if (!frame.ok()) return frame.error();
  }
  return std::nullopt;
}

// RFC 9000 appendix A.1.
TEST(QuicVarint, ReadsTheSamplesOfTheRfc) {
  const std::vector<std::pair<const char*, uint64_t>> samples{
      {"c2197c5eff14e88c", 151288809941952652u},
      {"9d7f3e7d", 494878333},
      {"7bbd", 15293},
      {"25", 37},
      {"4025", 37}};
  for (const auto& [hex, value] : samples) {
    const ByteVector bytes = from_hex(hex);
    ByteReader reader(bytes);
    uint64_t out = 0;
    ASSERT_TRUE(read_quic_varint(reader, out));
    EXPECT_EQ(out, value);
    EXPECT_TRUE(reader.empty());
    ByteReader cut{flowtable::Bytes(bytes).first(bytes.size() - 1)};
    const size_t before = cut.size();
    EXPECT_FALSE(read_quic_varint(cut, out));
    EXPECT_EQ(cut.size(), before);
  }
}

TEST(QuicPacket, FindsTheFieldsOfALongHeader) {
  const ByteVector sample = from_hex(tests::kClientInitial1);
  QuicPacketReader reader(sample);
  const Parsed<QuicPacket> parsed = reader.next();
  ASSERT_TRUE(parsed.ok());
  const QuicPacket& packet = parsed.value();
  EXPECT_EQ(packet.type, QuicPacketType::initial);
  EXPECT_EQ(packet.version, kQuic1);
  EXPECT_EQ(ByteVector(packet.destination_id.begin(), packet.destination_id.end()),
            from_hex(tests::kSampleId));
  EXPECT_TRUE(packet.source_id.empty());
  EXPECT_TRUE(packet.token.empty());
  EXPECT_EQ(packet.packet_number_at, 18u);  // RFC 9001 A.2: header[18..21]
  EXPECT_EQ(packet.bytes.size(), 1200u);
}

TEST(QuicPacket, SplitsCoalescedPackets) {
  const ByteVector id(8, 1);
  // RFC 9000 section 17.2: Initial 0, 0-RTT 1, Handshake 2, Retry 3.
  const ByteVector initial = joined({from_hex("c000000001000000"), from_hex("05"), ByteVector(5)});
  const ByteVector one = joined({initial, tests::opaque_packet(0xd0, 1, id, 40),
                                 tests::opaque_packet(0xe0, 1, id, 50), ByteVector(30, 0x41)});
  EXPECT_EQ(types_of(one), (std::vector{QuicPacketType::initial, QuicPacketType::zero_rtt,
                                        QuicPacketType::handshake, QuicPacketType::one_rtt}));
  EXPECT_EQ(types_of(from_hex(tests::kRetry1)), std::vector{QuicPacketType::retry});
}

TEST(QuicPacket, Version2HasOtherTypeNumbers) {
  const ByteVector id(8, 1);
  // RFC 9369 section 3.2: Retry 0, Initial 1, 0-RTT 2, Handshake 3.
  const ByteVector two = joined(
      {tests::opaque_packet(0xe0, kQuic2, id, 40), tests::opaque_packet(0xf0, kQuic2, id, 50)});
  EXPECT_EQ(types_of(two), (std::vector{QuicPacketType::zero_rtt, QuicPacketType::handshake}));
  EXPECT_EQ(types_of(from_hex(tests::kClientInitial2)), std::vector{QuicPacketType::initial});
  EXPECT_EQ(types_of(from_hex(tests::kRetry2)), std::vector{QuicPacketType::retry});
}

TEST(QuicPacket, AVersionWithoutKeysTakesTheRest) {
  const ByteVector id(8, 1);
  const ByteVector greased =
      joined({tests::opaque_packet(0xc0, 0x1a2a3a4a, id, 40), ByteVector(9)});
  EXPECT_EQ(types_of(greased), std::vector{QuicPacketType::version_unknown});
  const ByteVector negotiation = tests::version_negotiation(id, ByteVector(4, 2), {1, 0x6b3343cf});
  EXPECT_EQ(types_of(negotiation), std::vector{QuicPacketType::version_negotiation});
}

TEST(QuicPacket, RefusesWhatIsCutAndWhatIsTooLong) {
  const ByteVector sample = from_hex(tests::kServerInitial1);
  for (size_t size = 1; size < sample.size(); ++size)
    EXPECT_EQ(packet_error({sample.begin(), sample.begin() + static_cast<std::ptrdiff_t>(size)}),
              ParseError::truncated);
  EXPECT_EQ(packet_error(tests::opaque_packet(0xc0, 1, ByteVector(21, 1), 40)),
            ParseError::not_quic);
  EXPECT_EQ(packet_error(from_hex("f0000000010000112233")), ParseError::truncated);  // no tag
}

TEST(QuicFrame, ReadsWhatMayBeInAnInitialPacket) {
  const ByteVector data{1, 2, 3};
  const ByteVector ack = from_hex("02090001040203");        // two ranges
  const ByteVector ack_ecn = from_hex("0309000004010203");  // one range, three counts
  const ByteVector payload = joined(
      {{0, 0, 0, 1}, ack, ack_ecn, tests::crypto_frame(70, data), tests::close_frame(0x128)});
  const std::vector<QuicFrame> frames = frames_of(payload);
  ASSERT_EQ(frames.size(), 6u);
  EXPECT_EQ(frames[0].type, QuicFrameType::padding);
  EXPECT_EQ(frames[1].type, QuicFrameType::ping);
  EXPECT_EQ(frames[2].type, QuicFrameType::ack);
  EXPECT_EQ(frames[3].type, QuicFrameType::ack);
  EXPECT_EQ(frames[4].type, QuicFrameType::crypto);
  EXPECT_EQ(frames[4].offset, 70u);
  EXPECT_EQ(ByteVector(frames[4].data.begin(), frames[4].data.end()), data);
  EXPECT_EQ(frames[5].type, QuicFrameType::connection_close);
  EXPECT_EQ(alert_of_quic_error(frames[5].error_code), 40);
}

TEST(QuicFrame, ReadsTheSamplesOfRfc9001) {
  const std::vector<QuicFrame> client = frames_of(from_hex(tests::kClientFrames));
  ASSERT_EQ(client.size(), 1u);
  EXPECT_EQ(client[0].data.size(), 241u);
  const std::vector<QuicFrame> server = frames_of(from_hex(tests::kServerFrames));
  ASSERT_EQ(server.size(), 2u);
  EXPECT_EQ(server[0].type, QuicFrameType::ack);
  EXPECT_EQ(server[1].data.size(), 90u);
}

TEST(QuicFrame, RefusesOthersAndWhatIsCut) {
  // STREAM, HANDSHAKE_DONE, the application's CONNECTION_CLOSE: RFC 9000 section 12.4, table 3.
  for (const uint8_t type : ByteVector{0x04, 0x07, 0x08, 0x1d, 0x1e, 0x3f})
    EXPECT_EQ(frame_error({type, 0, 0, 0, 0}), ParseError::quic_frame_bad);
  for (const ByteVector& whole :
       {from_hex("02090001040203"), from_hex("0309000004010203"),
        tests::crypto_frame(70, ByteVector{1, 2, 3}), tests::close_frame(0x128)}) {
    for (size_t size = 1; size < whole.size(); ++size)
      EXPECT_EQ(frame_error({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)}),
                ParseError::truncated);
  }
  // More ranges than there are bytes.
  EXPECT_EQ(frame_error(from_hex("020900ffffffffffffffff04")), ParseError::truncated);
}

// CRYPTO and the first ACK as a Chromium of 2020 sent them (T051); the second ACK has all that an
// ACK may have: numbers of six bytes, two more blocks, two time stamps.
TEST(QuicFrame, ReadsGooglesFrames) {
  const std::vector<ByteVector> frames{from_hex("080003010203"), from_hex("400108c50100"),
                                       from_hex("6f01020304050600ff02"
                                                "111111111111"
                                                "01222222222222"
                                                "01333333333333"
                                                "02"
                                                "0100000000"
                                                "020000"),
                                       from_hex("07"), from_hex("0200000019000162")};
  std::vector<QuicFrameType> types;
  for (const QuicFrame& frame :
       frames_of(joined({joined(frames), ByteVector(9)}), QuicFraming::google))
    types.push_back(frame.type);
  EXPECT_EQ(types, (std::vector{QuicFrameType::crypto, QuicFrameType::ack, QuicFrameType::ack,
                                QuicFrameType::ping, QuicFrameType::connection_close,
                                QuicFrameType::padding}));
  for (const ByteVector& whole : frames) {
    for (size_t size = 1; size < whole.size(); ++size)
      EXPECT_EQ(frame_error({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)},
                            QuicFraming::google),
                ParseError::truncated);
  }
  EXPECT_EQ(frame_error({0x06}, QuicFraming::google), ParseError::quic_frame_bad);
}

TEST(QuicError, OnlyCryptoErrorsAreAlerts) {
  EXPECT_EQ(alert_of_quic_error(0x100), 0);
  EXPECT_EQ(alert_of_quic_error(0x1ff), 255);
  EXPECT_EQ(alert_of_quic_error(0xff), std::nullopt);
  EXPECT_EQ(alert_of_quic_error(0x200), std::nullopt);
  EXPECT_EQ(alert_of_quic_error(0x100000128), std::nullopt);
}

}  // namespace
}  // namespace tls
