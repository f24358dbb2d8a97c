// SPDX-License-Identifier: Apache-2.0
// DTLS conversations with the servers of OpenSSL and GnuTLS: what they were given is what was
// heard.
#include "tests/support/loopback.hpp"
#include "tests/unit/tls/probe/made_certificates.hpp"
#include "tests/unit/tls/probe/shared_keys.hpp"
#include "tls/probe/datagram_conversation.hpp"

#include <gtest/gtest.h>

#include <ostream>

namespace tls::probe {
namespace {

using tests::Der;
using tests::made_certificates;
using Words = std::vector<std::string>;

TlsResult ask_dtls(const tests::ServerProcess& server, const HelloWish& wish = {Probe::dtls}) {
  const tests::UdpClient client(server.port());
  const auto conversation = make_dtls_conversation(wish, shares());
  tests::converse(client, *conversation);
  EXPECT_TRUE(conversation->finished());
  return conversation->take_result();
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

struct OpensslDtlsCase {
  const char* name;
  const char* key;
  Words more;
  uint16_t version;
};

std::ostream& operator<<(std::ostream& out, const OpensslDtlsCase& each) {
  return out << each.name;
}

class OpensslDtls : public testing::TestWithParam<OpensslDtlsCase> {};

TEST_P(OpensslDtls, ShowsTheCertificateItWasGiven) {
  const OpensslDtlsCase& given = GetParam();
  const tests::ServerProcess server(openssl_server(given.key, given.more), tests::Listening::udp);
  ASSERT_TRUE(server.listens());
  const TlsResult result = ask_dtls(server, {Probe::dtls, "www.example.org"});
  EXPECT_EQ(name_of(result.refusal), "none");
  EXPECT_EQ(result.reached, Reached::end);
  EXPECT_EQ(result.probe, Probe::dtls);
  EXPECT_EQ(result.version, given.version);
  EXPECT_EQ(result.certs, std::vector<Der>{made_certificates().der(given.key)});
  EXPECT_FALSE(result.client_certificate_asked);
}

const Words kOld{"-dtls1", "-cipher", "ALL:@SECLEVEL=0"};

INSTANTIATE_TEST_SUITE_P(
    Versions, OpensslDtls,
    testing::Values(OpensslDtlsCase{"dtls12", "rsa", {"-dtls1_2"}, kDtls12},
                    OpensslDtlsCase{"dtls12_ec", "ec", {"-dtls1_2"}, kDtls12},
                    OpensslDtlsCase{"any_version", "rsa", {"-dtls"}, kDtls12},
                    OpensslDtlsCase{"cookie", "rsa", {"-dtls1_2", "-listen"}, kDtls12},
                    OpensslDtlsCase{"small_datagrams", "rsa", {"-dtls1_2", "-mtu", "256"}, kDtls12},
                    OpensslDtlsCase{"cookie_any_version", "ec", {"-dtls", "-listen"}, kDtls12},
                    OpensslDtlsCase{"dtls10", "rsa", kOld, kDtls10},
                    OpensslDtlsCase{"dtls10_cookie", "rsa", with(kOld, {"-listen"}), kDtls10}),
    [](const auto& each) { return each.param.name; });

TEST(OpensslDtls, ShowsAChainOfManyDatagramsInOrder) {
  const Words names{"big3", "big0", "big7", "big5", "big1", "big2", "big4", "big6"};
  std::vector<Der> expected{made_certificates().der("ec")};
  size_t bytes = 0;
  for (const std::string& name : names) {
    expected.push_back(made_certificates().der(name));
    bytes += expected.back().size();
  }
  EXPECT_GT(bytes, 8192u);
  const tests::ServerProcess server(openssl_server("ec", {"-dtls1_2", "-listen", "-cert_chain",
                                                          made_certificates().chain(names)}),
                                    tests::Listening::udp);
  ASSERT_TRUE(server.listens());
  EXPECT_EQ(ask_dtls(server).certs, expected);
}

TEST(OpensslDtls, AsksForACertificateOfOurs) {
  const tests::ServerProcess server(openssl_server("ec", {"-dtls1_2", "-verify", "1"}),
                                    tests::Listening::udp);
  ASSERT_TRUE(server.listens());
  const TlsResult result = ask_dtls(server);
  EXPECT_EQ(name_of(result.refusal), "none");
  EXPECT_TRUE(result.client_certificate_asked);
}

TEST(OpensslDtls, ChoosesAnAlpn) {
  const tests::ServerProcess server(openssl_server("ec", {"-dtls1_2", "-alpn", "webrtc,coap"}),
                                    tests::Listening::udp);
  ASSERT_TRUE(server.listens());
  const std::vector<std::string> alpn{"coap", "webrtc"};
  EXPECT_EQ(ask_dtls(server, {Probe::dtls, "", alpn}).alpn, "webrtc");
}

TEST(OpensslDtls, WithoutACommonSuiteIsRefused) {
  const tests::ServerProcess server(
      openssl_server("rsa", {"-dtls1_2", "-cipher", "ARIA128-GCM-SHA256"}), tests::Listening::udp);
  ASSERT_TRUE(server.listens());
  const TlsResult result = ask_dtls(server);
  EXPECT_EQ(name_of(result.refusal), "alert");
  ASSERT_TRUE(result.alert);
  EXPECT_EQ(result.alert->level, AlertLevel::fatal);
  EXPECT_EQ(result.alert->description, 40);  // handshake_failure
  EXPECT_EQ(result.reached, Reached::nothing);
}

// The server that was told of our end takes the next client at once, where it serves one at a time.
TEST(OpensslDtls, IsToldThatWeLeave) {
  const tests::ServerProcess server(openssl_server("ec", {"-dtls1_2"}), tests::Listening::udp);
  ASSERT_TRUE(server.listens());
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(ask_dtls(server).certs, std::vector<Der>{made_certificates().der("ec")}) << i;
}

TEST(GnutlsDtls, ShowsTheCertificateItWasGiven) {
  if (!tests::has_program("gnutls-serv")) GTEST_SKIP() << "no gnutls-serv";
  struct GnutlsCase {
    const char* priority;
    uint16_t version;
  };
  for (const GnutlsCase& each :
       {GnutlsCase{"NORMAL", kDtls12}, GnutlsCase{"NORMAL:-VERS-ALL:+VERS-DTLS1.0", kDtls10}}) {
    const tests::ServerProcess server(
        {"gnutls-serv", "--udp", "-q", "--port", "PORT", "--priority", each.priority,
         "--x509certfile", made_certificates().certificate("rsa"), "--x509keyfile",
         made_certificates().key("rsa")},
        tests::Listening::udp);
    ASSERT_TRUE(server.listens());
    const TlsResult result = ask_dtls(server, {Probe::dtls, "www.example.org"});
    EXPECT_EQ(name_of(result.refusal), "none") << each.priority;
    EXPECT_EQ(result.version, each.version) << each.priority;
    EXPECT_EQ(result.certs, std::vector<Der>{made_certificates().der("rsa")}) << each.priority;
    EXPECT_TRUE(result.client_certificate_asked);  // as gnutls-serv does where it is not told
  }
}

TEST(DtlsConversation, EndsWhereNobodyAnswers) {
  const auto conversation = make_dtls_conversation({Probe::dtls}, shares());
  conversation->ended(PeerEnd::reset);
  EXPECT_TRUE(conversation->finished());
  EXPECT_EQ(name_of(conversation->take_result().refusal), "reset");
}

TEST(DtlsConversation, KnowsWhatIsNoDtls) {
  const auto conversation = make_dtls_conversation({Probe::dtls}, shares());
  const std::vector<uint8_t> dns{0x12, 0x34, 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0};
  EXPECT_EQ(conversation->heard(dns).kind, DatagramStep::Kind::finished);
  EXPECT_EQ(name_of(conversation->take_result().refusal), "not_tls");
}

TEST(DtlsConversation, FirstDatagramFitsWithAnything) {
  const std::string longest = std::string(63, 'x') + "." + std::string(189, 'y');
  const std::vector<std::string> names(20, std::string(100, 'z'));
  const auto conversation = make_dtls_conversation({Probe::dtls, longest, names}, shares());
  EXPECT_LE(conversation->first_datagram().size() + 255, kDatagramBytesMax);  // with a cookie
}

}  // namespace
}  // namespace tls::probe
