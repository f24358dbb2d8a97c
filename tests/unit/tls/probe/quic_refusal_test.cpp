// SPDX-License-Identifier: Apache-2.0
// What a QUIC conversation makes of packets that no good server sends. They are sealed by OpenSSL,
// with the keys that RFC 9001 gives to whoever saw the first packet.
#include "tests/support/quic_builder.hpp"
#include "tests/unit/tls/probe/shared_keys.hpp"
#include "tls/probe/datagram_conversation.hpp"
#include "tls/probe/quic_conversation.hpp"
#include "tls/wire/quic_frame.hpp"
#include "tls/wire/quic_packet.hpp"

#include <gtest/gtest.h>

namespace tls::probe {
namespace {

using tests::ByteVector;
using Kind = DatagramStep::Kind;

ByteVector destination_of(const ByteVector& datagram) {
  const Parsed<QuicPacket> packet = QuicPacketReader(datagram).next();
  EXPECT_TRUE(packet.ok());
  return {packet.value().destination_id.begin(), packet.value().destination_id.end()};
}

class QuicPeer : public testing::Test {
 protected:
  [[nodiscard]] ByteVector initial(const ByteVector& frames, uint64_t number = 0) const {
    return tests::seal_initial({kQuic1, {}, server_id_, {}, number, 2, frames},
                               tests::keys_of(kQuic1, id_, QuicSide::server), 40);
  }
  [[nodiscard]] ByteVector retry(const ByteVector& token, const ByteVector& id) const {
    return tests::retry_packet({kQuic1, {}, server_id_, token}, id);
  }
  void expect_end(const ByteVector& datagram, std::string_view refusal) {
    EXPECT_EQ(conversation_->heard(datagram).kind, Kind::finished);
    EXPECT_EQ(name_of(conversation_->result().refusal), refusal);
  }
  void expect_passed_over(const ByteVector& datagram) {
    const DatagramStep step = conversation_->heard(datagram);
    EXPECT_EQ(step.kind, Kind::wait);
    EXPECT_TRUE(step.datagrams.empty());
  }

  std::unique_ptr<DatagramConversation> conversation_ =
      make_quic_conversation({Probe::quic}, shares());
  ByteVector id_ = destination_of(conversation_->first_datagram());
  ByteVector server_id_ = ByteVector(5, 0xf0);
};

TEST_F(QuicPeer, FirstDatagramIsOneInitialPacketWithAHello) {
  const ByteVector& datagram = conversation_->first_datagram();
  EXPECT_EQ(datagram.size(), 1200u);
  QuicPacketReader reader(datagram);
  const Parsed<QuicPacket> packet = reader.next();
  ASSERT_TRUE(packet.ok() && reader.at_end());
  EXPECT_EQ(packet.value().type, QuicPacketType::initial);
  EXPECT_GE(id_.size(), 8u);
  ByteVector buffer(1200);
  const auto opened =
      open_initial(packet.value(), tests::keys_of(kQuic1, id_, QuicSide::client), 0, buffer);
  ASSERT_TRUE(opened);
  const Parsed<QuicFrame> frame = QuicFrameReader(opened->payload).next();
  ASSERT_TRUE(frame.ok());
  EXPECT_EQ(frame.value().type, QuicFrameType::crypto);
  EXPECT_EQ(frame.value().offset, 0u);
  ASSERT_FALSE(frame.value().data.empty());
  EXPECT_EQ(frame.value().data[0], 1);  // ClientHello
}

TEST_F(QuicPeer, FirstDatagramFitsWithAnything) {
  const std::string longest = std::string(63, 'x') + "." + std::string(189, 'y');
  const std::vector<std::string> names(20, std::string(100, 'z'));
  const auto conversation = make_quic_conversation({Probe::quic, longest, names}, shares());
  EXPECT_EQ(conversation->first_datagram().size(), 1200u);
}

TEST_F(QuicPeer, ClosesWithAnAlertOrWithout) {
  expect_end(initial(tests::close_frame(0x128)), "alert");
  EXPECT_EQ(conversation_->result().alert->description, 40);
  EXPECT_EQ(conversation_->result().quic_error, 0x128u);
  EXPECT_EQ(conversation_->result().quic_version, kQuic1);
  conversation_ = make_quic_conversation({Probe::quic}, shares());
  id_ = destination_of(conversation_->first_datagram());
  expect_end(initial(tests::close_frame(0x02)), "closed");
  EXPECT_FALSE(conversation_->result().alert);
  EXPECT_EQ(conversation_->result().quic_error, 0x02u);
}

TEST_F(QuicPeer, IsAcknowledgedAtOnceAndOnlyWhereItHasToBe) {
  const ByteVector ping = initial({0x01}, 4);
  const DatagramStep step = conversation_->heard(ping);
  ASSERT_EQ(step.datagrams.size(), 1u);
  const Parsed<QuicPacket> packet = QuicPacketReader(step.datagrams[0]).next();
  ASSERT_TRUE(packet.ok());
  EXPECT_EQ(
      tests::ByteVector(packet.value().destination_id.begin(), packet.value().destination_id.end()),
      server_id_);
  ByteVector buffer(1200);
  const auto opened =
      open_initial(packet.value(), tests::keys_of(kQuic1, id_, QuicSide::client), 1, buffer);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->number, 1u);
  // ACK of packet 4 alone, then PADDING.
  EXPECT_EQ(ByteVector(opened->payload.begin(), opened->payload.begin() + 6),
            (ByteVector{2, 4, 0, 0, 0, 0}));
  expect_passed_over(ping);                               // a duplicate
  expect_passed_over(initial({0x02, 0x00, 0, 0, 0}, 5));  // an ACK
  expect_passed_over(initial({0x01}, 4));
}

TEST_F(QuicPeer, ThatIsForgedIsPassedOver) {
  expect_passed_over(retry(ByteVector(20, 1), ByteVector(8, 9)));  // not of our packet
  ByteVector broken = initial({0x01});
  broken.back() ^= 1;
  expect_passed_over(broken);
  expect_passed_over(tests::version_negotiation({}, ByteVector(8, 9), {kQuic2}));
  expect_passed_over(tests::version_negotiation({}, id_, {kQuic2, kQuic1}));
  conversation_->ended(PeerEnd::timed_out);
  EXPECT_EQ(name_of(conversation_->result().refusal), "undecryptable");
}

TEST_F(QuicPeer, GetsItsTokenBackOnce) {
  const ByteVector token(300, 0x70);
  const DatagramStep step = conversation_->heard(retry(token, id_));
  ASSERT_EQ(step.kind, Kind::send);
  ASSERT_EQ(step.datagrams.size(), 1u);
  const Parsed<QuicPacket> packet = QuicPacketReader(step.datagrams[0]).next();
  ASSERT_TRUE(packet.ok());
  EXPECT_EQ(ByteVector(packet.value().token.begin(), packet.value().token.end()), token);
  ByteVector buffer(1200);
  // Keys of the id that the Retry named; the packet's number goes on.
  const auto opened =
      open_initial(packet.value(), tests::keys_of(kQuic1, server_id_, QuicSide::client), 1, buffer);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->number, 1u);
  expect_passed_over(retry(token, id_));
  expect_passed_over(tests::version_negotiation({}, id_, {kQuic2}));
}

TEST_F(QuicPeer, WithALongTokenGetsTheHelloInPieces) {
  conversation_ = make_quic_conversation({Probe::quic, std::string(250, 'x')}, shares());
  id_ = destination_of(conversation_->first_datagram());
  const DatagramStep step = conversation_->heard(retry(ByteVector(900, 0x70), id_));
  ASSERT_GT(step.datagrams.size(), 1u);
  uint64_t expected = 0;
  for (const ByteVector& datagram : step.datagrams) {
    EXPECT_EQ(datagram.size(), 1200u);
    const Parsed<QuicPacket> packet = QuicPacketReader(datagram).next();
    ASSERT_TRUE(packet.ok());
    ByteVector buffer(1200);
    const auto opened = open_initial(
        packet.value(), tests::keys_of(kQuic1, server_id_, QuicSide::client), 1, buffer);
    ASSERT_TRUE(opened);
    const Parsed<QuicFrame> frame = QuicFrameReader(opened->payload).next();
    ASSERT_TRUE(frame.ok());
    EXPECT_EQ(frame.value().offset, expected);
    expected += frame.value().data.size();
  }
  EXPECT_GT(expected, 450u);
  conversation_ = make_quic_conversation({Probe::quic}, shares());
  expect_end(retry(ByteVector(901, 0x70), destination_of(conversation_->first_datagram())),
             "too_much");
}

TEST_F(QuicPeer, SpeaksVersion2WhereItAsksForIt) {
  const ByteVector negotiation = tests::version_negotiation({}, id_, {0x0a0a0a0a, kQuic2});
  const DatagramStep step = conversation_->heard(negotiation);
  ASSERT_EQ(step.datagrams.size(), 1u);
  const ByteVector again = destination_of(step.datagrams[0]);
  EXPECT_NE(again, id_);
  const Parsed<QuicPacket> packet = QuicPacketReader(step.datagrams[0]).next();
  EXPECT_EQ(packet.value().version, kQuic2);
  EXPECT_EQ(packet.value().type, QuicPacketType::initial);
  ByteVector buffer(1200);
  EXPECT_TRUE(
      open_initial(packet.value(), tests::keys_of(kQuic2, again, QuicSide::client), 0, buffer));
  expect_passed_over(negotiation);
  // Not twice.
  expect_passed_over(tests::version_negotiation({}, again, {0x709a50c4}));
}

TEST_F(QuicPeer, WithoutACommonVersionIsUnexpected) {
  expect_end(tests::version_negotiation({}, id_, {0xff00001d, 0x0a0a0a0a}), "unexpected");
}

TEST_F(QuicPeer, BreaksTheFormat) {
  expect_end(initial({0x1e}), "malformed");  // HANDSHAKE_DONE does not belong here
}

TEST_F(QuicPeer, SaysTooMuch) {
  expect_end(initial(tests::crypto_frame(128 * 1024, ByteVector{1})), "too_much");
  conversation_ = make_quic_conversation({Probe::quic}, shares());
  id_ = destination_of(conversation_->first_datagram());
  expect_end(initial(tests::crypto_frame(0, ByteVector{2, 1, 0, 1})), "too_much");  // 65537 bytes
}

TEST_F(QuicPeer, ShowsACertificateInClear) {
  expect_end(initial(tests::crypto_frame(0, tests::message(11, ByteVector(20)))), "malformed");
}

TEST_F(QuicPeer, SpeaksTls12) {
  const ByteVector hello = tests::message(2, tests::server_hello_body({}));
  const DatagramStep step = conversation_->heard(initial(tests::crypto_frame(0, hello)));
  EXPECT_EQ(step.kind, Kind::finished);
  EXPECT_EQ(name_of(conversation_->result().refusal), "unexpected");
  // It is told that we leave, in the space that it has the keys of.
  ASSERT_EQ(step.datagrams.size(), 1u);
  EXPECT_EQ(step.datagrams[0].size(), 1200u);
}

TEST_F(QuicPeer, IsNoQuic) {
  const ByteVector dns{0x12, 0x34, 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0};
  expect_end(dns, "not_tls");
}

TEST_F(QuicPeer, MaySendDataThatNobodyCanReadYet) {
  ByteVector data(60, 0x55);  // a short header
  expect_passed_over(data);
  conversation_->ended(PeerEnd::timed_out);
  EXPECT_EQ(name_of(conversation_->result().refusal), "timed_out");
}

}  // namespace
}  // namespace tls::probe
