// SPDX-License-Identifier: Apache-2.0
#include "tests/support/datagram_bytes.hpp"
#include "tls/wire/dtls_handshake.hpp"
#include "tls/wire/dtls_record_reader.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <vector>

namespace tls {
namespace {

using flowtable::ByteReader;
using flowtable::Bytes;
using tests::ByteVector;
using tests::ByteWriter;
using tests::joined;

constexpr size_t kDtlsJoinBytes = HandshakeAssembler::kMessageBytesMax;

std::vector<DtlsRecord> records_of(Bytes datagram) {
  std::vector<DtlsRecord> out;
  DtlsRecordReader reader(datagram);
  while (!reader.at_end()) {
    const Parsed<DtlsRecord> record = reader.next();
    if (!record.ok()) break;
    out.push_back(record.value());
  }
  return out;
}

ParseError error_of(Bytes datagram) {
  DtlsRecordReader reader(datagram);
  const Parsed<DtlsRecord> record = reader.next();
  EXPECT_FALSE(record.ok());
  EXPECT_TRUE(reader.at_end());
  return record.ok() ? ParseError::count_ : record.error();
}

TEST(DtlsRecordReader, YieldsTheRecordsOfADatagram) {
  const ByteVector datagram = joined(
      {tests::dtls_record({.version = 0x0100, .number = 0x123456789abc}, ByteVector{1, 2, 3}),
       tests::dtls_record({.type = 20, .version = 0xfeff}, ByteVector{1}),
       tests::dtls_record({.version = 0xfefc, .epoch = 3}, ByteVector(5, 9)),
       tests::dtls13_encrypted()});
  const std::vector<DtlsRecord> records = records_of(datagram);
  ASSERT_EQ(records.size(), 4u);
  EXPECT_EQ(records[0].number, 0x123456789abcu);
  EXPECT_EQ(records[0].version, 0x0100);
  EXPECT_EQ(records[0].payload.size(), 3u);
  EXPECT_FALSE(records[0].encrypted);
  EXPECT_EQ(records[1].type, ContentType::change_cipher_spec);
  EXPECT_EQ(records[2].epoch, 3);
  EXPECT_TRUE(records[2].encrypted);
  EXPECT_TRUE(records[3].encrypted);
  EXPECT_FALSE(records[3].cut());
}

TEST(DtlsRecordReader, SaysWhatIsWrong) {
  const ByteVector good = tests::dtls_record({}, ByteVector(20, 1));
  EXPECT_EQ(error_of(ByteVector{0x80, 0xfe, 0xfd}), ParseError::record_type_unknown);
  EXPECT_EQ(error_of(ByteVector{0x16, 0x03, 0x03}), ParseError::record_version_bad);
  EXPECT_EQ(error_of(Bytes(good).first(12)), ParseError::truncated);
  EXPECT_EQ(error_of(tests::dtls_record({}, ByteVector((1 << 14) + 2049))),
            ParseError::record_too_large);
  const std::vector<DtlsRecord> cut = records_of(Bytes(good).first(30));
  ASSERT_EQ(cut.size(), 1u);
  EXPECT_TRUE(cut[0].cut());
  EXPECT_EQ(cut[0].payload.size(), 17u);
}

// RFC 9146 section 4: what stands behind the sequence number is an id of unknown length.
TEST(DtlsRecordReader, DoesNotReadBehindAConnectionId) {
  const std::vector<DtlsRecord> records =
      records_of(joined({tests::dtls_record({.type = 25, .epoch = 1}, ByteVector(9, 1)),
                         tests::dtls_record({}, ByteVector(9, 1))}));
  ASSERT_EQ(records.size(), 1u);
  EXPECT_TRUE(records[0].encrypted);
}

TEST(DtlsFragment, IsReadFromARecordWithSeveral) {
  const ByteVector body(30, 7);
  const ByteVector payload = joined({tests::dtls_fragment({11, 2, 10, 5}, body),
                                     tests::dtls_fragment({14, 3}, {}), ByteVector{1, 2}});
  ByteReader reader(payload);
  const Parsed<DtlsFragment> first = read_dtls_fragment(reader);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(first.value().type, HandshakeType::certificate);
  EXPECT_EQ(first.value().message_seq, 2);
  EXPECT_EQ(first.value().length, 30u);
  EXPECT_EQ(first.value().offset, 10u);
  EXPECT_EQ(first.value().piece.size(), 5u);
  EXPECT_FALSE(first.value().whole());
  const Parsed<DtlsFragment> second = read_dtls_fragment(reader);
  ASSERT_TRUE(second.ok());
  EXPECT_TRUE(second.value().whole());
  const Parsed<DtlsFragment> third = read_dtls_fragment(reader);
  ASSERT_FALSE(third.ok());
  EXPECT_EQ(reader.size(), 2u);
}

TEST(DtlsFragment, MustLieInsideItsMessage) {
  // Length 10; offset and fragment length that reach behind it, each for itself and together.
  for (const auto& [offset, length] : {std::pair{11, 0}, std::pair{0, 11}, std::pair{6, 5}}) {
    ByteWriter out;
    out.u8(1).u24(10).u16(0).u24(static_cast<size_t>(offset));
    out.u24_prefixed(ByteVector(static_cast<size_t>(length), 1));
    ByteReader reader{Bytes(out.out())};
    EXPECT_FALSE(read_dtls_fragment(reader).ok()) << offset << " " << length;
  }
}

class Joined : public testing::Test {
 protected:
  DtlsMessage join(const std::vector<DtlsFragment>& fragments) {
    return join_dtls_message(fragments, buffer_);
  }
  // Bytes [begin, end) of `body_`.
  DtlsFragment piece(size_t begin, size_t end) const {
    return {HandshakeType::certificate, 1, static_cast<uint32_t>(body_.size()),
            static_cast<uint32_t>(begin), Bytes(body_).subspan(begin, end - begin)};
  }

  ByteVector buffer_ = ByteVector(kDtlsJoinBytes);
  ByteVector body_ = ByteVector(100, 0);
};

TEST_F(Joined, AWholeFirstFragmentIsAWindow) {
  const DtlsMessage out = join({piece(0, 100), piece(10, 20)});
  EXPECT_EQ(out.state, DtlsMessageState::whole);
  EXPECT_FALSE(out.message.joined);
  EXPECT_EQ(out.message.body.data(), body_.data());
  EXPECT_FALSE(out.conflict);
}

TEST_F(Joined, SaysWhetherPiecesOrTheEndAreMissing) {
  EXPECT_EQ(join({piece(0, 40), piece(60, 100)}).state, DtlsMessageState::gap);
  EXPECT_EQ(join({piece(20, 100)}).state, DtlsMessageState::gap);
  EXPECT_EQ(join({piece(0, 40), piece(30, 70)}).state, DtlsMessageState::cut);
  EXPECT_EQ(join({piece(0, 40), piece(40, 100)}).state, DtlsMessageState::whole);
}

TEST_F(Joined, TheFirstToComeCounts) {
  const ByteVector other_body(100, 1);
  DtlsFragment other = piece(30, 100);
  other.piece = Bytes(other_body).subspan(30);
  const DtlsMessage out = join({piece(0, 40), other});
  ASSERT_EQ(out.state, DtlsMessageState::whole);
  EXPECT_TRUE(out.conflict);
  EXPECT_EQ(out.message.body[39], 0);
  EXPECT_EQ(out.message.body[40], 1);

  DtlsFragment longer = piece(40, 100);
  longer.length = 101;
  EXPECT_EQ(join({piece(0, 40), longer}).state, DtlsMessageState::cut);
  DtlsFragment renamed = piece(0, 100);
  renamed.type = HandshakeType::finished;
  EXPECT_TRUE(join({piece(0, 100), renamed}).conflict);
}

TEST_F(Joined, BoundsItsMessage) {
  DtlsFragment huge = piece(0, 100);
  huge.length = kDtlsJoinBytes + 1;
  EXPECT_EQ(join({huge}).state, DtlsMessageState::too_large);
  huge.length = kDtlsJoinBytes;
  EXPECT_EQ(join({huge}).state, DtlsMessageState::cut);
  buffer_.resize(99);
  EXPECT_EQ(join({piece(0, 40)}).state, DtlsMessageState::too_large);
}

// Any fragmentation of a message, in any order, again and overlapping, is the message.
TEST_F(Joined, IsTheSameHoweverItWasCut) {
  std::mt19937 random(9);
  const auto below = [&](size_t limit) {
    return std::uniform_int_distribution<size_t>(0, limit - 1)(random);
  };
  for (int round = 0; round < 500; ++round) {
    body_.resize(1 + below(300));
    for (uint8_t& byte : body_)
      byte = static_cast<uint8_t>(random());
    std::vector<DtlsFragment> fragments;
    for (size_t begin = 0; begin < body_.size();) {
      const size_t end = std::min(body_.size(), begin + 1 + below(60));
      fragments.push_back(piece(begin, end));
      begin = end;
    }
    for (size_t again = below(10); again > 0; --again) {
      const size_t begin = below(body_.size());
      fragments.push_back(piece(begin, begin + 1 + below(body_.size() - begin)));
    }
    std::ranges::shuffle(fragments, random);
    const DtlsMessage out = join(fragments);
    ASSERT_EQ(out.state, DtlsMessageState::whole);
    ASSERT_TRUE(std::ranges::equal(out.message.body, body_));
    ASSERT_FALSE(out.conflict);
  }
}

}  // namespace
}  // namespace tls
