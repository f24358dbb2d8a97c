// SPDX-License-Identifier: Apache-2.0
#include "flowtable/datagram_kind.hpp"

#include "flowtable/dtls_datagram.hpp"
#include "flowtable/quic_datagram.hpp"
#include "tests/support/datagram_bytes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace flowtable {
namespace {

using tests::ByteVector;
using tests::joined;
using tests::QuicType;

const ByteVector kHello = tests::dtls_client_hello({.version = 0xfefd, .ciphers = {0xc02b}}, {});

DatagramKind kind_of(const ByteVector& datagram) {
  return datagram_kind_of(datagram, datagram.size());
}

ByteVector hello_of_version(uint16_t version) {
  return tests::dtls_record({.version = version}, tests::dtls_fragment({}, kHello));
}

TEST(DatagramKind, TakesHellosOfDtlsOfEveryVersionAndSide) {
  for (const uint16_t version : std::vector<uint16_t>{0xfeff, 0xfefd, 0xfefc, 0x0100})
    EXPECT_EQ(kind_of(hello_of_version(version)), DatagramKind::dtls) << version;
  const ByteVector server = tests::server_hello_body({.version = 0xfefd});
  EXPECT_EQ(kind_of(tests::dtls_message(2, 0, server)), DatagramKind::dtls);
  const ByteVector verify = tests::hello_verify_request(ByteVector(20, 9));
  EXPECT_EQ(kind_of(tests::dtls_message(3, 0, verify)), DatagramKind::dtls);
  // A later fragment that overtook the first one.
  EXPECT_EQ(kind_of(tests::dtls_record({}, tests::dtls_fragment({1, 0, 20}, kHello))),
            DatagramKind::dtls);
  // Behind CAPWAP's header, and only behind that.
  EXPECT_EQ(kind_of(joined({{1, 0, 0, 0}, hello_of_version(0xfeff)})), DatagramKind::dtls);
  EXPECT_EQ(kind_of(joined({{1, 0, 0, 1}, hello_of_version(0xfeff)})), DatagramKind::other);
}

TEST(DatagramKind, LeavesWhatOnlyLooksLikeDtls) {
  const ByteVector good = tests::dtls_message(1, 0, kHello);
  ASSERT_EQ(kind_of(good), DatagramKind::dtls);
  const auto with = [&](size_t at, uint8_t value) {
    ByteVector out = good;
    out[at] = value;
    return out;
  };
  EXPECT_EQ(kind_of(with(0, 23)), DatagramKind::other);     // no handshake record
  EXPECT_EQ(kind_of(with(1, 3)), DatagramKind::other);      // version of TLS
  EXPECT_EQ(kind_of(with(4, 1)), DatagramKind::other);      // encrypted epoch
  EXPECT_EQ(kind_of(with(11, 0x7f)), DatagramKind::other);  // longer than the datagram
  EXPECT_EQ(kind_of(with(13, 11)), DatagramKind::other);    // begins with a Certificate
  EXPECT_EQ(kind_of(with(14, 9)), DatagramKind::other);     // a message of 9 << 16 bytes
  EXPECT_EQ(kind_of(with(21, 0xff)), DatagramKind::other);  // offset behind its end
  EXPECT_EQ(kind_of(with(24, 0xff)), DatagramKind::other);  // fragment longer than the rest
  EXPECT_EQ(kind_of(with(25, 3)), DatagramKind::other);     // a hello of another protocol
  EXPECT_EQ(kind_of({}), DatagramKind::other);
  for (size_t size = 0; size < good.size(); ++size)
    EXPECT_EQ(kind_of(tests::joined({ByteVector(good.begin(), good.begin() + size)})),
              DatagramKind::other);
  // Cut by a snap length the record still fits the wire.
  EXPECT_EQ(datagram_kind_of(Bytes(good).first(40), good.size()), DatagramKind::dtls);
}

TEST(DatagramKind, TakesInitialsOfTheVersionsThatSpeakTls) {
  for (const uint32_t version : {0x00000001u, 0x6b3343cfu, 0x709a50c4u, 0xff000016u, 0xff00001du,
                                 0xff000022u, 0xfaceb001u, 0xfaceb002u, 0xfaceb00eu, 0x54303531u}) {
    EXPECT_EQ(kind_of(tests::quic_packet({.version = version}, 1200)), DatagramKind::quic)
        << std::hex << version;
  }
  // A server's Initial: the client may have an empty id, and acknowledgements are short.
  EXPECT_EQ(kind_of(tests::quic_packet({.destination_id = {}, .source_id = ByteVector(8, 2)}, 40)),
            DatagramKind::quic);
  EXPECT_EQ(kind_of(tests::quic_packet({.token = ByteVector(70, 1)}, 1100)), DatagramKind::quic);
}

TEST(DatagramKind, CountsVersionsThatItCannotFollow) {
  for (const uint32_t version : {0xff000012u, 0x51303436u, 0x51303530u, 0x00000002u})
    EXPECT_EQ(kind_of(tests::quic_packet({.version = version}, 1200)),
              DatagramKind::quic_unfollowed)
        << std::hex << version;
  // Google's own header: flags, connection id, "Q043".
  const ByteVector google =
      joined({{0x0d}, ByteVector(8, 0xc1), {'Q', '0', '4', '3'}, ByteVector(1300, 0)});
  EXPECT_EQ(kind_of(google), DatagramKind::quic_unfollowed);
  EXPECT_EQ(kind_of(joined({{0x09}, {'Q', '0', 'x', '3'}, ByteVector(1300, 0)})),
            DatagramKind::other);
  // A version that means nothing is only believed of a client's first datagram.
  EXPECT_EQ(kind_of(tests::quic_packet({.version = 0x1a2a3a4a}, 1200)), DatagramKind::quic);
  EXPECT_EQ(kind_of(tests::quic_packet({.version = 0x1a2a3a4a}, 100)), DatagramKind::other);
  EXPECT_EQ(kind_of(tests::quic_packet({.version = 7}, 100)), DatagramKind::other);
}

// RFC 9287 section 3: an endpoint may clear it, as ngtcp2 does in its first packet already.
TEST(DatagramKind, KnowsQuicByItsVersionWhereTheFixedBitIsGreased) {
  ByteVector greased = tests::quic_packet({}, 1200);
  greased[0] = 0x80;
  EXPECT_EQ(kind_of(greased), DatagramKind::quic);
  EXPECT_EQ(look_at_quic(greased, greased.size()).kept_bytes, greased.size());
  ByteVector short_header = tests::quic_short_header();
  short_header[0] = 0x05;
  EXPECT_TRUE(look_at_quic(short_header, short_header.size()).beyond);
}

TEST(DatagramKind, LeavesWhatOnlyLooksLikeQuic) {
  EXPECT_EQ(kind_of(tests::quic_packet({.type = QuicType::handshake}, 1200)), DatagramKind::other);
  EXPECT_EQ(kind_of(tests::quic_packet({.type = QuicType::zero_rtt}, 1200)), DatagramKind::other);
  EXPECT_EQ(kind_of(tests::quic_packet({.destination_id = ByteVector(21, 1)}, 1200)),
            DatagramKind::other);
  EXPECT_EQ(kind_of(tests::quic_short_header()), DatagramKind::other);
  EXPECT_EQ(kind_of(tests::quic_packet({}, 19)), DatagramKind::other);  // no room for a tag
  ByteVector cut = tests::quic_packet({}, 1200);
  const size_t wire_bytes = cut.size();
  cut.resize(60);
  EXPECT_EQ(kind_of(cut), DatagramKind::other);
  EXPECT_EQ(datagram_kind_of(cut, wire_bytes), DatagramKind::quic);
}

// DNS, NTP, STUN, RTP, TURN, SIP, SNMP.
TEST(DatagramKind, LeavesOtherProtocols) {
  const std::vector<ByteVector> others = {
      {0x16, 0xfe, 0x01, 0x00, 0x00, 0x01, 0, 0, 0, 0, 0, 0, 3, 'w', 'w', 'w', 0, 0, 1, 0, 1},
      joined({{0x23, 0x02, 0x0a, 0x20}, ByteVector(44, 0)}),
      joined({{0x00, 0x01, 0x00, 0x00, 0x21, 0x12, 0xa4, 0x42}, ByteVector(12, 7)}),
      joined({{0x80, 0x60, 0x12, 0x34}, ByteVector(1300, 0x55)}),
      joined({{0xe0, 0x60, 0x12, 0x34}, ByteVector(1300, 0x55)}),
      joined({{0x40, 0x00, 0x00, 0x40}, ByteVector(64, 0x16)}),
      ByteVector{'I', 'N', 'V', 'I', 'T', 'E', ' ', 's', 'i', 'p', ':'},
      joined({{0x30, 0x29, 0x02, 0x01}, ByteVector(40, 2)}),
  };
  for (const ByteVector& datagram : others)
    EXPECT_EQ(kind_of(datagram), DatagramKind::other) << int{datagram[0]};
}

TEST(DtlsSight, TellsClearFromEncryptedRecords) {
  const ByteVector ccs = tests::dtls_record({.type = 20}, ByteVector{1});
  const ByteVector hello = tests::dtls_message(1, 0, kHello);
  const ByteVector flight = joined({hello, ccs, tests::dtls_encrypted()});
  const DtlsSight sight = look_at_dtls(flight);
  EXPECT_TRUE(sight.clear);
  EXPECT_TRUE(sight.encrypted);
  EXPECT_TRUE(sight.client_hello);
  EXPECT_FALSE(sight.server_hello);
  EXPECT_EQ(sight.clear_bytes, hello.size() + ccs.size());
  EXPECT_TRUE(std::ranges::equal(sight.client_random, Bytes(kHello).subspan(2, 32)));

  EXPECT_TRUE(look_at_dtls(tests::dtls13_encrypted()).encrypted);
  const DtlsSight with_id = look_at_dtls(tests::dtls_record({.type = 25, .epoch = 1}, hello));
  EXPECT_TRUE(with_id.encrypted);
  EXPECT_FALSE(with_id.clear);
  // STUN and RTP of the same ports: RFC 7983.
  for (const uint8_t first : std::vector<uint8_t>{0, 1, 64, 79, 128, 191, 255}) {
    const DtlsSight other = look_at_dtls(ByteVector(40, first));
    EXPECT_FALSE(other.clear || other.encrypted) << int{first};
  }
}

TEST(QuicSight, WalksCoalescedPackets) {
  const ByteVector initial = tests::quic_packet({.source_id = {5}}, 200);
  const ByteVector handshake = tests::quic_packet({.type = QuicType::handshake}, 300);
  const ByteVector early = tests::quic_packet({.type = QuicType::zero_rtt}, 300);
  const auto look = [](const ByteVector& datagram) {
    return look_at_quic(datagram, datagram.size());
  };
  const ByteVector answer = joined({initial, handshake, tests::quic_short_header()});
  const QuicSight sight = look(answer);
  EXPECT_TRUE(sight.initial);
  EXPECT_TRUE(sight.beyond);
  EXPECT_EQ(sight.kept_bytes, initial.size());
  EXPECT_EQ(sight.destination_id.size(), 8u);
  EXPECT_EQ(sight.source_id.size(), 1u);

  const ByteVector two_initials = joined({initial, early, initial, ByteVector(100, 0)});
  const QuicSight first_flight = look(two_initials);
  EXPECT_FALSE(first_flight.beyond);
  EXPECT_EQ(first_flight.kept_bytes, 2 * initial.size() + early.size());

  EXPECT_TRUE(look(tests::quic_short_header()).beyond);
  EXPECT_EQ(look(tests::quic_short_header()).kept_bytes, 0u);
  EXPECT_TRUE(look(handshake).beyond);
  EXPECT_FALSE(look(early).beyond);

  const ByteVector retry =
      tests::quic_packet({.type = QuicType::retry, .token = ByteVector(60, 3)}, 0);
  EXPECT_TRUE(look(retry).retry);
  EXPECT_EQ(look(retry).kept_bytes, retry.size());
  const ByteVector versions = tests::quic_negotiation({1}, ByteVector(8, 2));
  EXPECT_TRUE(look(versions).negotiation);
  EXPECT_EQ(look(versions).kept_bytes, versions.size());

  // Version 2 numbers its packet types anew.
  const ByteVector second = tests::quic_packet({.version = tests::kQuicV2}, 1200);
  EXPECT_TRUE(look(second).initial);
  EXPECT_FALSE(look(second).beyond);
}

TEST(QuicSight, ReadsAnyBytes) {
  const ByteVector whole = joined({tests::quic_packet({.token = {1, 2, 3}}, 60),
                                   tests::quic_packet({.type = QuicType::handshake}, 50)});
  for (size_t size = 0; size <= whole.size(); ++size) {
    const Bytes part = Bytes(whole).first(size);
    EXPECT_LE(look_at_quic(part, size).kept_bytes, size);
    EXPECT_LE(look_at_quic(part, whole.size()).kept_bytes, size);
  }
}

}  // namespace
}  // namespace flowtable
