// SPDX-License-Identifier: Apache-2.0
// QUIC sessions that can be read.
#include "tests/support/quic_samples.hpp"
#include "tests/unit/tls/quic_conversation.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace tls {
namespace {

using tests::ByteVector;
using tests::client_hello;
using tests::crypto_frame;
using tests::Datagrams;
using tests::from_hex;
using tests::joined;
using tests::kFirstId;
using tests::kGreased;
using tests::kRetryId;
using tests::kServerId;
using tests::part_of;
using tests::Peer;
using tests::server_hello;
using tests::sni_of;

class QuicSession : public tests::QuicConversation {};

TEST_F(QuicSession, ReadsTheSamplesOfRfc9001AndRfc9369) {
  for (const bool second : {false, true}) {
    const Observation seen =
        read({from_hex(second ? tests::kClientInitial2 : tests::kClientInitial1)},
             {from_hex(second ? tests::kServerInitial2 : tests::kServerInitial1)});
    EXPECT_EQ(seen.missing, MissingReason::none);
    EXPECT_EQ(seen.transport, Transport::quic);
    EXPECT_EQ(seen.quic_version, second ? kQuic2 : kQuic1);
    EXPECT_EQ(sni_of(seen), "example.com");
    EXPECT_EQ(seen.hello->alpn, (std::vector<std::string>{"alpn"}));
    ASSERT_TRUE(seen.answer);
    EXPECT_EQ(seen.answer->cipher, 0x1301);
    EXPECT_EQ(seen.answer->version, 0x0304);
    EXPECT_EQ(seen.answer->group, 29);
    EXPECT_EQ(seen.hello->ja4.hash.substr(0, 10), "q13d0211an");
    EXPECT_EQ(seen.client.port, 40000);
    EXPECT_EQ(seen.server.port, 443);
  }
}

TEST_F(QuicSession, JoinsAHelloOfSeveralPacketsInAnyOrderAndTwice) {
  const ByteVector hello = client_hello("many.example.org", 3000);
  const Peer peer;
  Datagrams client;
  for (size_t at = 0; at < hello.size(); at += 700) {
    const size_t size = std::min<size_t>(700, hello.size() - at);
    client.push_back(peer.client(at / 700, crypto_frame(at, part_of(hello, at, size))));
  }
  ASSERT_GT(client.size(), 3u);
  std::ranges::reverse(client);
  client.push_back(client[1]);
  const Observation seen = read(client, {peer.server(0, crypto_frame(0, server_hello()))});
  EXPECT_EQ(seen.missing, MissingReason::none);
  EXPECT_EQ(sni_of(seen), "many.example.org");
  EXPECT_FALSE(seen.conflict);
}

TEST_F(QuicSession, JoinsFramesOutOfOrderInOnePacket) {
  const ByteVector hello = client_hello();
  ByteVector frames;
  for (size_t at = hello.size() / 7 * 7 + 7; at >= 7; at -= 7) {
    const size_t begin = std::min(at - 7, hello.size());
    const size_t size = std::min<size_t>(7, hello.size() - begin);
    frames = joined({frames, crypto_frame(begin, part_of(hello, begin, size)), {1, 0, 0}});
  }
  const Observation seen = read({Peer{}.client(0, frames)}, {});
  EXPECT_EQ(sni_of(seen), "www.example.org");
  EXPECT_EQ(seen.missing, MissingReason::server_hello_missing);
}

TEST_F(QuicSession, ReadsCoalescedPackets) {
  const Peer peer;
  const ByteVector with_early_data = joined({peer.client(0, crypto_frame(0, client_hello())),
                                             tests::opaque_packet(0xd0, kQuic1, kFirstId, 60)});
  const ByteVector with_handshake = joined({peer.server(0, crypto_frame(0, server_hello())),
                                            tests::opaque_packet(0xe0, kQuic1, {}, 500)});
  EXPECT_TRUE(read({with_early_data}, {with_handshake}).complete());
}

TEST_F(QuicSession, FindsTheClientWhoeverWasSeenFirst) {
  server_first = true;
  const Peer peer;
  const Observation seen = read({peer.client(0, crypto_frame(0, client_hello()))},
                                {peer.server(0, crypto_frame(0, server_hello()))});
  EXPECT_TRUE(seen.complete());
  EXPECT_EQ(seen.client.port, 40000);
}

TEST_F(QuicSession, OpensLaterPacketsThatGoToTheServersOwnId) {
  const Peer peer;
  const ByteVector hello = client_hello();
  const ByteVector begin = part_of(hello, 0, 50);
  const ByteVector rest = part_of(hello, 50, hello.size() - 50);
  // The later packet comes first.
  const Observation seen = read(
      {peer.client(1, crypto_frame(50, rest), kServerId), peer.client(0, crypto_frame(0, begin))},
      {peer.server(0, crypto_frame(0, server_hello()))});
  EXPECT_TRUE(seen.complete());
  EXPECT_EQ(sni_of(seen), "www.example.org");
}

TEST_F(QuicSession, GoesOnAfterARetryWithNewKeys) {
  const ByteVector frames = crypto_frame(0, client_hello());
  const Peer before;
  const Peer after{kQuic1, kRetryId, ByteVector(40, 5)};
  const ByteVector retry = tests::retry_packet({kQuic1, {}, kRetryId, ByteVector(40, 5)}, kFirstId);
  const Observation seen = read({before.client(0, frames), after.client(1, frames)},
                                {retry, after.server(0, crypto_frame(0, server_hello()))});
  EXPECT_TRUE(seen.complete());
  EXPECT_TRUE(seen.quic_retry);
  EXPECT_EQ(sni_of(seen), "www.example.org");
}

TEST_F(QuicSession, AfterARetryTakesTheHelloFromTheFirstPacketWhereTheSecondIsCut) {
  const ByteVector hello = client_hello();
  const Peer before;
  const Peer after{kQuic1, kRetryId, ByteVector(40, 5)};
  const ByteVector retry = tests::retry_packet({kQuic1, {}, kRetryId, ByteVector(40, 5)}, kFirstId);
  const Observation seen = read({before.client(0, crypto_frame(0, hello)),
                                 after.client(1, crypto_frame(0, part_of(hello, 0, 60)))},
                                {retry, after.server(0, crypto_frame(0, server_hello()))});
  EXPECT_TRUE(seen.complete());
  EXPECT_EQ(sni_of(seen), "www.example.org");
}

TEST_F(QuicSession, AForgedRetryJoinsNothing) {
  ByteVector retry = tests::retry_packet({kQuic1, {}, kRetryId, ByteVector(40, 5)}, kFirstId);
  retry.back() ^= 1;
  const Peer other{kQuic1, kRetryId};
  const Observation seen = read({Peer{}.client(0, crypto_frame(0, client_hello("one"))),
                                 other.client(0, crypto_frame(0, client_hello("two")))},
                                {retry, other.server(0, crypto_frame(0, server_hello()))});
  EXPECT_EQ(sni_of(seen), "one");
  EXPECT_EQ(seen.missing, MissingReason::server_hello_missing);
  EXPECT_FALSE(seen.answer);
  EXPECT_FALSE(seen.quic_retry);
}

TEST_F(QuicSession, GoesOnAfterAVersionNegotiation) {
  const Peer tried{0xff00001d, kFirstId};
  const Peer agreed{kQuic1, kRetryId};
  const Observation seen =
      read({tried.client(0, crypto_frame(0, client_hello("tried.example.org"))),
            agreed.client(0, crypto_frame(0, client_hello("agreed.example.org")))},
           {tests::version_negotiation({}, kFirstId, {kQuic1, kGreased}),
            agreed.server(0, crypto_frame(0, server_hello()))});
  EXPECT_TRUE(seen.complete());
  EXPECT_EQ(sni_of(seen), "agreed.example.org");
  EXPECT_EQ(seen.quic_version, kQuic1);
}

TEST_F(QuicSession, AGreasedVersionInFrontIsNoHindrance) {
  const Peer peer;
  const Observation seen = read({tests::opaque_packet(0xc0, kGreased, kFirstId, 1180),
                                 peer.client(0, crypto_frame(0, client_hello()))},
                                {tests::version_negotiation({}, kFirstId, {kQuic1}),
                                 peer.server(0, crypto_frame(0, server_hello()))});
  EXPECT_TRUE(seen.complete());
  EXPECT_EQ(seen.quic_version, kQuic1);
}

// RFC 9368 section 2.3: the server goes to version 2 by itself, and the client follows.
TEST_F(QuicSession, ReadsACompatibleVersionNegotiation) {
  const Peer one{kQuic1, kFirstId};
  const Peer two{kQuic2, kFirstId};
  const ByteVector hello = client_hello();
  const Observation seen =
      read({one.client(0, crypto_frame(0, part_of(hello, 0, 30))),
            two.client(1, crypto_frame(30, part_of(hello, 30, hello.size() - 30)), kServerId)},
           {two.server(0, crypto_frame(0, server_hello()))});
  EXPECT_TRUE(seen.complete());
  EXPECT_EQ(seen.quic_version, kQuic1);
}

TEST_F(QuicSession, ReadsAHelloRetryRequest) {
  const Peer peer;
  const ByteVector first = client_hello("first.example.org");
  const ByteVector second = client_hello("second.example.org");
  const ByteVector retry = server_hello(true);
  const Observation seen = read({peer.client(0, crypto_frame(0, first)),
                                 peer.client(1, crypto_frame(first.size(), second), kServerId)},
                                {peer.server(0, crypto_frame(0, retry)),
                                 peer.server(1, crypto_frame(retry.size(), server_hello()))});
  EXPECT_TRUE(seen.complete());
  EXPECT_TRUE(seen.hello_retry);
  EXPECT_EQ(sni_of(seen), "first.example.org");
  EXPECT_EQ(seen.answer->group, 29);

  const Observation refused =
      read({peer.client(0, crypto_frame(0, first))}, {peer.server(0, crypto_frame(0, retry))});
  EXPECT_EQ(refused.missing, MissingReason::server_flight_cut);
  EXPECT_TRUE(refused.hello_retry);
}

TEST_F(QuicSession, SaysThatItIsResumed) {
  const Peer peer;
  EXPECT_TRUE(read({peer.client(0, crypto_frame(0, client_hello()))},
                   {peer.server(0, crypto_frame(0, server_hello(false, true)))})
                  .resumed);
  EXPECT_FALSE(read({peer.client(0, crypto_frame(0, client_hello()))},
                    {peer.server(0, crypto_frame(0, server_hello()))})
                   .resumed);
}

}  // namespace
}  // namespace tls
