// SPDX-License-Identifier: Apache-2.0
#include "tests/support/datagram_bytes.hpp"
#include "tests/unit/tls/capture_maker.hpp"
#include "tls/pipeline/dtls_direction.hpp"
#include "tls/pipeline/session_parser.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace tls {
namespace {

using flowtable::CaptureKind;
using tests::ByteVector;
using tests::dtls_message;
using tests::joined;
using Datagrams = std::vector<ByteVector>;

tests::ClientHelloLists client_lists() {
  tests::ClientHelloLists lists;
  lists.version = 0xfefd;
  lists.ciphers = {0xc02b, 0xc02f};
  lists.extensions = {0, 10};
  lists.groups = {29};
  lists.sni = "dtls.example.org";
  return lists;
}
ByteVector client_hello(const ByteVector& cookie = {}) {
  return tests::dtls_client_hello(client_lists(), cookie);
}
ByteVector server_hello(uint16_t version = 0xfefd) {
  return tests::server_hello_body({.version = version, .cipher = 0xc02b});
}
ByteVector server13_hello(bool retry) {
  tests::ServerHelloLists lists{.version = 0xfefd, .cipher = 0x1301};
  lists.extensions = {43};
  lists.supported_version = 0xfefc;
  lists.hello_retry = retry;
  return tests::server_hello_body(lists);
}
ByteVector certificate() {
  return tests::certificate_body({ByteVector(900, 0x30), ByteVector(400, 0x31)});
}
ByteVector change_cipher() {
  return tests::dtls_record({.type = 20}, ByteVector{1});
}
ByteVector alert(uint8_t level, uint8_t description) {
  return tests::dtls_record({.type = 21}, ByteVector{level, description});
}
ByteVector log_of(const Datagrams& datagrams) {
  tests::ByteWriter out;
  for (const ByteVector& datagram : datagrams)
    out.u16_prefixed(datagram);
  return out.out();
}
Datagrams server_flight() {
  return {dtls_message(2, 0, server_hello()), dtls_message(11, 1, certificate()),
          dtls_message(14, 2, {})};
}

class Dtls : public testing::Test {
 protected:
  ParsedSession parse(const Datagrams& client, const Datagrams& server) {
    flowtable::HandshakeCapture* capture = maker_.make(log_of(client), log_of(server));
    capture->kind = CaptureKind::dtls;
    ParsedSession out = parser_.parse(*capture);
    sizes_.clear();
    for (const auto der : out.certs)
      sizes_.push_back(der.size());
    maker_.pool().release(*capture);
    return out;
  }
  MissingReason reason(const Datagrams& client, const Datagrams& server) {
    return parse(client, server).observation.missing;
  }

  tests::CaptureMaker maker_;
  SessionParser parser_;
  std::vector<size_t> sizes_;
};

TEST_F(Dtls, ReadsAHandshakeWithACookie) {
  const ByteVector cookie(20, 0xcc);
  Datagrams server = {dtls_message(3, 0, tests::hello_verify_request(cookie))};
  server.push_back(dtls_message(2, 1, server_hello()));
  server.push_back(dtls_message(11, 2, certificate()));
  server.push_back(dtls_message(14, 3, {}));
  const Observation seen = parse({dtls_message(1, 0, client_hello()),
                                  dtls_message(1, 1, client_hello(cookie)), change_cipher()},
                                 server)
                               .observation;
  EXPECT_EQ(seen.transport, Transport::dtls);
  EXPECT_EQ(seen.missing, MissingReason::none);
  ASSERT_TRUE(seen.hello);
  EXPECT_EQ(seen.sni, "dtls.example.org");
  // JA4.md: d for DTLS, version d2, SNI, two ciphers, two extensions, no ALPN.
  EXPECT_EQ(seen.hello->ja4.hash.substr(0, 10), "dd2d020200");
  EXPECT_EQ(seen.hello->ja3.raw, "65277,49195-49199,0-10,29,");
  ASSERT_TRUE(seen.answer);
  EXPECT_EQ(seen.answer->version, 0xfefd);
  EXPECT_EQ(seen.answer->cipher, 0xc02b);
  EXPECT_FALSE(seen.hello_retry);
  EXPECT_FALSE(seen.resumed);
  EXPECT_EQ(sizes_, (std::vector<size_t>{900, 400}));
}

TEST_F(Dtls, TheClientIsWhoSaysClientHello) {
  // The originator of these captures is 10.0.0.1.
  const Observation seen = parse(server_flight(), {dtls_message(1, 0, client_hello())}).observation;
  EXPECT_EQ(seen.missing, MissingReason::none);
  EXPECT_EQ(seen.server.port, 40000);
  EXPECT_EQ(parse(server_flight(), {}).observation.server.port, 40000);
  EXPECT_EQ(
      parse({dtls_message(3, 0, tests::hello_verify_request({}))}, {}).observation.server.port,
      40000);
}

TEST_F(Dtls, Reads13WithARetry) {
  const Observation seen =
      parse({dtls_message(1, 0, client_hello()), dtls_message(1, 1, client_hello())},
            {dtls_message(2, 0, server13_hello(true)), dtls_message(2, 1, server13_hello(false))})
          .observation;
  EXPECT_EQ(seen.missing, MissingReason::none);
  EXPECT_TRUE(seen.hello_retry);
  EXPECT_EQ(seen.answer->version, 0xfefc);
  EXPECT_EQ(
      reason({dtls_message(1, 0, client_hello())}, {dtls_message(2, 0, server13_hello(true))}),
      MissingReason::server_flight_cut);
}

TEST_F(Dtls, NamesWhatIsMissing) {
  const Datagrams hello = {dtls_message(1, 0, client_hello())};
  EXPECT_EQ(reason(hello, {}), MissingReason::server_hello_missing);
  EXPECT_EQ(reason(hello, {dtls_message(3, 0, tests::hello_verify_request({1}))}),
            MissingReason::server_hello_missing);
  EXPECT_EQ(reason({}, server_flight()), MissingReason::client_hello_missing);
  EXPECT_EQ(reason(hello, {server_flight()[0]}), MissingReason::server_flight_cut);
  EXPECT_EQ(reason(hello, {server_flight()[0], alert(2, 40)}), MissingReason::alert);
  EXPECT_EQ(reason(hello, {server_flight()[0], alert(1, 40)}), MissingReason::server_flight_cut);
  // The certificate was lost, which the end of the flight does not mend.
  EXPECT_EQ(reason(hello, {server_flight()[0], server_flight()[2]}), MissingReason::gap);
  const ByteVector half =
      tests::dtls_record({}, tests::dtls_fragment({11, 1, 0, 700}, certificate()));
  EXPECT_EQ(reason(hello, {server_flight()[0], half, server_flight()[2]}), MissingReason::gap);
  EXPECT_EQ(reason(hello, {server_flight()[0], half}), MissingReason::server_flight_cut);
  const ByteVector begun =
      tests::dtls_record({}, tests::dtls_fragment({1, 0, 0, 20}, client_hello()));
  EXPECT_EQ(reason({begun}, {}), MissingReason::client_hello_cut);
  EXPECT_EQ(reason({dtls_message(1, 0, ByteVector(50, 0xff))}, {}), MissingReason::malformed);
  tests::ByteWriter huge;
  huge.u8(11).u24(0x20000).u16(1).u24(0).u24_prefixed(ByteVector(10, 1));
  EXPECT_EQ(reason(hello, {server_flight()[0], tests::dtls_record({}, huge.out())}),
            MissingReason::too_large);
  EXPECT_FALSE(parse({alert(2, 40)}, {change_cipher()}).is_tls);
}

TEST_F(Dtls, SaysWhereTheCaptureWasCut) {
  flowtable::HandshakeCapture* capture =
      maker_.make(log_of({dtls_message(1, 0, client_hello())}), log_of({server_flight()[0]}));
  capture->kind = CaptureKind::dtls;
  const auto server_at = index_of(other(capture->flow.originator));
  capture->streams[server_at].mark_truncated();
  EXPECT_EQ(parser_.parse(*capture).observation.missing, MissingReason::too_large);
  maker_.pool().release(*capture);
}

TEST_F(Dtls, KnowsAResumption) {
  tests::ClientHelloLists client = client_lists();
  client.session_id = ByteVector(32, 5);
  tests::ServerHelloLists server{.version = 0xfefd, .session_id = ByteVector(32, 5)};
  const ByteVector hello = dtls_message(1, 0, tests::dtls_client_hello(client, {}));
  const ByteVector answer = joined({dtls_message(2, 0, tests::server_hello_body(server)),
                                    change_cipher(), tests::dtls_encrypted()});
  const Observation seen = parse({hello}, {answer}).observation;
  EXPECT_TRUE(seen.resumed);
  EXPECT_EQ(seen.missing, MissingReason::none);
}

TEST_F(Dtls, FlagsFragmentsThatContradict) {
  ByteVector other_hello = client_hello();
  other_hello[10] = static_cast<uint8_t>(other_hello[10] ^ 1);
  const Observation seen =
      parse({dtls_message(1, 0, client_hello()), dtls_message(1, 0, other_hello)}, server_flight())
          .observation;
  EXPECT_TRUE(seen.conflict);
  EXPECT_EQ(seen.missing, MissingReason::none);
  EXPECT_FALSE(parse({dtls_message(1, 0, client_hello())}, server_flight()).observation.conflict);
}

TEST_F(Dtls, DropsRecordsThatAreBroken) {
  ByteVector broken = server_flight()[0];
  broken[1] = 3;  // a version of TLS
  const Datagrams server = {broken, joined({ByteVector(30, 0x80)}), server_flight()[0],
                            joined({server_flight()[1], {0xff, 1}}), server_flight()[2]};
  EXPECT_EQ(reason({dtls_message(1, 0, client_hello())}, server), MissingReason::none);
}

TEST_F(Dtls, BoundsItsMessages) {
  Datagrams server;
  for (uint16_t i = 0; i < DtlsFlight::kMessagesMax + 4; ++i)
    server.push_back(dtls_message(13, i, {}));
  server.push_back(dtls_message(2, DtlsFlight::kMessagesMax + 4, server_hello()));
  EXPECT_EQ(reason({dtls_message(1, 0, client_hello())}, server),
            MissingReason::server_hello_missing);
}

// The same handshake in fragments of any size, in any order, with repeats: the same observation.
TEST_F(Dtls, IsTheSameInAnyFragments) {
  std::mt19937 random(4);
  const auto fragments_of = [&](uint8_t type, uint16_t message_seq, const ByteVector& body) {
    Datagrams out;
    size_t offset = 0;
    do {
      const size_t length = 1 + random() % 200;
      out.push_back(
          tests::dtls_record({}, tests::dtls_fragment({type, message_seq, offset, length}, body)));
      offset += length;
    } while (offset < body.size());
    return out;
  };
  const auto shuffled = [&](std::vector<Datagrams> messages) {
    Datagrams out;
    for (const Datagrams& each : messages)
      out.insert(out.end(), each.begin(), each.end());
    for (size_t i = random() % 4; i > 0; --i)
      out.push_back(out[random() % out.size()]);
    std::ranges::shuffle(out, random);
    return out;
  };
  const Observation whole =
      parse({dtls_message(1, 0, client_hello())}, server_flight()).observation;
  for (int round = 0; round < 200; ++round) {
    const Datagrams client = shuffled({fragments_of(1, 0, client_hello())});
    const Datagrams server =
        shuffled({fragments_of(2, 0, server_hello()), fragments_of(11, 1, certificate()),
                  fragments_of(14, 2, {})});
    const Observation seen = parse(client, server).observation;
    ASSERT_EQ(seen.missing, MissingReason::none);
    ASSERT_FALSE(seen.conflict);
    ASSERT_EQ(seen.hello->ja3.raw, whole.hello->ja3.raw);
    ASSERT_EQ(seen.hello->ja4.raw, whole.hello->ja4.raw);
    ASSERT_EQ(seen.answer->ja3s.raw, whole.answer->ja3s.raw);
    ASSERT_EQ(sizes_, (std::vector<size_t>{900, 400}));
  }
}

}  // namespace
}  // namespace tls
