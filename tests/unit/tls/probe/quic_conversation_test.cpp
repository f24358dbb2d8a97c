// SPDX-License-Identifier: Apache-2.0
// QUIC conversations with the servers of ngtcp2 (GnuTLS) and Caddy (quic-go, Go's TLS): what they
// were given is what was heard.
#include "tests/support/loopback.hpp"
#include "tests/support/quic_builder.hpp"
#include "tests/unit/tls/probe/made_certificates.hpp"
#include "tests/unit/tls/probe/shared_keys.hpp"
#include "tls/probe/datagram_conversation.hpp"
#include "tls/wire/quic_packet.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <optional>
#include <ostream>
#include <utility>

namespace tls::probe {
namespace {

using tests::Der;
using tests::made_certificates;
using Words = std::vector<std::string>;

TlsResult ask_quic(const tests::ServerProcess& server, const HelloWish& wish = {Probe::quic}) {
  const tests::UdpClient client(server.port());
  const auto conversation = make_quic_conversation(wish, shares());
  tests::converse(client, *conversation);
  EXPECT_TRUE(conversation->finished());
  return conversation->take_result();
}

Words ngtcp2_server(const std::string& key, const std::string& certificate, const Words& more) {
  Words out{"gtlsserver", "-q"};
  out.insert(out.end(), more.begin(), more.end());
  out.insert(out.end(), {"127.0.0.1", "PORT", made_certificates().key(key), certificate});
  return out;
}

Words ngtcp2_server(const Words& more) {
  return ngtcp2_server("ec", made_certificates().certificate("ec"), more);
}

const char kNoServer[] = "no gtlsserver (ngtcp2-server)";

struct Ngtcp2Case {
  const char* name;
  Words more;
  uint16_t cipher = 0;  // 0: any
  bool hello_retry = false;
  bool certificate_asked = false;
};

std::ostream& operator<<(std::ostream& out, const Ngtcp2Case& each) {
  return out << each.name;
}

class Ngtcp2Server : public testing::TestWithParam<Ngtcp2Case> {
 protected:
  void SetUp() override {
    if (!tests::has_program("gtlsserver")) GTEST_SKIP() << kNoServer;
  }
};

TEST_P(Ngtcp2Server, ShowsTheCertificateItWasGiven) {
  const Ngtcp2Case& given = GetParam();
  const tests::ServerProcess server(ngtcp2_server(given.more), tests::Listening::udp);
  ASSERT_TRUE(server.listens());
  const TlsResult result = ask_quic(server, {Probe::quic, "www.example.org"});
  EXPECT_EQ(name_of(result.refusal), "none");
  EXPECT_EQ(result.reached, Reached::end);
  EXPECT_EQ(result.probe, Probe::quic);
  EXPECT_EQ(result.version, kTls13);
  EXPECT_EQ(result.quic_version, kQuic1);
  EXPECT_EQ(result.alpn, "h3");
  EXPECT_TRUE(given.cipher == 0 || result.cipher == given.cipher) << result.cipher;
  EXPECT_EQ(result.hello_retry, given.hello_retry);
  EXPECT_EQ(result.client_certificate_asked, given.certificate_asked);
  EXPECT_EQ(result.certs, std::vector<Der>{made_certificates().der("ec")});
  EXPECT_FALSE(result.quic_error);
}

const std::string kCiphers = "--ciphers=NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:";
const std::string kGroups = "--groups=-GROUP-ALL:";

INSTANTIATE_TEST_SUITE_P(
    Kinds, Ngtcp2Server,
    testing::Values(Ngtcp2Case{"plain", {}}, Ngtcp2Case{"retry", {"-V"}},
                    Ngtcp2Case{"aes128", {kCiphers + "+AES-128-GCM"}, 0x1301},
                    Ngtcp2Case{"aes256", {kCiphers + "+AES-256-GCM"}, 0x1302},
                    Ngtcp2Case{"chacha", {kCiphers + "+CHACHA20-POLY1305"}, 0x1303},
                    Ngtcp2Case{"p256", {kGroups + "+GROUP-SECP256R1"}, 0, true},
                    Ngtcp2Case{"p384", {kGroups + "+GROUP-SECP384R1"}, 0, true},
                    Ngtcp2Case{"p521_and_retry", {"-V", kGroups + "+GROUP-SECP521R1"}, 0, true},
                    Ngtcp2Case{"client_certificate", {"--verify-client"}, 0, false, true}),
    [](const auto& each) { return each.param.name; });

// One certificate that is larger than what a server may send before it has heard of us again (RFC
// 9000 section 8.1). GnuTLS sends no chain of certificates that did not sign each other.
std::vector<Der> huge() {
  std::vector<Der> out{made_certificates().der("huge")};
  EXPECT_GT(out.front().size(), 8192u);
  return out;
}

Words huge_server(const Words& more) {
  return ngtcp2_server("huge", made_certificates().certificate("huge"), more);
}

TEST_P(Ngtcp2Server, ShowsAHugeCertificate) {
  const tests::ServerProcess server(huge_server(GetParam().more), tests::Listening::udp);
  ASSERT_TRUE(server.listens());
  const TlsResult result = ask_quic(server);
  EXPECT_EQ(name_of(result.refusal), "none");
  EXPECT_EQ(result.certs, huge());
}

// Every third datagram of the server is lost from `lost` on, every fourth comes after the next one,
// every fifth comes twice.
class BadPath {
 public:
  BadPath(uint16_t port, unsigned lost) : client_(port), lost_(lost) {}

  void carry(DatagramConversation& conversation) {
    say({conversation.first_datagram()});
    for (int again = 0; !conversation.finished();) {
      std::optional<Der> heard = client_.receive(num_given_ == 0 ? 300 : 5000);
      if (!heard && num_given_ == 0 && ++again < 5) {
        say({conversation.first_datagram()});
      } else if (!heard) {
        return conversation.ended(PeerEnd::timed_out);
      } else {
        pass_on(conversation, *heard);
      }
    }
  }

 private:
  void pass_on(DatagramConversation& conversation, const Der& datagram) {
    const unsigned number = num_heard_++;
    if (number % 3 == lost_) return;
    if (number % 4 == 1 && !held_) {
      held_ = datagram;
      return;
    }
    give(conversation, datagram);
    if (held_) give(conversation, *std::exchange(held_, std::nullopt));
    if (number % 5 == 2) give(conversation, datagram);
  }

  void give(DatagramConversation& conversation, const Der& datagram) {
    ++num_given_;
    say(conversation.heard(datagram).datagrams);
  }

  void say(const std::vector<Der>& datagrams) {
    for (const Der& datagram : datagrams) {
      EXPECT_LE(datagram.size(), kDatagramBytesMax);
      const Parsed<QuicPacket> first = QuicPacketReader(datagram).next();
      ASSERT_TRUE(first.ok());
      // RFC 9000 section 14.1.
      const bool is_initial = first.value().type == QuicPacketType::initial;
      EXPECT_TRUE(!is_initial || datagram.size() == 1200) << datagram.size();
      client_.send(datagram);
    }
  }

  tests::UdpClient client_;
  unsigned lost_;
  unsigned num_heard_ = 0;
  unsigned num_given_ = 0;
  std::optional<Der> held_;
};

TEST_P(Ngtcp2Server, IsHeardThroughLossAndDisorder) {
  Words more = GetParam().more;
  more.emplace_back("--initial-rtt=50ms");
  const tests::ServerProcess server(huge_server(more), tests::Listening::udp);
  ASSERT_TRUE(server.listens());
  for (unsigned lost = 0; lost < 3; ++lost) {
    const auto conversation = make_quic_conversation({Probe::quic}, shares());
    BadPath(server.port(), lost).carry(*conversation);
    ASSERT_TRUE(conversation->finished());
    const TlsResult result = conversation->take_result();
    EXPECT_EQ(name_of(result.refusal), "none") << lost;
    EXPECT_EQ(result.certs, huge());
  }
}

// What it has not been acknowledged it would say again within a second.
TEST(Ngtcp2, IsToldThatWeLeave) {
  if (!tests::has_program("gtlsserver")) GTEST_SKIP() << kNoServer;
  const tests::ServerProcess server(huge_server({"--initial-rtt=50ms"}), tests::Listening::udp);
  ASSERT_TRUE(server.listens());
  const tests::UdpClient client(server.port());
  const auto conversation = make_quic_conversation({Probe::quic}, shares());
  tests::converse(client, *conversation);
  EXPECT_EQ(name_of(conversation->take_result().refusal), "none");
  while (client.receive(50)) {  // under way when we left
  }
  EXPECT_FALSE(client.receive(1500));
}

// Prints figures, without the server's time; fails only where they are absurd.
TEST(Ngtcp2, CostOfAConversation) {
  if (!tests::has_program("gtlsserver")) GTEST_SKIP() << kNoServer;
  using Clock = std::chrono::steady_clock;
  for (const Ngtcp2Case& each :
       {Ngtcp2Case{"QUIC", {}}, Ngtcp2Case{"QUIC, Retry", {"-V"}},
        Ngtcp2Case{"QUIC, retry with P-256", {kGroups + "+GROUP-SECP256R1"}}}) {
    const tests::ServerProcess server(ngtcp2_server(each.more), tests::Listening::udp);
    ASSERT_TRUE(server.listens());
    constexpr int kRuns = 50;
    Clock::duration total{};
    for (int i = -1; i < kRuns; ++i) {  // the first one fetches algorithms and is not counted
      const tests::UdpClient client(server.port());
      auto begin = Clock::now();
      const auto conversation = make_quic_conversation({Probe::quic}, shares());
      Clock::duration ours = Clock::now() - begin;
      client.send(conversation->first_datagram());
      while (const auto heard = client.receive(5000)) {
        begin = Clock::now();
        const DatagramStep step = conversation->heard(*heard);
        ours += Clock::now() - begin;
        for (const Der& datagram : step.datagrams)
          client.send(datagram);
        if (conversation->finished()) break;
      }
      ASSERT_EQ(conversation->result().reached, Reached::end);
      if (i >= 0) total += ours;
    }
    const double us = std::chrono::duration<double, std::micro>(total).count() / kRuns;
    std::printf("%-26s %7.1f us\n", each.name, us);
    EXPECT_LT(us, 50000);
  }
}

TEST(Ngtcp2, RefusesAProtocolThatItDoesNotHave) {
  if (!tests::has_program("gtlsserver")) GTEST_SKIP() << kNoServer;
  const tests::ServerProcess server(ngtcp2_server({}), tests::Listening::udp);
  ASSERT_TRUE(server.listens());
  const std::vector<std::string> names{"doq"};
  const TlsResult result = ask_quic(server, {Probe::quic, "", names});
  EXPECT_EQ(name_of(result.refusal), "alert");
  ASSERT_TRUE(result.alert);
  EXPECT_EQ(result.alert->description, 120);  // no_application_protocol
  EXPECT_EQ(result.quic_error, 0x178u);
  EXPECT_TRUE(result.certs.empty());
  const std::vector<std::string> others{"doq", "h3"};
  EXPECT_EQ(ask_quic(server, {Probe::quic, "", others}).alpn, "h3");
}

TEST(Ngtcp2, RefusesTheGroupsThatItDoesNotHave) {
  if (!tests::has_program("gtlsserver")) GTEST_SKIP() << kNoServer;
  const tests::ServerProcess server(ngtcp2_server({kGroups + "+GROUP-X448"}),
                                    tests::Listening::udp);
  ASSERT_TRUE(server.listens());
  const TlsResult result = ask_quic(server);
  EXPECT_EQ(name_of(result.refusal), "alert");
  ASSERT_TRUE(result.alert);
  EXPECT_EQ(result.alert->description, 40);  // handshake_failure
}

// The negotiation is made here; what comes after it is the server's, in the version that it has.
TEST(Ngtcp2, SpeaksItsOtherVersion) {
  if (!tests::has_program("gtlsserver")) GTEST_SKIP() << kNoServer;
  constexpr uint32_t kVersion2Draft = 0x709a50c4;
  const tests::ServerProcess server(huge_server({"-V"}), tests::Listening::udp);
  ASSERT_TRUE(server.listens());
  const tests::UdpClient client(server.port());
  const auto conversation = make_quic_conversation({Probe::quic}, shares());
  const Parsed<QuicPacket> first = QuicPacketReader(conversation->first_datagram()).next();
  ASSERT_TRUE(first.ok());
  const Der id(first.value().destination_id.begin(), first.value().destination_id.end());
  DatagramStep step =
      conversation->heard(tests::version_negotiation({}, id, {0x1a2a3a4a, kVersion2Draft}));
  ASSERT_EQ(step.kind, DatagramStep::Kind::send);
  for (auto heard = std::optional(Der{}); heard && !conversation->finished();) {
    for (const Der& datagram : step.datagrams)
      client.send(datagram);
    heard = client.receive(5000);
    if (heard) step = conversation->heard(*heard);
  }
  ASSERT_TRUE(conversation->finished());
  const TlsResult result = conversation->take_result();
  EXPECT_EQ(name_of(result.refusal), "none");
  EXPECT_EQ(result.quic_version, kVersion2Draft);
  EXPECT_EQ(result.certs, huge());
}

TEST(Caddy, ShowsALongChainOverHttp3) {
  if (!tests::has_program("caddy")) GTEST_SKIP() << "no caddy";
  const Words names{"ec", "big3", "big0", "big7", "big5", "big1", "big2", "big4", "big6"};
  std::vector<Der> expected;
  for (const std::string& name : names)
    expected.push_back(made_certificates().der(name));
  const std::string chain = made_certificates().chain(names);
  const std::string folder = chain.substr(0, chain.rfind('/'));
  const std::string file = folder + "/Caddyfile.json";
  // As its own format has it: one server, any name, this certificate.
  const tests::ServerProcess server(
      {"sh", "-c",
       "printf '%s' '{\"admin\":{\"disabled\":true},\"logging\":{\"logs\":{\"default\":{\"level\":"
       "\"ERROR\"}}},\"apps\":{\"http\":{\"servers\":{\"all\":{\"listen\":[\"127.0.0.1:PORT\"],"
       "\"automatic_https\":{\"disable\":true},\"tls_connection_policies\":[{}]}}},\"tls\":{"
       "\"certificates\":{\"load_files\":[{\"certificate\":\"" +
           chain + "\",\"key\":\"" + made_certificates().key("ec") + "\"}]}}}}' > " + file +
           " && HOME=" + folder + " exec caddy run --config " + file},
      tests::Listening::udp);
  ASSERT_TRUE(server.listens());
  const TlsResult result = ask_quic(server, {Probe::quic, "ec"});
  EXPECT_EQ(name_of(result.refusal), "none");
  EXPECT_EQ(result.alpn, "h3");
  EXPECT_EQ(result.certs, expected);
}

}  // namespace
}  // namespace tls::probe
