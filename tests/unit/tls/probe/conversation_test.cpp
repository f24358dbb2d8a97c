// SPDX-License-Identifier: Apache-2.0
// What a conversation makes of answers that no friendly server gives. (What it makes of real ones:
// real_servers_test.)
#include "tests/support/hello_builder.hpp"
#include "tests/support/tls13_server.hpp"
#include "tests/support/tls_bytes.hpp"
#include "tests/unit/tls/probe/shared_keys.hpp"
#include "tls/probe/next_probe.hpp"
#include "tls/probe/tls_conversation.hpp"

#include <gtest/gtest.h>

#include <set>

namespace tls::probe {
namespace {

using tests::ByteVector;
using tests::message;
using tests::records;

// A conversation that heard these bytes, and then that the connection was closed.
TlsResult after(Probe probe, const ByteVector& bytes, PeerEnd end = PeerEnd::closed) {
  TlsConversation conversation({probe}, shares());
  const Step step = conversation.heard(bytes);
  EXPECT_EQ(step.kind == Step::Kind::finished, conversation.finished());
  conversation.ended(end);
  EXPECT_TRUE(conversation.finished());
  EXPECT_EQ(conversation.heard(bytes).kind, Step::Kind::finished);
  return conversation.take_result();
}

Refusal refusal_after(Probe probe, const ByteVector& bytes) {
  return after(probe, bytes).refusal;
}

ByteVector alert(uint8_t level, uint8_t number) {
  return records(tests::kAlert, ByteVector{level, number});
}

ByteVector plain_flight(const std::vector<ByteVector>& messages) {
  return records(tests::kHandshake, tests::joined(messages));
}

TEST(TlsConversation, EveryFirstFlightIsNew) {
  const TlsConversation one({Probe::b}, shares());
  const TlsConversation two({Probe::b}, shares());
  EXPECT_NE(one.first_flight(), two.first_flight());
  EXPECT_LT(one.first_flight().size(), 256u);
  EXPECT_EQ(TlsConversation({Probe::ssl2}, shares()).first_flight().size(), 48u);
}

TEST(TlsConversation, NamesHowAConnectionEnded) {
  const std::pair<PeerEnd, Refusal> ends[] = {{PeerEnd::closed, Refusal::closed},
                                              {PeerEnd::reset, Refusal::reset},
                                              {PeerEnd::timed_out, Refusal::timed_out},
                                              {PeerEnd::too_much, Refusal::too_much}};
  for (const auto& [end, refusal] : ends) {
    const TlsResult result = after(Probe::a, {}, end);
    EXPECT_EQ(result.refusal, refusal);
    EXPECT_EQ(result.reached, Reached::nothing);
  }
}

TEST(TlsConversation, RefusalsHaveNamesOfTheirOwn) {
  std::set<std::string_view> names;
  for (uint8_t i = 0; i < static_cast<uint8_t>(Refusal::count_); ++i)
    EXPECT_TRUE(names.insert(name_of(static_cast<Refusal>(i))).second);
  EXPECT_FALSE(names.count(""));
}

TEST(TlsConversation, TellsAlerts) {
  for (const uint8_t number : {uint8_t{40}, uint8_t{70}, uint8_t{80}, uint8_t{112}}) {
    const TlsResult result = after(Probe::a, alert(2, number));
    EXPECT_EQ(result.refusal, Refusal::alert);
    EXPECT_EQ(result.alert->description, number);
  }
  // A warning alone ends nothing; close_notify does.
  const TlsResult warned = after(Probe::a, alert(1, 112), PeerEnd::reset);
  EXPECT_EQ(warned.refusal, Refusal::reset);
  EXPECT_EQ(warned.alert->description, 112);
  EXPECT_EQ(refusal_after(Probe::a, alert(1, 0)), Refusal::closed);
  EXPECT_EQ(after(Probe::a, tests::joined({alert(1, 112), alert(2, 40)})).alert->description, 40);
}

TEST(TlsConversation, KeepsWhatCameBeforeAClose) {
  const ByteVector hello = message(2, tests::server_hello_body({.version = 0x0302}));
  const ByteVector certs = message(11, tests::certificate_body({{1, 2, 3}, {}, {4}}));
  const TlsResult result = after(Probe::a, plain_flight({hello, certs}), PeerEnd::reset);
  EXPECT_EQ(result.refusal, Refusal::reset);
  EXPECT_EQ(result.reached, Reached::certificate);
  EXPECT_EQ(result.version, kTls11);
  EXPECT_EQ(result.certs, (std::vector<ByteVector>{{1, 2, 3}, {}, {4}}));
  EXPECT_EQ(result.messages, tests::joined({hello, certs}));
  ByteVector cut = tests::certificate_body({{1, 2, 3}, {4, 5}});
  cut[5 + 3 + 2] = 9;  // the second certificate is longer than the list
  const TlsResult broken =
      after(Probe::a, plain_flight({hello, message(11, cut), message(14, {})}));
  EXPECT_EQ(broken.refusal, Refusal::none);
  EXPECT_TRUE(broken.certs_cut);
  EXPECT_EQ(broken.certs, (std::vector<ByteVector>{{1, 2, 3}}));
}

// RFC 6101 section 5.6: as TLS 1.0, but for the version. No server of today still speaks it.
TEST(TlsConversation, ReadsSsl3) {
  ByteVector flight = plain_flight({message(2, tests::server_hello_body({.version = 0x0300})),
                                    message(11, tests::certificate_body({{7, 7}})),
                                    message(13, ByteVector{1, 1, 0, 0}), message(14, {})});
  flight[2] = 0;  // the record's version, too
  const TlsResult result = after(Probe::ssl3, flight);
  EXPECT_EQ(result.refusal, Refusal::none);
  EXPECT_EQ(result.version, kSsl3);
  EXPECT_TRUE(result.client_certificate_asked);
  EXPECT_EQ(result.certs, (std::vector<ByteVector>{{7, 7}}));
}

TEST(TlsConversation, RefusesWhatBreaksTheFormat) {
  EXPECT_EQ(refusal_after(Probe::a, tests::text("220 mail ESMTP\r\n")), Refusal::not_tls);
  EXPECT_EQ(refusal_after(Probe::a, plain_flight({message(2, ByteVector{3, 3})})),
            Refusal::malformed);
  EXPECT_EQ(refusal_after(Probe::a, plain_flight({message(11, ByteVector{0, 0, 0})})),
            Refusal::malformed);
  const ByteVector hello = message(2, tests::server_hello_body({}));
  EXPECT_EQ(refusal_after(Probe::a, plain_flight({hello, message(11, ByteVector{0, 0})})),
            Refusal::malformed);
  EXPECT_EQ(
      refusal_after(Probe::a, tests::joined({plain_flight({hello}),
                                             records(tests::kChangeCipherSpec, ByteVector{1})})),
      Refusal::unexpected);
  EXPECT_EQ(refusal_after(Probe::a, records(tests::kHandshake, ByteVector{11, 1, 0, 1})),
            Refusal::too_much);
}

ByteVector tls13_hello(uint16_t cipher, uint16_t group, bool retry) {
  tests::ServerHelloLists lists;
  lists.cipher = cipher;
  lists.hello_retry = retry;
  lists.supported_version = 0x0304;
  lists.extensions = {43, 51};
  if (retry) {
    lists.bodies[51] = tests::ByteWriter().u16(group).out();
  } else {
    const ByteVector key(group == kX25519 ? 32 : 65, 4);
    lists.bodies[51] = tests::ByteWriter().u16(group).u16_prefixed(key).out();
  }
  return plain_flight({message(2, tests::server_hello_body(lists))});
}

TEST(TlsConversation, TakesOnlyWhatItOffered) {
  const auto answer = [](uint16_t cipher, uint16_t group, bool retry) {
    return refusal_after(Probe::b, tls13_hello(cipher, group, retry));
  };
  EXPECT_EQ(answer(0x1304, kX25519, false), Refusal::unexpected);  // a suite
  EXPECT_EQ(answer(0x1301, kP256, false), Refusal::unexpected);    // a group without a share
  EXPECT_EQ(answer(0x1301, kX25519, true), Refusal::unexpected);   // a retry with what was there
  EXPECT_EQ(answer(0x1301, 0x11ec, true), Refusal::unexpected);    // a group that was not offered
  EXPECT_EQ(answer(0x1304, kP256, true), Refusal::unexpected);
  EXPECT_EQ(refusal_after(Probe::a, tls13_hello(0x1301, kX25519, false)), Refusal::unexpected);
  EXPECT_EQ(refusal_after(Probe::a, tls13_hello(0x1301, kP256, true)), Refusal::unexpected);
  const ByteVector retry = tls13_hello(0x1301, kP256, true);
  EXPECT_EQ(refusal_after(Probe::b, tests::joined({retry, tls13_hello(0x1301, kP384, true)})),
            Refusal::unexpected);  // two retries
  EXPECT_EQ(refusal_after(Probe::b, tests::joined({retry, tls13_hello(0x1302, kP256, false)})),
            Refusal::unexpected);  // another suite than the retry's
  EXPECT_EQ(refusal_after(Probe::b, tests::joined({retry, tls13_hello(0x1301, kP256, false)})),
            Refusal::malformed);  // no point of the curve
}

TEST(TlsConversation, AnswersARetryOnce) {
  TlsConversation conversation({Probe::b}, shares());
  const Step step = conversation.heard(tls13_hello(0x1302, kP384, true));
  ASSERT_EQ(step.kind, Step::Kind::send);
  const tests::Tls13Server server(step.bytes);
  EXPECT_EQ(server.group(), kP384);
  EXPECT_EQ(conversation.heard({}).kind, Step::Kind::wait);
  conversation.ended(PeerEnd::closed);
  EXPECT_EQ(conversation.result().reached, Reached::hello_retry);
  EXPECT_TRUE(conversation.result().hello_retry);
  EXPECT_EQ(next_probe(conversation.result()), Probe::c);
}

// The second hello has to hold it, in one record.
TEST(TlsConversation, RefusesAHugeCookie) {
  for (const size_t bytes : {size_t{65300}, TlsConversation::kCookieBytesMax + 1}) {
    tests::ServerHelloLists lists;
    lists.cipher = 0x1301;
    lists.hello_retry = true;
    lists.supported_version = 0x0304;
    lists.extensions = {43, 44};
    lists.bodies[44] = tests::ByteWriter().u16_prefixed(ByteVector(bytes, 1)).out();
    const ByteVector retry = plain_flight({message(2, tests::server_hello_body(lists))});
    EXPECT_EQ(refusal_after(Probe::b, retry), Refusal::too_much);
    lists.bodies[44] =
        tests::ByteWriter().u16_prefixed(ByteVector(TlsConversation::kCookieBytesMax, 1)).out();
    TlsConversation conversation({Probe::b}, shares());
    const ByteVector most = plain_flight({message(2, tests::server_hello_body(lists))});
    EXPECT_EQ(conversation.heard(most).kind, Step::Kind::send);
  }
}

TEST(TlsConversation, SealedAlertsAndBrokenRecordsHaveNames) {
  const auto answer = [](const auto& seal) {
    TlsConversation conversation({Probe::b}, shares());
    tests::Tls13Server server(conversation.first_flight());
    (void)conversation.heard(tests::joined({server.hello(), seal(server)}));
    conversation.ended(PeerEnd::closed);
    return conversation.take_result();
  };
  const TlsResult alerted = answer([](tests::Tls13Server& server) {
    return server.sealed(21, ByteVector{2, 112});
  });
  EXPECT_EQ(alerted.refusal, Refusal::alert);
  EXPECT_EQ(alerted.alert->description, 112);
  EXPECT_EQ(alerted.reached, Reached::server_hello);
  const TlsResult broken = answer([](tests::Tls13Server& server) {
    ByteVector record = server.sealed(22, message(8, ByteVector{0, 0}));
    record.back() ^= 1;
    return record;
  });
  EXPECT_EQ(broken.refusal, Refusal::undecryptable);
  EXPECT_EQ(broken.group, kX25519);
  const TlsResult none = answer([](tests::Tls13Server& server) {
    return server.sealed(
        22, tests::joined({message(8, ByteVector{0, 0}), message(20, ByteVector(32, 1))}));
  });
  EXPECT_EQ(none.refusal, Refusal::none);
  EXPECT_TRUE(none.certs.empty());
}

TEST(TlsConversation, ReadsSsl2) {
  const ByteVector answer = tests::sslv2_server_hello(500);
  for (const size_t piece : {size_t{1}, size_t{100}, answer.size()}) {
    TlsConversation conversation({Probe::ssl2}, shares());
    for (size_t at = 0; at < answer.size(); at += piece) {
      EXPECT_FALSE(conversation.finished());
      const auto part = flowtable::Bytes(answer).subspan(at, std::min(piece, answer.size() - at));
      (void)conversation.heard(part);
    }
    EXPECT_EQ(conversation.result().refusal, Refusal::none);
    EXPECT_EQ(conversation.result().version, kSsl2);
    ASSERT_EQ(conversation.result().certs.size(), 1u);
    EXPECT_EQ(conversation.result().certs[0].size(), 500u);
  }
  EXPECT_EQ(refusal_after(Probe::ssl2, {0x80, 3, 0, 0, 1}), Refusal::alert);
  EXPECT_EQ(refusal_after(Probe::ssl2, {0x80, 3, 9, 0, 1}), Refusal::not_tls);
  EXPECT_EQ(refusal_after(Probe::ssl2, {0x80, 3, 4, 0, 1}), Refusal::malformed);
  EXPECT_EQ(refusal_after(Probe::ssl2, tests::text("220 mail")), Refusal::not_tls);
  EXPECT_EQ(after(Probe::ssl2, alert(2, 70)).alert->description, 70);
}

TEST(NextProbe, FollowsItsTable) {
  constexpr auto kNone = std::optional<Probe>{};
  struct Row {
    Probe probe;
    Refusal refusal;
    Reached reached;
    std::optional<Probe> next;
  };
  const Row rows[] = {
      {Probe::a, Refusal::alert, Reached::nothing, Probe::b},
      {Probe::a, Refusal::closed, Reached::nothing, Probe::b},
      {Probe::a, Refusal::reset, Reached::nothing, Probe::b},
      {Probe::a, Refusal::timed_out, Reached::nothing, kNone},
      {Probe::a, Refusal::not_tls, Reached::nothing, kNone},
      {Probe::a, Refusal::too_much, Reached::nothing, kNone},
      {Probe::a, Refusal::malformed, Reached::nothing, kNone},
      {Probe::a, Refusal::alert, Reached::server_hello, kNone},
      {Probe::a, Refusal::none, Reached::end, kNone},
      {Probe::b, Refusal::alert, Reached::nothing, Probe::c},
      {Probe::b, Refusal::closed, Reached::hello_retry, Probe::c},
      {Probe::b, Refusal::undecryptable, Reached::server_hello, kNone},
      {Probe::c, Refusal::alert, Reached::nothing, kNone},
      {Probe::a_rsa, Refusal::alert, Reached::nothing, kNone},
      {Probe::b_ecdsa, Refusal::alert, Reached::nothing, kNone},
      {Probe::ssl3, Refusal::closed, Reached::nothing, kNone},
      {Probe::ssl2, Refusal::alert, Reached::nothing, kNone},
  };
  for (const Row& row : rows) {
    TlsResult result;
    result.probe = row.probe;
    result.refusal = row.refusal;
    result.reached = row.reached;
    EXPECT_EQ(next_probe(result), row.next)
        << facts_of(row.probe).id << " " << name_of(row.refusal);
  }
}

TEST(NextProbe, KnowsTheOtherHalf) {
  TlsResult result;
  result.cipher = 0xc02b;
  EXPECT_FALSE(other_certificate_probe(result));
  result.certs = {{1}};
  EXPECT_EQ(other_certificate_probe(result), Probe::a_rsa);
  for (const int suite : {0xc02f, 0x009e, 0x002f, 0xcca8}) {
    result.cipher = static_cast<uint16_t>(suite);
    EXPECT_EQ(other_certificate_probe(result), Probe::a_ecdsa);
  }
  result.probe = Probe::b;
  EXPECT_FALSE(other_certificate_probe(result));
}

}  // namespace
}  // namespace tls::probe
