// SPDX-License-Identifier: Apache-2.0
// What QUIC frames and headers of ours say. Expected: RFC 9000, and a naive set of numbers.
#include "tls/probe/quic_frames.hpp"

#include "tests/support/probe_bytes.hpp"
#include "tls/wire/quic_frame.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace tls::probe {
namespace {

using flowtable::ByteReader;
using tests::hex;

std::string varint(uint64_t value) {
  WireWriter out;
  write_varint(out, value);
  return hex(out.take());
}

TEST(QuicFrames, VarintsAreThoseOfRfc9000A1) {
  EXPECT_EQ(varint(151288809941952652), "c2197c5eff14e88c");
  EXPECT_EQ(varint(494878333), "9d7f3e7d");
  EXPECT_EQ(varint(15293), "7bbd");
  EXPECT_EQ(varint(37), "25");
  EXPECT_EQ(varint(63), "3f");
  EXPECT_EQ(varint(64), "4040");
  EXPECT_EQ(varint(16383), "7fff");
  EXPECT_EQ(varint(16384), "80004000");
  EXPECT_EQ(varint((uint64_t{1} << 62) - 1), "ffffffffffffffff");
}

// Section 19.3.1 undone: the numbers that an ACK frame names.
std::set<uint64_t> acknowledged(const ReceivedNumbers& received) {
  WireWriter out;
  write_ack(out, received);
  const std::vector<uint8_t> frame = out.take();
  QuicFrameReader frames(frame);
  const Parsed<QuicFrame> parsed = frames.next();
  EXPECT_TRUE(parsed.ok() && parsed.value().type == QuicFrameType::ack && frames.at_end());
  ByteReader reader(frame);
  uint64_t type = 0, largest = 0, delay = 0, more = 0, length = 0;
  EXPECT_TRUE(read_quic_varint(reader, type) && read_quic_varint(reader, largest) &&
              read_quic_varint(reader, delay) && read_quic_varint(reader, more) &&
              read_quic_varint(reader, length));
  std::set<uint64_t> numbers;
  for (uint64_t gap = 0;; --more) {
    for (uint64_t number = largest - length; number <= largest; ++number)
      numbers.insert(number);
    if (more == 0) return numbers;
    const uint64_t smallest = largest - length;
    EXPECT_TRUE(read_quic_varint(reader, gap) && read_quic_varint(reader, length));
    largest = smallest - gap - 2;
  }
}

TEST(QuicFrames, AcknowledgeWhatCame) {
  for (unsigned seed = 1; seed <= 100; ++seed) {
    std::minstd_rand random(seed);
    ReceivedNumbers received;
    std::set<uint64_t> expected;
    for (int i = 0; i < 40; ++i) {
      const uint64_t number = random() % 60;
      EXPECT_EQ(received.add(number), expected.insert(number).second);
      EXPECT_EQ(received.expected(), *expected.rbegin() + 1);
      EXPECT_EQ(acknowledged(received), expected);
    }
  }
}

TEST(QuicFrames, AcknowledgeTheLatestWhereThereAreTooMany) {
  ReceivedNumbers received;
  for (uint64_t number = 0; number < 2000; number += 2)
    EXPECT_TRUE(received.add(number));
  EXPECT_FALSE(received.add(3));  // below all that are kept
  EXPECT_FALSE(received.add(1998));
  const std::set<uint64_t> numbers = acknowledged(received);
  EXPECT_EQ(numbers.size(), ReceivedNumbers::kRangesMax);
  EXPECT_EQ(*numbers.rbegin(), 1998u);
}

TEST(QuicFrames, ParametersAreThoseThatAreNeeded) {
  const std::vector<uint8_t> bytes = quic_transport_parameters();
  ByteReader reader(bytes);
  std::map<uint64_t, std::vector<uint8_t>> parameters;
  while (!reader.empty()) {
    uint64_t id = 0, length = 0;
    flowtable::Bytes value;
    ASSERT_TRUE(read_quic_varint(reader, id) && read_quic_varint(reader, length) &&
                reader.take(length, value));
    EXPECT_TRUE(parameters.emplace(id, std::vector<uint8_t>(value.begin(), value.end())).second);
  }
  // Section 7.3: the client's own id must be there, and it is empty.
  ASSERT_TRUE(parameters.contains(0x0f));
  EXPECT_TRUE(parameters[0x0f].empty());
  EXPECT_EQ(hex(parameters[0x03]), "45c0");  // max_udp_payload_size 1472
  // RFC 9114 section 6.2: three streams of the server's at least.
  EXPECT_GE(parameters[0x09].at(0), 3);
}

TEST(QuicFrames, HeaderIsReadBack) {
  const std::vector<uint8_t> id(8, 0xd1);
  const std::vector<uint8_t> token(70, 0x70);
  for (const uint32_t version : {kQuic1, kQuic2}) {
    for (const QuicPacketType type : {QuicPacketType::initial, QuicPacketType::handshake}) {
      const bool is_initial = type == QuicPacketType::initial;
      LongHeader header{find_quic_version(version), version, type, id, {}, 0x0203};
      if (is_initial) header.token = token;
      std::vector<uint8_t> packet = long_header(header, 30);
      EXPECT_EQ(packet.size(), long_header_bytes(header));
      const size_t number_at = packet.size() - kNumberBytes;
      packet.resize(packet.size() + 30 + 16);
      QuicPacketReader reader(packet);
      const Parsed<QuicPacket> read = reader.next();
      ASSERT_TRUE(read.ok() && reader.at_end());
      EXPECT_EQ(read.value().type, type);
      EXPECT_EQ(read.value().version, version);
      EXPECT_EQ(hex(read.value().destination_id), hex(id));
      EXPECT_TRUE(read.value().source_id.empty());
      EXPECT_EQ(hex(read.value().token), is_initial ? hex(token) : "");
      EXPECT_EQ(read.value().packet_number_at, number_at);
    }
  }
}

}  // namespace
}  // namespace tls::probe
