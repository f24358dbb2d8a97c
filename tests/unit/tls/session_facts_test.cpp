// SPDX-License-Identifier: Apache-2.0
// What a session's messages say besides its fingerprints.
#include "tests/support/hello_builder.hpp"
#include "tests/unit/tls/capture_maker.hpp"
#include "tls/digest/digest.hpp"
#include "tls/pipeline/session_parser.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tls {
namespace {

using tests::ByteVector;
using tests::ByteWriter;
using tests::message;

ByteVector stream(const std::vector<ByteVector>& messages) {
  return tests::records(tests::kHandshake, tests::joined(messages));
}

ParsedSession parse(const ByteVector& client, const ByteVector& server) {
  tests::CaptureMaker maker;
  SessionParser parser;
  return parser.parse(*maker.make(client, server));
}

// Of a hello with this body in this extension.
Observation hello_with(uint16_t type, const ByteVector& body) {
  tests::ClientHelloLists lists;
  lists.ciphers = {0x1301};
  lists.extensions = {type};
  lists.bodies[type] = body;
  const ParsedSession got = parse(stream({message(1, tests::client_hello_body(lists))}), {});
  EXPECT_TRUE(got.observation.hello);
  return got.observation;
}
ClientFacts facts_of_hello(uint16_t type, const ByteVector& body) {
  return hello_with(type, body).hello.value_or(ClientFacts{});
}

ByteVector text(std::string_view words) {
  return {words.begin(), words.end()};
}
ByteVector host(std::string_view name, uint8_t type = 0) {
  return ByteWriter().u8(type).u16_prefixed(text(name)).out();
}
ByteVector server_names(const std::vector<ByteVector>& entries) {
  return ByteWriter().u16_prefixed(tests::joined(entries)).out();
}

// RFC 6066 section 3 allows no addresses, no NUL and no second name; clients send all of them.
TEST(ServerName, IsKeptAsItWasSent) {
  const auto sni = [](const ByteVector& body) { return hello_with(0, body).sni; };
  EXPECT_EQ(sni(server_names({host("192.0.2.1")})), "192.0.2.1");
  EXPECT_EQ(sni(server_names({host("[2001:db8::1]")})), "[2001:db8::1]");
  EXPECT_EQ(sni(server_names({host("WwW.Example.ORG.")})), "WwW.Example.ORG.");
  const std::string hostile("a\0\xff\x1b[2J\n\"'b", 12);
  EXPECT_EQ(sni(server_names({host(hostile)})), hostile);
  const std::string huge(2000, 'x');
  EXPECT_EQ(sni(server_names({host(huge)})), huge);
  EXPECT_EQ(sni(server_names({host("")})), "");
  EXPECT_EQ(sni(server_names({host("first"), host("second")})), "first");
  EXPECT_EQ(sni(server_names({host("other", 7), host("name")})), "name");
  EXPECT_EQ(sni(server_names({host("other", 7)})), std::nullopt);
  EXPECT_EQ(sni({}), std::nullopt);
  EXPECT_EQ(sni({0, 9, 0, 0, 1}), std::nullopt) << "longer than it is";
}

TEST(Alpn, IsKeptAsItWasSent) {
  const auto alpn = [](const std::vector<ByteVector>& names) {
    ByteWriter list;
    for (const ByteVector& name : names)
      list.u8_prefixed(name);
    return facts_of_hello(16, ByteWriter().u16_prefixed(list.out()).out()).alpn;
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(alpn({text("h2"), text("http/1.1")}), (Names{"h2", "http/1.1"}));
  EXPECT_EQ(alpn({{0x2a, 0x2a}, {0, 0xff}}), (Names{"**", std::string("\0\xff", 2)}));
  EXPECT_EQ(alpn({}), Names{});
}

TEST(KeyShares, AreListedWithoutGrease) {
  const ByteVector shares = ByteWriter()
                                .u16(0x3a3a)
                                .u16_prefixed(ByteVector{0})
                                .u16(0x11ec)
                                .u16_prefixed(ByteVector(1216, 1))
                                .u16(29)
                                .u16_prefixed(ByteVector(32, 2))
                                .out();
  const ClientFacts facts = facts_of_hello(51, ByteWriter().u16_prefixed(shares).out());
  EXPECT_EQ(facts.key_shares, (std::vector<uint16_t>{0x11ec, 29}));
}

TEST(EchOuter, IsNotedOfAnOuterHello) {
  ByteVector body =
      ByteWriter().u8(0).u16(1).u16(2).u8(77).u16_prefixed({}).u16_prefixed(text("p")).out();
  const ClientFacts facts = facts_of_hello(0xfe0d, body);
  EXPECT_TRUE(facts.ech);
  ASSERT_TRUE(facts.ech_outer);
  EXPECT_EQ(facts.ech_outer->config_id, 77);
  EXPECT_EQ(facts.ech_outer->kdf, 1);
  EXPECT_EQ(facts.ech_outer->aead, 2);
  body.pop_back();
  const ClientFacts broken = facts_of_hello(0xfe0d, body);
  EXPECT_TRUE(broken.ech);
  EXPECT_FALSE(broken.ech_outer);
  const ClientFacts inner = facts_of_hello(0xfe0d, {1});
  EXPECT_TRUE(inner.ech);
  EXPECT_FALSE(inner.ech_outer);
  const ClientFacts esni = facts_of_hello(0xffce, text("x"));
  EXPECT_TRUE(esni.ech);
  EXPECT_FALSE(esni.ech_outer);
}

ByteVector hello() {
  tests::ClientHelloLists lists;
  lists.ciphers = {0xc02f};
  return message(1, tests::client_hello_body(lists));
}
ServerFacts facts_of_flight(const std::vector<ByteVector>& messages) {
  const ParsedSession got = parse(stream({hello()}), stream(messages));
  EXPECT_TRUE(got.observation.answer);
  EXPECT_NE(got.observation.missing, MissingReason::malformed);
  return got.observation.answer.value_or(ServerFacts{});
}
ByteVector server_answer(const tests::ServerHelloLists& lists = {}) {
  return message(2, tests::server_hello_body(lists));
}

TEST(SelectedGroup, ComesFromTheServerKeyExchange) {
  const ByteVector exchange =
      message(12, ByteWriter().u8(3).u16(24).u8_prefixed(ByteVector(97, 4)).u16(0x0401).out());
  EXPECT_EQ(facts_of_flight({server_answer(), exchange, message(14, {})}).group, 24);
  tests::ServerHelloLists dhe;
  dhe.cipher = 0x009e;  // TLS_DHE_RSA_WITH_AES_128_GCM_SHA256: the prime's length begins with 3
  const ByteVector prime =
      message(12, ByteWriter().u16_prefixed(ByteVector(0x0300, 0xff)).u16_prefixed({}).out());
  EXPECT_EQ(facts_of_flight({server_answer(dhe), prime, message(14, {})}).group, std::nullopt);
  EXPECT_EQ(
      facts_of_flight({server_answer(), message(12, ByteVector{3, 0}), message(14, {})}).group,
      std::nullopt);
}

TEST(OcspStaple, IsACertificateStatusWithAResponse) {
  const auto stapled = [](const ByteVector& body) {
    return facts_of_flight({server_answer(), message(22, body), message(14, {})}).ocsp_staple;
  };
  EXPECT_TRUE(stapled(ByteWriter().u8(1).u24_prefixed(ByteVector(9, 0x30)).out()));
  EXPECT_FALSE(stapled({1, 0, 0, 0}));
  EXPECT_FALSE(stapled({1, 0, 0, 9}));
  EXPECT_FALSE(facts_of_flight({server_answer(), message(14, {})}).ocsp_staple);
}

TEST(Scts, AreAnExtensionOfTheServerHello) {
  tests::ServerHelloLists lists;
  lists.extensions = {18};
  EXPECT_FALSE(facts_of_flight({server_answer(lists)}).sct) << "empty";
  lists.bodies[18] = {0, 2, 0, 0};
  EXPECT_TRUE(facts_of_flight({server_answer(lists)}).sct);
}

TEST(Handles, AreThoseOfTheMessages) {
  tests::ClientHelloLists lists;
  lists.ciphers = {0xc02f};
  lists.extensions = {35};
  lists.bodies[35] = text("old ticket");
  tests::ServerHelloLists answer;
  answer.session_id = text("id of the server");
  const ByteVector given =
      message(4, ByteWriter().u16(0).u16(60).u16_prefixed(text("new ticket")).out());
  const ParsedSession got = parse(stream({message(1, tests::client_hello_body(lists))}),
                                  stream({server_answer(answer), given}));
  EXPECT_EQ(got.handles.session_id.size, 16U);
  EXPECT_EQ(got.handles.ticket_offered, sha256(text("old ticket")));
  EXPECT_EQ(got.handles.ticket_given, sha256(text("new ticket")));
  lists.bodies[35] = {};
  const ParsedSession none =
      parse(stream({message(1, tests::client_hello_body(lists))}), stream({server_answer()}));
  EXPECT_FALSE(none.handles.ticket_offered);
  EXPECT_FALSE(none.handles.ticket_given);
  EXPECT_EQ(none.handles.session_id.size, 0U);
}

}  // namespace
}  // namespace tls
