// SPDX-License-Identifier: Apache-2.0
// QUIC sessions of which something is missing, and why.
#include "tests/unit/tls/quic_conversation.hpp"

namespace tls {
namespace {

using tests::ByteVector;
using tests::client_hello;
using tests::crypto_frame;
using tests::joined;
using tests::kFirstId;
using tests::kRetryId;
using tests::kServerId;
using tests::part_of;
using tests::Peer;
using tests::server_hello;
using tests::sni_of;

class QuicSessionMissing : public tests::QuicConversation {};

TEST_F(QuicSessionMissing, ReadsTheAlertOfAConnectionClose) {
  const Peer peer;
  const Observation seen = read({peer.client(0, crypto_frame(0, client_hello()))},
                                {peer.server(0, tests::close_frame(0x100 + 120))});
  EXPECT_EQ(seen.missing, MissingReason::alert);
  EXPECT_EQ(seen.alert, 120);
  // CONNECTION_REFUSED is no alert.
  const Observation busy = read({peer.client(0, crypto_frame(0, client_hello()))},
                                {peer.server(0, tests::close_frame(0x02))});
  EXPECT_EQ(busy.missing, MissingReason::server_hello_missing);
  EXPECT_EQ(busy.alert, std::nullopt);
}

TEST_F(QuicSessionMissing, NeverReportsPartOfAHello) {
  const Peer peer;
  const ByteVector hello = client_hello();
  for (size_t size = 1; size < hello.size(); ++size) {
    const Observation seen = read({peer.client(0, crypto_frame(0, part_of(hello, 0, size)))}, {});
    ASSERT_FALSE(seen.hello) << size;
    ASSERT_EQ(seen.missing, MissingReason::client_hello_cut) << size;
  }
}

TEST_F(QuicSessionMissing, NamesAGap) {
  const Peer peer;
  const ByteVector hello = client_hello();
  const ByteVector two = joined({crypto_frame(0, part_of(hello, 0, 40)),
                                 crypto_frame(41, part_of(hello, 41, hello.size() - 41))});
  const Observation seen = read({peer.client(0, two)}, {});
  EXPECT_FALSE(seen.hello);
  EXPECT_EQ(seen.missing, MissingReason::gap);
  EXPECT_TRUE(is_tls);
}

TEST_F(QuicSessionMissing, NamesAServersFlightThatIsCut) {
  const Peer peer;
  const Observation seen = read({peer.client(0, crypto_frame(0, client_hello()))},
                                {peer.server(0, crypto_frame(0, part_of(server_hello(), 0, 30)))});
  EXPECT_EQ(sni_of(seen), "www.example.org");
  EXPECT_EQ(seen.missing, MissingReason::server_flight_cut);
}

TEST_F(QuicSessionMissing, NamesFramesAndHellosThatAreBroken) {
  const Peer peer;
  EXPECT_EQ(read({peer.client(0, {0x1e})}, {}).missing, MissingReason::malformed);
  EXPECT_EQ(
      read({peer.client(0, crypto_frame(0, tests::message(1, ByteVector(10, 1))))}, {}).missing,
      MissingReason::malformed);
  // 64 KiB is the longest message there is.
  const Observation large = read({peer.client(0, crypto_frame(70000, ByteVector(10)))}, {});
  EXPECT_EQ(large.missing, MissingReason::too_large);
  EXPECT_FALSE(large.hello);
}

TEST_F(QuicSessionMissing, TellsOfCopiesThatDiffer) {
  const Peer peer;
  const ByteVector hello = client_hello();
  ByteVector differing = hello;
  differing[30] ^= 1;
  const Observation seen =
      read({peer.client(0, joined({crypto_frame(0, hello), crypto_frame(0, differing)}))},
           {peer.server(0, crypto_frame(0, server_hello()))});
  EXPECT_TRUE(seen.complete());
  EXPECT_TRUE(seen.conflict);
}

TEST_F(QuicSessionMissing, CannotReadAServerWithoutItsClient) {
  const Peer peer;
  const Observation seen = read({}, {peer.server(0, crypto_frame(0, server_hello()))});
  EXPECT_TRUE(is_tls);
  EXPECT_EQ(seen.missing, MissingReason::client_hello_missing);
  EXPECT_FALSE(seen.answer);
  EXPECT_EQ(seen.quic_version, kQuic1);
  EXPECT_EQ(seen.client.port, 40000);
}

TEST_F(QuicSessionMissing, CannotReadAConnectionWhoseFirstPacketIsMissing) {
  const Peer peer;
  const Observation seen = read({peer.client(1, crypto_frame(0, client_hello()), kServerId)},
                                {peer.server(0, crypto_frame(0, server_hello()))});
  EXPECT_TRUE(is_tls);
  EXPECT_EQ(seen.missing, MissingReason::undecryptable);
  EXPECT_FALSE(seen.hello);
}

TEST_F(QuicSessionMissing, CannotReadALaterPacketOfAClient) {
  const Observation seen = read({Peer{}.client(1, {1}, kServerId)}, {});
  EXPECT_TRUE(is_tls);
  EXPECT_EQ(seen.missing, MissingReason::undecryptable);
  EXPECT_EQ(seen.client.port, 40000);
}

TEST_F(QuicSessionMissing, CannotReadAServerOfOtherKeys) {
  const Peer other{kQuic1, kRetryId};
  const Observation seen = read({Peer{}.client(0, crypto_frame(0, client_hello()))},
                                {other.server(0, crypto_frame(0, server_hello()))});
  EXPECT_EQ(sni_of(seen), "www.example.org");
  EXPECT_EQ(seen.missing, MissingReason::undecryptable);
}

TEST_F(QuicSessionMissing, CannotReadAVersionWithoutKnownKeys) {
  const Observation seen = read({tests::opaque_packet(0xc0, 0xff000023, kFirstId, 1180)}, {});
  EXPECT_TRUE(is_tls);
  EXPECT_EQ(seen.missing, MissingReason::undecryptable);
  EXPECT_EQ(seen.quic_version, 0xff000023);
  EXPECT_EQ(seen.client.port, 40000);
}

TEST_F(QuicSessionMissing, IsNoSessionWhereNothingBeginsOne) {
  (void)read({tests::opaque_packet(0xc0, 0x51303436, kFirstId, 1180)}, {});  // Google's Q046
  EXPECT_FALSE(is_tls);
  (void)read({tests::opaque_packet(0xe0, kQuic1, kFirstId, 1180)}, {});  // Handshake
  EXPECT_FALSE(is_tls);
  (void)read({ByteVector(100, 0x41)}, {ByteVector(30, 0)});
  EXPECT_FALSE(is_tls);
  (void)read({}, {tests::version_negotiation({}, kFirstId, {kQuic1})});
  EXPECT_FALSE(is_tls);
}

TEST_F(QuicSessionMissing, KeepsTwoConnectionsOnOnePairOfPortsApart) {
  const Peer one;
  const Peer two{kQuic1, kRetryId};
  const Observation seen = read({one.client(0, crypto_frame(0, client_hello("one.example.org"))),
                                 two.client(0, crypto_frame(0, client_hello("two.example.org")))},
                                {two.server(0, crypto_frame(0, server_hello()))});
  EXPECT_EQ(sni_of(seen), "one.example.org");
  EXPECT_FALSE(seen.answer);
}

}  // namespace
}  // namespace tls
