// SPDX-License-Identifier: Apache-2.0
// Conversations with the servers of OpenSSL and GnuTLS: what they were given is what was heard.
#include "tests/support/loopback.hpp"
#include "tests/unit/tls/probe/made_certificates.hpp"
#include "tests/unit/tls/probe/shared_keys.hpp"
#include "tls/probe/next_probe.hpp"
#include "tls/probe/tls_conversation.hpp"

#include <gtest/gtest.h>

#include <ostream>

namespace tls::probe {
namespace {

using tests::Der;
using tests::made_certificates;
using Words = std::vector<std::string>;

TlsResult ask(const tests::ServerProcess& server, const HelloWish& wish, size_t piece = 65536) {
  const tests::TcpClient client(server.port());
  TlsConversation conversation(wish, shares());
  if (client.connected()) tests::converse(client, conversation, piece);
  EXPECT_TRUE(conversation.finished());
  return conversation.take_result();
}

Words with(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

Words openssl_server(const std::string& key, const Words& more) {
  return with({"openssl", "s_server", "-accept", "127.0.0.1:PORT", "-cert",
               made_certificates().certificate(key), "-key", made_certificates().key(key)},
              more);
}

// Of a server that is asked once.
struct OpensslCase {
  const char* name;
  const char* key;  // whose certificate it is given
  Words more;
  Probe probe;
  uint16_t version;
  uint16_t cipher = 0;  // 0: any
};

std::ostream& operator<<(std::ostream& out, const OpensslCase& each) {
  return out << each.name;
}

class OpensslServer : public testing::TestWithParam<OpensslCase> {};

TEST_P(OpensslServer, ShowsTheCertificateItWasGiven) {
  const OpensslCase& given = GetParam();
  const tests::ServerProcess server(openssl_server(given.key, given.more));
  ASSERT_TRUE(server.listens());
  const TlsResult result = ask(server, {given.probe, "www.example.org"});
  EXPECT_EQ(name_of(result.refusal), "none");
  EXPECT_EQ(result.reached, Reached::end);
  EXPECT_EQ(result.version, given.version);
  EXPECT_TRUE(given.cipher == 0 || result.cipher == given.cipher) << result.cipher;
  EXPECT_EQ(result.certs, std::vector<Der>{made_certificates().der(given.key)});
  EXPECT_FALSE(result.certs_cut);
}

const Words kOld{"-cipher", "ALL:@SECLEVEL=0"};

INSTANTIATE_TEST_SUITE_P(
    Versions, OpensslServer,
    testing::Values(
        OpensslCase{"rsa", "rsa", {}, Probe::a, kTls12},
        OpensslCase{"ec", "ec", {}, Probe::a, kTls12},
        OpensslCase{"ed25519", "ed25519", {}, Probe::a, kTls12},
        OpensslCase{"tls10", "rsa", with(kOld, {"-tls1"}), Probe::a, kTls10},
        OpensslCase{"tls11", "rsa", with(kOld, {"-tls1_1"}), Probe::a, kTls11},
        OpensslCase{"tls12", "rsa", {"-tls1_2"}, Probe::a, kTls12},
        OpensslCase{"old", "rsa", kOld, Probe::a, kTls12},
        OpensslCase{"weak", "weak", kOld, Probe::a, kTls12},
        OpensslCase{"tls10_by_c", "rsa", kOld, Probe::c, kTls10},
        OpensslCase{"tls13", "rsa", {"-tls1_3"}, Probe::b, kTls13},
        OpensslCase{"tls13_ec", "ec", {}, Probe::b, kTls13},
        OpensslCase{"tls13_ed25519", "ed25519", {}, Probe::b, kTls13},
        OpensslCase{
            "aes128", "ec", {"-ciphersuites", "TLS_AES_128_GCM_SHA256"}, Probe::b, kTls13, 0x1301},
        OpensslCase{
            "aes256", "ec", {"-ciphersuites", "TLS_AES_256_GCM_SHA384"}, Probe::b, kTls13, 0x1302},
        OpensslCase{"chacha",
                    "ec",
                    {"-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"},
                    Probe::b,
                    kTls13,
                    0x1303}),
    [](const auto& each) { return each.param.name; });

class HelloRetry : public testing::TestWithParam<Words> {};

TEST_P(HelloRetry, IsAnswered) {
  // With SHA-384, which the transcript's message_hash is longer with.
  for (const char* const suite : {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384"}) {
    const tests::ServerProcess server(
        openssl_server("ec", with(GetParam(), {"-ciphersuites", suite})));
    ASSERT_TRUE(server.listens());
    const TlsResult result = ask(server, {Probe::b});
    EXPECT_EQ(name_of(result.refusal), "none");
    EXPECT_TRUE(result.hello_retry);
    EXPECT_EQ(result.certs, std::vector<Der>{made_certificates().der("ec")});
  }
}

INSTANTIATE_TEST_SUITE_P(Groups, HelloRetry,
                         testing::Values(Words{"-groups", "P-256"}, Words{"-groups", "P-384"},
                                         Words{"-groups", "P-521"}));

TEST(OpensslServer, ThatIsTls13OnlySendsAToB) {
  const tests::ServerProcess server(openssl_server("rsa", {"-tls1_3"}));
  ASSERT_TRUE(server.listens());
  const TlsResult a = ask(server, {Probe::a});
  EXPECT_EQ(name_of(a.refusal), "alert");
  ASSERT_TRUE(a.alert);
  EXPECT_EQ(a.alert->level, AlertLevel::fatal);
  EXPECT_EQ(a.alert->description, 70);  // protocol_version
  EXPECT_EQ(a.reached, Reached::nothing);
  EXPECT_EQ(next_probe(a), Probe::b);
}

TEST(OpensslServer, WithoutACommonGroupIsRefused) {
  const tests::ServerProcess server(openssl_server("rsa", {"-tls1_3", "-groups", "X448"}));
  ASSERT_TRUE(server.listens());
  const TlsResult result = ask(server, {Probe::b});
  EXPECT_EQ(name_of(result.refusal), "alert");
  EXPECT_EQ(result.alert->description, 40);  // handshake_failure
}

TEST(OpensslServer, AsksForACertificateOfOurs) {
  for (const char* const how : {"-verify", "-Verify"}) {
    const tests::ServerProcess server(openssl_server("ec", {how, "1"}));
    ASSERT_TRUE(server.listens());
    for (const Probe probe : {Probe::a, Probe::b}) {
      const TlsResult result = ask(server, {probe});
      EXPECT_EQ(name_of(result.refusal), "none");
      EXPECT_TRUE(result.client_certificate_asked);
      EXPECT_EQ(result.certs, std::vector<Der>{made_certificates().der("ec")});
    }
  }
  const tests::ServerProcess plain(openssl_server("ec", {}));
  EXPECT_FALSE(ask(plain, {Probe::a}).client_certificate_asked);
  EXPECT_FALSE(ask(plain, {Probe::b}).client_certificate_asked);
}

TEST(OpensslServer, ShowsAChainInOrderHoweverItIsCut) {
  const Words names{"big3", "big0", "big7", "big5", "big1", "big2", "big4", "big6"};
  std::vector<Der> expected{made_certificates().der("ec")};
  size_t bytes = 0;
  for (const std::string& name : names) {
    expected.push_back(made_certificates().der(name));
    bytes += expected.back().size();
  }
  EXPECT_GT(bytes, 8192u);
  const std::string file = made_certificates().chain(names);
  for (const Words& more : {Words{}, Words{"-max_send_frag", "512"}}) {
    const tests::ServerProcess server(openssl_server("ec", with(more, {"-cert_chain", file})));
    ASSERT_TRUE(server.listens());
    for (const Probe probe : {Probe::a, Probe::b})
      for (const size_t piece : {size_t{1}, size_t{1460}, size_t{65536}})
        EXPECT_EQ(ask(server, {probe}, piece).certs, expected);
  }
}

TEST(OpensslServer, HasTwoCertificates) {
  const tests::ServerProcess server(openssl_server(
      "rsa",
      {"-dcert", made_certificates().certificate("ec"), "-dkey", made_certificates().key("ec")}));
  ASSERT_TRUE(server.listens());
  const std::vector<Der> rsa{made_certificates().der("rsa")};
  const std::vector<Der> ec{made_certificates().der("ec")};
  EXPECT_EQ(ask(server, {Probe::a_rsa}).certs, rsa);
  EXPECT_EQ(ask(server, {Probe::a_ecdsa}).certs, ec);
  EXPECT_EQ(ask(server, {Probe::b_rsa}).certs, rsa);
  EXPECT_EQ(ask(server, {Probe::b_ecdsa}).certs, ec);
  const TlsResult either = ask(server, {Probe::a});
  EXPECT_EQ(either.certs, ec);  // our order of suites
  EXPECT_EQ(other_certificate_probe(either), Probe::a_rsa);
}

TEST(OpensslServer, ChoosesAnAlpnAndACertificateByName) {
  const tests::ServerProcess server(openssl_server(
      "rsa", {"-alpn", "h2,http/1.1", "-servername", "second.example", "-cert2",
              made_certificates().certificate("ec"), "-key2", made_certificates().key("ec")}));
  ASSERT_TRUE(server.listens());
  const std::vector<std::string> alpn{"http/1.1", "h2"};
  for (const Probe probe : {Probe::a, Probe::b}) {
    const TlsResult named = ask(server, {probe, "second.example"});
    EXPECT_EQ(named.certs, std::vector<Der>{made_certificates().der("ec")});
    EXPECT_FALSE(named.alpn);
    const TlsResult other = ask(server, {probe, "third.example", alpn});
    EXPECT_EQ(other.certs, std::vector<Der>{made_certificates().der("rsa")});
    EXPECT_EQ(other.alpn, "h2");  // by the server's order
    EXPECT_EQ(ask(server, {probe}).certs, std::vector<Der>{made_certificates().der("rsa")});
  }
}

Words gnutls_server(const std::string& key, const std::string& priority) {
  return {"gnutls-serv",    "-q",
          "--port",         "PORT",
          "--priority",     priority,
          "--x509certfile", made_certificates().certificate(key),
          "--x509keyfile",  made_certificates().key(key)};
}

struct GnutlsCase {
  const char* priority;
  Probe probe;
  uint16_t version;
  bool hello_retry = false;
};

TEST(GnutlsServer, ShowsTheCertificateItWasGiven) {
  if (!tests::has_program("gnutls-serv")) GTEST_SKIP() << "no gnutls-serv";
  const GnutlsCase cases[] = {
      {"NORMAL", Probe::a, kTls12},
      {"NORMAL", Probe::b, kTls13},
      {"NORMAL:-VERS-ALL:+VERS-TLS1.0", Probe::a, kTls10},
      {"NORMAL:-VERS-ALL:+VERS-TLS1.0", Probe::c, kTls10},
      {"NORMAL:-VERS-ALL:+VERS-TLS1.1", Probe::a, kTls11},
      {"NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+CHACHA20-POLY1305", Probe::b, kTls13},
      {"NORMAL:-VERS-ALL:+VERS-TLS1.3:-GROUP-ALL:+GROUP-SECP256R1", Probe::b, kTls13, true},
      {"NORMAL:-VERS-ALL:+VERS-TLS1.3:-GROUP-ALL:+GROUP-SECP384R1", Probe::b, kTls13, true},
  };
  for (const GnutlsCase& each : cases) {
    const tests::ServerProcess server(gnutls_server("rsa", each.priority));
    ASSERT_TRUE(server.listens());
    const TlsResult result = ask(server, {each.probe, "www.example.org"});
    EXPECT_EQ(name_of(result.refusal), "none") << each.priority;
    EXPECT_EQ(result.version, each.version) << each.priority;
    EXPECT_EQ(result.hello_retry, each.hello_retry) << each.priority;
    EXPECT_EQ(result.certs, std::vector<Der>{made_certificates().der("rsa")}) << each.priority;
    EXPECT_TRUE(result.client_certificate_asked);  // as gnutls-serv does where it is not told
  }
}

}  // namespace
}  // namespace tls::probe
