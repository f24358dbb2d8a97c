// SPDX-License-Identifier: Apache-2.0
// The messages and extensions that say more about a session than a fingerprint needs.
#include "tests/support/hello_builder.hpp"
#include "tls/wire/certificate_status.hpp"
#include "tls/wire/ech.hpp"
#include "tls/wire/extensions.hpp"
#include "tls/wire/server_key_exchange.hpp"
#include "tls/wire/session_ticket.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace tls {
namespace {

using tests::ByteVector;
using tests::ByteWriter;

// Cutting a body anywhere must be noticed.
template <typename Parse>
void expect_no_prefix_parses(const ByteVector& body, Parse parse) {
  for (size_t length = 0; length < body.size(); ++length)
    EXPECT_FALSE(parse(flowtable::Bytes(body).first(length)).ok()) << length;
}

// draft-ietf-tls-esni-25 section 5, field by field.
ByteVector outer_ech() {
  return ByteWriter()
      .u8(0)
      .u16(1)
      .u16(3)
      .u8(213)
      .u16_prefixed(ByteVector(32, 0x11))
      .u16_prefixed(ByteVector(144, 0x22))
      .out();
}

TEST(Ech, SaysForWhichConfigurationAnOuterHelloIs) {
  const auto ech = read_ech(outer_ech());
  ASSERT_TRUE(ech.ok());
  EXPECT_FALSE(ech.value().inner);
  EXPECT_EQ(ech.value().kdf, 1);
  EXPECT_EQ(ech.value().aead, 3);
  EXPECT_EQ(ech.value().config_id, 213);
  EXPECT_EQ(ech.value().encapsulated_key.size(), 32U);
  EXPECT_EQ(ech.value().payload.size(), 144U);
  expect_no_prefix_parses(outer_ech(), read_ech);
}

TEST(Ech, KnowsAnInnerHelloAndRefusesTheRest) {
  const auto inner = read_ech(ByteVector{1});
  ASSERT_TRUE(inner.ok());
  EXPECT_TRUE(inner.value().inner);
  EXPECT_EQ(read_ech(ByteVector{2}).error(), ParseError::type_unknown);
  EXPECT_EQ(read_ech(ByteVector{1, 0}).error(), ParseError::left_over);
  ByteVector longer = outer_ech();
  longer.push_back(0);
  EXPECT_EQ(read_ech(longer).error(), ParseError::left_over);
}

TEST(KeyShares, GivesEachGroupWithItsKey) {
  const ByteVector list = ByteWriter()
                              .u16(0x2a2a)
                              .u16_prefixed(ByteVector{0})
                              .u16(0x11ec)
                              .u16_prefixed(ByteVector(1216, 1))
                              .u16(29)
                              .u16_prefixed(ByteVector(32, 2))
                              .out();
  const ByteVector body = ByteWriter().u16_prefixed(list).out();
  std::vector<std::pair<uint16_t, size_t>> shares;
  const auto note = [&](uint16_t group, flowtable::Bytes key) {
    shares.emplace_back(group, key.size());
  };
  EXPECT_TRUE(for_each_key_share(body, note));
  EXPECT_EQ(shares,
            (std::vector<std::pair<uint16_t, size_t>>{{0x2a2a, 1}, {0x11ec, 1216}, {29, 32}}));
  // A broken list keeps what came before the break.
  shares.clear();
  const ByteVector cut = ByteWriter().u16_prefixed(flowtable::Bytes(list).first(1230)).out();
  EXPECT_FALSE(for_each_key_share(cut, note));
  EXPECT_EQ(shares.size(), 2U);
  EXPECT_FALSE(for_each_key_share(ByteVector{0}, note));
}

EcdheForm form_of(int suite) {
  return ecdhe_form_of(static_cast<uint16_t>(suite));
}

// IANA "TLS Cipher Suites": one of each kind, and what lies just beside it.
TEST(ServerKeyExchange, KnowsWhichSuitesSendOne) {
  for (const int suite : {0xc00a, 0xc014, 0xc02b, 0xc030, 0xc072, 0xc0af, 0xcca8, 0xcca9})
    EXPECT_EQ(form_of(suite), EcdheForm::plain) << suite;
  for (const int suite : {0xc035, 0xccac, 0xd001, 0xc09b})
    EXPECT_EQ(form_of(suite), EcdheForm::psk) << suite;
  // RSA, DHE, fixed ECDH, DHE with ChaCha20, TLS 1.3.
  for (const int suite : {0x002f, 0x009e, 0xc005, 0xc00f, 0xc02d, 0xc031, 0xccaa, 0x1301})
    EXPECT_EQ(form_of(suite), EcdheForm::none) << suite;
}

// RFC 8422 section 5.4: named_curve(3), the curve, the point, then a signature.
TEST(ServerKeyExchange, NamesTheCurve) {
  const ByteVector plain =
      ByteWriter().u8(3).u16(29).u8_prefixed(ByteVector(32, 9)).u16(0x0804).out();
  const auto group = read_ecdhe_group(plain, EcdheForm::plain);
  ASSERT_TRUE(group.ok());
  EXPECT_EQ(group.value(), 29);
  const ByteVector psk = ByteWriter().u16_prefixed(ByteVector{'h', 'i'}).bytes(plain).out();
  EXPECT_EQ(read_ecdhe_group(psk, EcdheForm::psk).value(), 29);
  EXPECT_EQ(read_ecdhe_group(ByteVector{1}, EcdheForm::plain).value(), 0xff01);
  EXPECT_EQ(read_ecdhe_group(ByteVector{2}, EcdheForm::plain).value(), 0xff02);
  EXPECT_EQ(read_ecdhe_group(ByteVector{4, 0, 29}, EcdheForm::plain).error(),
            ParseError::type_unknown);
  for (size_t length = 0; length < 36; ++length) {
    EXPECT_FALSE(read_ecdhe_group(flowtable::Bytes(plain).first(length), EcdheForm::plain).ok());
  }
}

// RFC 6066 section 8.
TEST(CertificateStatus, ReadsOneResponse) {
  const ByteVector body = ByteWriter().u8(1).u24_prefixed(ByteVector(471, 0x30)).out();
  const auto status = parse_certificate_status(body);
  ASSERT_TRUE(status.ok());
  EXPECT_EQ(status.value().num_responses, 1U);
  EXPECT_EQ(status.value().first_response.size(), 471U);
  expect_no_prefix_parses(body, parse_certificate_status);
  EXPECT_EQ(parse_certificate_status(ByteVector{1, 0, 0, 0}).value().num_responses, 0U);
  EXPECT_EQ(parse_certificate_status(ByteVector{3, 0, 0, 0}).error(), ParseError::type_unknown);
  EXPECT_EQ(parse_certificate_status(ByteVector{1, 0, 0, 0, 0}).error(), ParseError::left_over);
}

// RFC 6961 section 2.2: one for each certificate of the chain; those without one are empty.
TEST(CertificateStatus, ReadsOneForEachCertificate) {
  const ByteVector list = ByteWriter()
                              .u24_prefixed(ByteVector(5, 0x30))
                              .u24_prefixed({})
                              .u24_prefixed(ByteVector(7, 0x31))
                              .out();
  const ByteVector body = ByteWriter().u8(2).u24_prefixed(list).out();
  const auto status = parse_certificate_status(body);
  ASSERT_TRUE(status.ok());
  EXPECT_EQ(status.value().num_responses, 2U);
  EXPECT_EQ(status.value().first_response.size(), 5U);
  expect_no_prefix_parses(body, parse_certificate_status);
  const ByteVector broken = ByteWriter().u8(2).u24_prefixed(flowtable::Bytes(list).first(10)).out();
  EXPECT_FALSE(parse_certificate_status(broken).ok());
}

// RFC 5077 section 3.3.
TEST(NewSessionTicket, GivesTheTicket) {
  const ByteVector body = ByteWriter().u16(0).u16(300).u16_prefixed(ByteVector(192, 7)).out();
  const auto ticket = parse_new_session_ticket(body);
  ASSERT_TRUE(ticket.ok());
  EXPECT_EQ(ticket.value().size(), 192U);
  expect_no_prefix_parses(body, parse_new_session_ticket);
}

}  // namespace
}  // namespace tls
