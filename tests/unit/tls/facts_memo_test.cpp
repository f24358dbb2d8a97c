// SPDX-License-Identifier: Apache-2.0
#include "tls/pipeline/facts_memo.hpp"

#include "tests/support/hello_builder.hpp"
#include "tls/pipeline/hello_facts.hpp"

#include <gtest/gtest.h>

#include <tuple>

namespace tls {
namespace {

using tests::ByteVector;
using tests::ByteWriter;

auto all_of(const Fingerprint& print) {
  return std::tie(print.raw, print.hash);
}
auto ech_of(const ClientFacts& facts) {
  const EchOuter ech = facts.ech_outer.value_or(EchOuter{});
  return std::tuple(facts.ech_outer.has_value(), ech.config_id, ech.kdf, ech.aead);
}
auto all_of(const ClientFacts& f) {
  return std::tuple(f.legacy_version, f.supported_versions, f.alpn, f.groups, f.key_shares, f.psk,
                    f.ech, ech_of(f), all_of(f.ja3), all_of(f.ja4), all_of(f.ja4_original),
                    all_of(f.npf));
}
auto all_of(const ServerFacts& f) {
  const Fingerprint ja4s = f.ja4s.value_or(Fingerprint{});
  return std::tuple(f.legacy_version, f.version, f.cipher, f.alpn_selected, f.group, f.ocsp_staple,
                    f.sct, f.ja3s.raw, f.ja3s.hash, ja4s.raw, ja4s.hash);
}

ByteVector key_share(const std::vector<uint16_t>& groups) {
  ByteWriter shares;
  for (const uint16_t group : groups)
    shares.u16(group).u16_prefixed(ByteVector(4, 0x55));
  return ByteWriter().u16_prefixed(shares.out()).out();
}

// Every extension whose content counts, with GREASE wherever a browser puts it.
ByteVector client_body() {
  tests::ClientHelloLists lists;
  lists.session_id = ByteVector(8, 0x11);
  lists.ciphers = {0x1a1a, 0x1301, 0xc02f};
  lists.extensions = {0x2a2a, 0, 10, 11, 13, 16, 43, 51, 0xfe0d, 35, 41, 0x3a3a};
  lists.groups = {0x4a4a, 29, 23};
  lists.point_formats = {0};
  lists.signature_algorithms = {0x0403, 0x5a5a};
  lists.supported_versions = {0x6a6a, 0x0304, 0x0303};
  lists.alpn = {"h2", "http/1.1"};
  lists.sni = "a.example";
  lists.bodies[51] = key_share({0x7a7a, 29});
  lists.bodies[0xfe0d] = {0, 0, 1, 0, 3, 200, 0, 2, 9, 9, 0, 2, 8, 8};
  return tests::client_hello_body(lists);
}

ByteVector server_body() {
  tests::ServerHelloLists lists;
  lists.extensions = {43, 51, 16, 18, 0xff01};
  lists.supported_version = 0x0304;
  lists.group = 29;
  lists.alpn = "h2";
  return tests::server_hello_body(lists);
}

// One memory for all of them: where its key forgets a byte that counts, the facts of another hello
// come out.
template <typename Parse, typename Fresh>
int expect_each_change_is_told(const ByteVector& body, Parse parse, Fresh fresh) {
  FactsMemo memo;
  int parsed = 0;
  for (size_t at = 0; at < body.size(); ++at) {
    for (const int change : {0, 1, 2, 0x10, 0x0a, 0x80, 0xff}) {
      ByteVector changed = body;
      changed[at] = static_cast<uint8_t>(changed[at] ^ change);
      const auto hello = parse(changed);
      if (!hello.ok()) continue;
      ++parsed;
      EXPECT_EQ(all_of(*memo.of(hello.value(), Transport::tcp)), all_of(fresh(hello.value())))
          << "byte " << at << " changed by " << change;
    }
  }
  return parsed;
}

TEST(FactsMemo, GivesTheFactsOfThisClientHello) {
  const int parsed = expect_each_change_is_told(
      client_body(), [](const ByteVector& body) { return parse_client_hello(body); },
      [](const ClientHello& hello) { return client_facts(hello, Transport::tcp); });
  EXPECT_GT(parsed, 1000);
}

TEST(FactsMemo, GivesTheFactsOfThisServerHello) {
  const int parsed = expect_each_change_is_told(
      server_body(), [](const ByteVector& body) { return parse_server_hello(body); },
      [](const ServerHello& hello) { return server_facts(hello, Transport::tcp); });
  EXPECT_GT(parsed, 300);
}

TEST(FactsMemo, TellsTransportsApart) {
  FactsMemo memo;
  const ByteVector body = client_body();
  const ClientHello hello = parse_client_hello(body).value();
  EXPECT_EQ(memo.of(hello, Transport::tcp)->ja4.hash[0], 't');
  EXPECT_EQ(memo.of(hello, Transport::quic)->ja4.hash[0], 'q');
}

TEST(FactsMemo, SharesWhatDiffersInRandomNumbersOnly) {
  FactsMemo memo;
  ByteVector body = client_body();
  const auto first = memo.of(parse_client_hello(body).value(), Transport::tcp);
  body[2] ^= 1;                 // random
  body[2 + 32 + 1] ^= 1;        // session id
  body[2 + 32 + 9 + 2] = 0xba;  // the cipher list's GREASE
  body[2 + 32 + 9 + 3] = 0xba;
  const auto second = memo.of(parse_client_hello(body).value(), Transport::tcp);
  EXPECT_EQ(first.identity(), second.identity());
}

TEST(FactsMemo, AddsWhatCameBehindAnAnswer) {
  FactsMemo memo;
  const ByteVector body = server_body();
  const auto plain = memo.of(parse_server_hello(body).value(), Transport::tcp);
  const auto with_group = memo.with(plain, {24, false});
  const auto with_staple = memo.with(plain, {std::nullopt, true});
  EXPECT_EQ(with_group->group, 24);
  EXPECT_FALSE(with_group->ocsp_staple);
  EXPECT_EQ(with_staple->group, 29);
  EXPECT_TRUE(with_staple->ocsp_staple);
  EXPECT_EQ(plain->group, 29) << "others hold it";
  EXPECT_EQ(memo.with(plain, {24, false}).identity(), with_group.identity());
}

}  // namespace
}  // namespace tls
