// SPDX-License-Identifier: Apache-2.0
// What the scanner's hellos say, read by the parsers of tls/wire. Expected: spec of the probes,
// RFC 8446, RFC 6066, draft-hickman-netscape-ssl-00.
#include "tls/probe/hello_set.hpp"

#include "tls/wire/client_hello.hpp"
#include "tls/wire/record_reader.hpp"
#include "tls/wire/sslv2_hello.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace tls::probe {
namespace {

using flowtable::Bytes;
using Codes = std::vector<uint16_t>;

constexpr Probe kTlsProbes[] = {Probe::a,     Probe::a_rsa,   Probe::a_ecdsa, Probe::b,
                                Probe::b_rsa, Probe::b_ecdsa, Probe::c,       Probe::ssl3};

// The hello as it goes out, and what tls/wire reads in it.
struct Said {
  std::vector<uint8_t> record;
  Record header;
  ClientHello hello;
};

HelloDescription complete(const HelloWish& wish) {
  HelloDescription hello = hello_of(wish);
  if (needs_key_share(wish.probe)) {
    hello.session_id.assign(32, 7);
    hello.key_shares.push_back({0x001d, std::vector<uint8_t>(32, 9)});
  }
  return hello;
}

Said say(const HelloWish& wish) {
  Said out;
  out.record = client_hello_record(complete(wish));
  RecordReader reader(out.record);
  const Parsed<Record> record = reader.next();
  EXPECT_TRUE(record.ok() && !record.value().cut() && reader.at_end());
  out.header = record.value();
  EXPECT_EQ(out.header.type, ContentType::handshake);
  flowtable::ByteReader message(out.header.payload);
  uint8_t type = 0;
  flowtable::ByteReader body;
  EXPECT_TRUE(message.u8(type) && message.u24_prefixed(body) && message.empty());
  EXPECT_EQ(type, 1);
  const Parsed<ClientHello> hello = parse_client_hello(body.rest());
  EXPECT_TRUE(hello.ok());
  out.hello = hello.value();
  return out;
}

Codes values(const U16List& list) {
  Codes out;
  for (const uint16_t value : list)
    out.push_back(value);
  return out;
}

Codes suites(Probe probe) {
  return values(say({probe}).hello.cipher_suites);
}

std::vector<std::string> text_of(const AlpnList& names) {
  std::vector<std::string> out;
  for (const Bytes name : names)
    out.emplace_back(name.begin(), name.end());
  return out;
}

TEST(HelloSet, EveryProbeHasItsOwnId) {
  std::set<std::string_view> ids;
  for (const ProbeFacts& facts : probe_table()) {
    EXPECT_TRUE(ids.insert(facts.id).second) << facts.id;
    EXPECT_FALSE(facts.help.empty());
    EXPECT_EQ(find_probe(facts.id), facts.probe);
    EXPECT_EQ(&facts_of(facts.probe), &facts);
  }
  EXPECT_EQ(ids, (std::set<std::string_view>{"a", "a-rsa", "a-ecdsa", "b", "b-rsa", "b-ecdsa", "c",
                                             "ssl3", "ssl2", "dtls", "quic"}));
  EXPECT_FALSE(find_probe("d"));
}

TEST(HelloSet, IsSmallWithAnyName) {
  const std::string longest(253, 'x');
  for (const Probe probe : kTlsProbes) {
    EXPECT_LT(say({probe}).record.size(), 256u) << facts_of(probe).id;
    EXPECT_LT(say({probe, "www.example.org"}).record.size(), 256u + 5) << facts_of(probe).id;
    EXPECT_LT(say({probe, longest}).record.size(), 512u) << facts_of(probe).id;
  }
}

TEST(HelloSet, VersionsAreWhatTheProbeIsFor) {
  const auto versions = [](Probe probe) {
    const Said said = say({probe});
    return Codes{said.header.version, said.hello.legacy_version};
  };
  EXPECT_EQ(versions(Probe::a), (Codes{kTls10, kTls12}));
  EXPECT_EQ(versions(Probe::b), (Codes{kTls10, kTls12}));
  EXPECT_EQ(versions(Probe::c), (Codes{kTls10, kTls10}));
  EXPECT_EQ(versions(Probe::ssl3), (Codes{kSsl3, kSsl3}));
  EXPECT_FALSE(say({Probe::a}).hello.extensions.has(ExtensionType::supported_versions));
  const Said b = say({Probe::b});
  const auto offered =
      read_offered_versions(*b.hello.extensions.find(ExtensionType::supported_versions));
  EXPECT_EQ(values(offered.value()), Codes{kTls13});
  EXPECT_EQ(suites(Probe::b), (Codes{0x1301, 0x1302, 0x1303}));
  EXPECT_FALSE(say({Probe::ssl3, "www.example.org"}).hello.has_extensions);
  EXPECT_FALSE(say({Probe::c}).hello.has_extensions);
}

// RFC 6347 section 4.1.2.2: no RC4. Section 4.2.1: a cookie, which is empty at first.
TEST(HelloSet, DtlsIsAWithoutRc4) {
  HelloDescription dtls = hello_of({Probe::dtls});
  const HelloDescription a = hello_of({Probe::a});
  Codes expected = a.suites;
  std::erase_if(expected, [](uint16_t suite) {
    return suite == 0xc007 || suite == 0xc011 || suite == 0x0005 || suite == 0x0004;
  });
  EXPECT_EQ(expected.size() + 4, a.suites.size());
  EXPECT_EQ(dtls.suites, expected);
  EXPECT_EQ((Codes{dtls.record_version, dtls.legacy_version}), (Codes{kDtls10, kDtls12}));
  const size_t with_cookie = client_hello_message(dtls).size();
  dtls.dtls_cookie.reset();
  EXPECT_EQ(client_hello_message(dtls).size() + 1, with_cookie);
  EXPECT_EQ(carrier_of(Probe::dtls), Carrier::udp);
  EXPECT_EQ(carrier_of(Probe::a), Carrier::tcp);
}

// RFC 9001: TLS 1.3 (section 4.2), no session id (8.4), a name of a protocol (8.1).
TEST(HelloSet, QuicIsBWithAProtocol) {
  const std::vector<std::string> names{"doq", "hq-interop"};
  const HelloDescription quic = hello_of({Probe::quic});
  EXPECT_EQ(quic.versions, Codes{kTls13});
  EXPECT_EQ(quic.suites, hello_of({Probe::b}).suites);
  EXPECT_TRUE(quic.session_id.empty());
  EXPECT_EQ(quic.alpn, std::vector<std::string>{"h3"});
  EXPECT_EQ(hello_of({Probe::quic, "", names}).alpn, names);
  EXPECT_EQ(carrier_of(Probe::quic), Carrier::udp);
}

TEST(HelloSet, AOffersAllKindsOfKeysAndItsHalvesOne) {
  const Codes all = suites(Probe::a);
  // ECDSA, RSA with ECDHE, DHE and without, ChaCha20; RC4 last, then the signal of RFC 5746.
  for (const int suite : {0xc02b, 0xc02f, 0x009e, 0x002f, 0xcca8, 0xcca9, 0x000a})
    EXPECT_TRUE(std::ranges::count(all, suite)) << std::hex << suite;
  EXPECT_EQ(all.back(), 0x00ff);
  EXPECT_EQ(all[all.size() - 2], 0x0004);
  const Codes rsa = suites(Probe::a_rsa);
  const Codes ecdsa = suites(Probe::a_ecdsa);
  EXPECT_EQ(rsa.size() + ecdsa.size(), all.size() + 1);
  for (const uint16_t suite : rsa)
    EXPECT_TRUE(suite == 0x00ff || !std::ranges::count(ecdsa, suite)) << std::hex << suite;
  const auto signatures = [](Probe probe) {
    return values(u16_values(say({probe}).hello, ExtensionType::signature_algorithms));
  };
  for (const int wanted :
       {0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0201, 0x0203})
    EXPECT_TRUE(std::ranges::count(signatures(Probe::a), wanted)) << std::hex << wanted;
  EXPECT_FALSE(std::ranges::count(signatures(Probe::b_rsa), 0x0403));
  EXPECT_FALSE(std::ranges::count(signatures(Probe::b_ecdsa), 0x0804));
}

TEST(HelloSet, AsksForWhatComesForFree) {
  for (const Probe probe : {Probe::a, Probe::b}) {
    const Said said = say({probe});
    EXPECT_TRUE(said.hello.extensions.has(ExtensionType{kStatusRequest}));
    EXPECT_TRUE(said.hello.extensions.has(ExtensionType::signed_certificate_timestamp));
    constexpr ExtensionType kCompressCertificate{27};  // RFC 8879
    EXPECT_FALSE(said.hello.extensions.has(kCompressCertificate));
    EXPECT_FALSE(said.hello.extensions.has(ExtensionType::alpn));
  }
}

TEST(HelloSet, SaysTheNamesItIsGiven) {
  const std::vector<std::string> alpn{"h2", "postgresql"};
  for (const Probe probe : {Probe::a, Probe::b, Probe::c}) {
    const Said said = say({probe, "www.example.org.", alpn});
    const auto name = read_server_name(*said.hello.extensions.find(ExtensionType::server_name));
    const Bytes sent = *name.value();
    EXPECT_EQ(std::string(sent.begin(), sent.end()), "www.example.org");
    if (probe == Probe::c) continue;
    const auto body = said.hello.extensions.find(ExtensionType::alpn);
    EXPECT_EQ(text_of(AlpnList::from(*body).value()), alpn);
  }
}

TEST(HelloSet, AnAddressIsNoName) {
  const std::string too_long(254, 'x');
  for (const std::string_view host : std::initializer_list<std::string_view>{
           "192.0.2.1", "192.0.2.1.", "2001:db8::1", "::ffff:192.0.2.1", "[::1]", "3221225985",
           "1.2", "10.0.0.0x1", "", ".", too_long}) {
    EXPECT_FALSE(is_host_name(host)) << host;
    EXPECT_FALSE(say({Probe::a, host}).hello.extensions.has(ExtensionType::server_name)) << host;
  }
  for (const std::string_view host : {"localhost", "a.b", "1.2.3.4.example", "x1", "mail-1"})
    EXPECT_TRUE(is_host_name(host)) << host;
}

TEST(HelloSet, Ssl2HelloIsReadBack) {
  SslV2Challenge challenge;
  challenge.fill(0x5a);
  const std::vector<uint8_t> bytes = sslv2_client_hello(challenge);
  const auto hello = parse_sslv2_hello(bytes);
  ASSERT_TRUE(hello.ok());
  EXPECT_EQ(hello.value().version, kSsl2);
  EXPECT_EQ(hello.value().record_bytes, bytes.size());
  EXPECT_EQ(hello.value().cipher_specs.size(), 21u);
  EXPECT_TRUE(std::ranges::equal(hello.value().challenge, challenge));
}

TEST(ClientHelloBuilder, PutsGreaseInFront) {
  HelloDescription hello = complete({Probe::b, "www.example.org"});
  add_grease(hello, 0x1a1a);
  const std::vector<uint8_t> message = client_hello_message(hello);
  const auto parsed = parse_client_hello(Bytes(message).subspan(4));
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(*parsed.value().cipher_suites.begin(), 0x1a1a);
  EXPECT_EQ(parsed.value().extensions.begin()->type, 0x1a1a);
  EXPECT_TRUE(parsed.value().extensions.begin()->body.empty());
  Codes shares;
  EXPECT_TRUE(for_each_key_share(*parsed.value().extensions.find(ExtensionType::key_share),
                                 [&](uint16_t group, Bytes) { shares.push_back(group); }));
  EXPECT_EQ(shares, (Codes{0x1a1a, 0x001d}));
}

}  // namespace
}  // namespace tls::probe
