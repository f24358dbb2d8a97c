// SPDX-License-Identifier: Apache-2.0
// QUIC conversations as a poll core would capture them.
#include "tests/support/quic_builder.hpp"
#include "tests/support/quic_samples.hpp"
#include "tls/pipeline/session_parser.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tls {
namespace {

using flowtable::Side;
using tests::ByteVector;
using tests::crypto_frame;
using tests::from_hex;
using tests::joined;

using Datagrams = std::vector<ByteVector>;

constexpr uint32_t kGreased = 0x1a2a3a4a;
const ByteVector kFirstId(8, 0x83);
const ByteVector kServerId(8, 0xf0);
const ByteVector kRetryId(10, 0xee);

ByteVector part_of(const ByteVector& whole, size_t offset, size_t size) {
  const auto begin = whole.begin() + static_cast<std::ptrdiff_t>(offset);
  return {begin, begin + static_cast<std::ptrdiff_t>(size)};
}

ByteVector client_hello(const std::string& sni = "www.example.org", size_t alpn_bytes = 2) {
  tests::ClientHelloLists lists;
  lists.ciphers = {0x1301, 0x1302};
  lists.extensions = {0, 10, 13, 16, 43, 57};
  lists.groups = {29};
  lists.signature_algorithms = {0x0403};
  lists.sni = sni;
  lists.alpn = {"h3"};
  while (alpn_bytes > 200) {
    lists.alpn.emplace_back(200, 'x');
    alpn_bytes -= 200;
  }
  lists.supported_versions = {0x0304};
  ByteVector hello = tests::message(1, tests::client_hello_body(lists));
  hello[6] =
      static_cast<uint8_t>(std::hash<std::string>{}(sni));  // Random: others of other clients
  return hello;
}

ByteVector server_hello(bool retry = false, bool psk = false) {
  tests::ServerHelloLists lists;
  lists.cipher = 0x1301;
  lists.extensions = {43, 51};
  if (psk) lists.extensions->push_back(41);
  lists.supported_version = 0x0304;
  lists.group = retry ? 23 : 29;
  lists.hello_retry = retry;
  return tests::message(2, tests::server_hello_body(lists));
}

// Writes the packets of one connection.
struct Peer {
  uint32_t version = kQuic1;
  ByteVector first_id = kFirstId;
  ByteVector token{};

  [[nodiscard]] ByteVector client(uint64_t number, const ByteVector& payload,
                                  const ByteVector& to = {}) const {
    return tests::seal_initial({version, to.empty() ? first_id : to, {}, token, number, 2, payload},
                               tests::keys_of(version, first_id, QuicSide::client), 1100);
  }
  [[nodiscard]] ByteVector server(uint64_t number, const ByteVector& payload) const {
    return tests::seal_initial({version, {}, kServerId, {}, number, 2, payload},
                               tests::keys_of(version, first_id, QuicSide::server), 40);
  }
};

class QuicSession : public testing::Test {
 protected:
  // The client is 10.0.0.1:40000 and the server 10.0.0.2:443.
  Observation read(const Datagrams& client, const Datagrams& server) {
    const flowtable::Endpoint from{flowtable::IpAddress::from_bytes(ByteVector{10, 0, 0, 1}),
                                   40000};
    const flowtable::Endpoint to{flowtable::IpAddress::from_bytes(ByteVector{10, 0, 0, 2}), 443};
    const auto ordered = flowtable::FlowKey::of(from, to, 17);
    const Side client_at = ordered.sender;
    flowtable::HandshakeCapture capture;
    capture.kind = flowtable::CaptureKind::quic;
    capture.flow.key = ordered.key;
    capture.flow.originator = server_first ? other(client_at) : client_at;
    const std::array<ByteVector, 2> logs{tests::datagram_log(client), tests::datagram_log(server)};
    std::array<ByteVector, 2> buffers;
    for (const Side side : {client_at, other(client_at)}) {
      const ByteVector& log = logs[side == client_at ? 0 : 1];
      ByteVector& buffer = buffers[side == client_at ? 0 : 1];
      buffer.resize(log.size() + 1);
      flowtable::StreamAssembler& stream = capture.streams[index_of(side)];
      stream.start(buffer, 0);
      stream.insert(0, log);
    }
    ParsedSession session = parser_.parse(capture);
    is_tls = session.is_tls;
    return session.observation;
  }

  bool is_tls = false;
  bool server_first = false;

 private:
  SessionParser parser_;
};

std::optional<std::string> sni_of(const Observation& seen) {
  return seen.hello ? seen.hello->sni : std::nullopt;
}

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

TEST_F(QuicSession, ReadsTheAlertOfAConnectionClose) {
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

TEST_F(QuicSession, NeverReportsPartOfAHello) {
  const Peer peer;
  const ByteVector hello = client_hello();
  for (size_t size = 1; size < hello.size(); ++size) {
    const Observation seen = read({peer.client(0, crypto_frame(0, part_of(hello, 0, size)))}, {});
    ASSERT_FALSE(seen.hello) << size;
    ASSERT_EQ(seen.missing, MissingReason::client_hello_cut) << size;
  }
}

TEST_F(QuicSession, NamesAGap) {
  const Peer peer;
  const ByteVector hello = client_hello();
  const ByteVector two = joined({crypto_frame(0, part_of(hello, 0, 40)),
                                 crypto_frame(41, part_of(hello, 41, hello.size() - 41))});
  const Observation seen = read({peer.client(0, two)}, {});
  EXPECT_FALSE(seen.hello);
  EXPECT_EQ(seen.missing, MissingReason::gap);
  EXPECT_TRUE(is_tls);
}

TEST_F(QuicSession, NamesAServersFlightThatIsCut) {
  const Peer peer;
  const Observation seen = read({peer.client(0, crypto_frame(0, client_hello()))},
                                {peer.server(0, crypto_frame(0, part_of(server_hello(), 0, 30)))});
  EXPECT_EQ(sni_of(seen), "www.example.org");
  EXPECT_EQ(seen.missing, MissingReason::server_flight_cut);
}

TEST_F(QuicSession, NamesFramesAndHellosThatAreBroken) {
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

TEST_F(QuicSession, TellsOfCopiesThatDiffer) {
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

TEST_F(QuicSession, CannotReadAServerWithoutItsClient) {
  const Peer peer;
  const Observation seen = read({}, {peer.server(0, crypto_frame(0, server_hello()))});
  EXPECT_TRUE(is_tls);
  EXPECT_EQ(seen.missing, MissingReason::client_hello_missing);
  EXPECT_FALSE(seen.answer);
  EXPECT_EQ(seen.quic_version, kQuic1);
  EXPECT_EQ(seen.client.port, 40000);
}

TEST_F(QuicSession, CannotReadAConnectionWhoseFirstPacketIsMissing) {
  const Peer peer;
  const Observation seen = read({peer.client(1, crypto_frame(0, client_hello()), kServerId)},
                                {peer.server(0, crypto_frame(0, server_hello()))});
  EXPECT_TRUE(is_tls);
  EXPECT_EQ(seen.missing, MissingReason::undecryptable);
  EXPECT_FALSE(seen.hello);
}

TEST_F(QuicSession, CannotReadALaterPacketOfAClient) {
  const Observation seen = read({Peer{}.client(1, {1}, kServerId)}, {});
  EXPECT_TRUE(is_tls);
  EXPECT_EQ(seen.missing, MissingReason::undecryptable);
  EXPECT_EQ(seen.client.port, 40000);
}

TEST_F(QuicSession, CannotReadAServerOfOtherKeys) {
  const Peer other{kQuic1, kRetryId};
  const Observation seen = read({Peer{}.client(0, crypto_frame(0, client_hello()))},
                                {other.server(0, crypto_frame(0, server_hello()))});
  EXPECT_EQ(sni_of(seen), "www.example.org");
  EXPECT_EQ(seen.missing, MissingReason::undecryptable);
}

TEST_F(QuicSession, CannotReadAVersionWithoutKnownKeys) {
  const Observation seen = read({tests::opaque_packet(0xc0, 0xff000023, kFirstId, 1180)}, {});
  EXPECT_TRUE(is_tls);
  EXPECT_EQ(seen.missing, MissingReason::undecryptable);
  EXPECT_EQ(seen.quic_version, 0xff000023);
  EXPECT_EQ(seen.client.port, 40000);
}

TEST_F(QuicSession, IsNoSessionWhereNothingBeginsOne) {
  (void)read({tests::opaque_packet(0xc0, 0x51303436, kFirstId, 1180)}, {});  // Google's Q046
  EXPECT_FALSE(is_tls);
  (void)read({tests::opaque_packet(0xe0, kQuic1, kFirstId, 1180)}, {});  // Handshake
  EXPECT_FALSE(is_tls);
  (void)read({ByteVector(100, 0x41)}, {ByteVector(30, 0)});
  EXPECT_FALSE(is_tls);
  (void)read({}, {tests::version_negotiation({}, kFirstId, {kQuic1})});
  EXPECT_FALSE(is_tls);
}

TEST_F(QuicSession, KeepsTwoConnectionsOnOnePairOfPortsApart) {
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
