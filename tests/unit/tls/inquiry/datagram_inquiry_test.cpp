// SPDX-License-Identifier: Apache-2.0
// What an inquiry finds out over UDP: of OpenSSL's DTLS, of ngtcp2 on loopback, and of
// QUIC packets that are sealed by the keys of RFC 9001.
#include "tests/support/loopback.hpp"
#include "tests/support/quic_builder.hpp"
#include "tests/unit/tls/inquiry/datagram_services.hpp"
#include "tests/unit/tls/probe/made_certificates.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace tests {
namespace {

using flowtable::TargetOutcome;
using tls::NoTlsReason;
using tls::Observation;
using tls::Transport;
using tls::probe::Reached;
using tls::probe::Refusal;

constexpr uint8_t kUdp = 17;

AskedDatagrams plain(Transport transport) {
  AskedDatagrams out;
  out.transport = transport;
  out.wish.without_name = false;
  return out;
}

std::vector<Der> ders_of(const Observation& seen) {
  std::vector<Der> out;
  for (const tls::CertificatePtr& each : seen.certs)
    out.push_back(each->der);
  return out;
}

bool offers(const ByteVector& first_datagram, const std::string& alpn) {
  const ByteVector hello = quic_hello_of(first_datagram);
  const ByteVector name(alpn.begin(), alpn.end());
  return std::search(hello.begin(), hello.end(), name.begin(), name.end()) != hello.end();
}

TEST(DatagramInquiry, ReadsADtlsCertificate) {
  AskedDatagrams asked = plain(Transport::dtls);
  asked.name = "www.inquiry.test";
  asked.wanted_since = kSeenByTheTap;
  const DatagramRun run = ask_datagrams(dtls_datagrams("rsa"), asked);
  ASSERT_EQ(run.observations.size(), 1u);
  const Observation& seen = run.observations.front();
  EXPECT_EQ(ders_of(seen), std::vector<Der>{made_certificates().der("rsa")});
  EXPECT_TRUE(seen.complete());
  EXPECT_EQ(seen.transport, Transport::dtls);
  EXPECT_EQ(seen.source, tls::Source::active);
  EXPECT_EQ(seen.probe, "dtls");
  EXPECT_EQ(seen.scan, 3u);
  EXPECT_EQ(seen.wanted_since, kSeenByTheTap);
  EXPECT_EQ(seen.flow.key.protocol(), kUdp);
  EXPECT_FALSE(seen.flow.syn_seen);
  EXPECT_EQ(seen.server, endpoint_of(1, 4433));
  EXPECT_EQ(seen.client, endpoint_of(200, 50000));
  ASSERT_TRUE(seen.hello && seen.answer);
  EXPECT_EQ(seen.sni, "www.inquiry.test");
  // JA4: a DTLS hello that offers 1.2 and names its host.
  EXPECT_EQ(seen.hello->ja4.hash.substr(0, 4), "dd2d");
  EXPECT_EQ(seen.answer->version, tls::kDtls12);
  EXPECT_FALSE(seen.quic_version);
  EXPECT_FALSE(seen.ja4ts);
}

TEST(DatagramInquiry, ReportsAServiceAsOverTcp) {
  const DatagramRun run = ask_datagrams(dtls_datagrams("ec"), plain(Transport::dtls));
  const tls::ServiceReport& report = run.report;
  EXPECT_TRUE(report.has_tls());
  EXPECT_EQ(report.transport, Transport::dtls);
  EXPECT_EQ(report.reference, 99u);
  EXPECT_EQ(report.connections, 1u);
  EXPECT_LT(report.began, report.ended);
  ASSERT_EQ(report.probes.size(), 1u);
  EXPECT_EQ(report.probes[0].probe, "dtls");
  EXPECT_EQ(report.probes[0].refusal, Refusal::none);
  EXPECT_EQ(report.probes[0].reached, Reached::end);
  EXPECT_EQ(report.probes[0].version, tls::kDtls12);
  EXPECT_EQ(report.probes[0].certs,
            std::vector<tls::Sha256>{tls::sha256(made_certificates().der("ec"))});
  // The alert by which we leave: RFC 6347 section 4.1, RFC 5246 section 7.2.1.
  ASSERT_EQ(run.said.size(), 1u);
  const ByteVector& last = run.said[0].back();
  ASSERT_EQ(last.size(), 15u);
  EXPECT_EQ(last[0], 21);
  EXPECT_EQ(last[14], 0);  // close_notify
}

TEST(DatagramInquiry, AsksWithANameAndWithout) {
  AskedDatagrams asked = plain(Transport::dtls);
  asked.name = "www.inquiry.test";
  asked.wish.without_name = true;
  const DatagramRun run = ask_datagrams(dtls_datagrams("ec"), asked);
  ASSERT_EQ(run.observations.size(), 2u);
  EXPECT_EQ(run.observations[0].sni, "www.inquiry.test");
  EXPECT_FALSE(run.observations[1].sni);
  EXPECT_FALSE(run.observations[0].wanted_since);
  ASSERT_EQ(run.report.probes.size(), 2u);
  EXPECT_EQ(run.report.probes[0].name, "www.inquiry.test");
  EXPECT_EQ(run.report.probes[1].name, "");
}

TEST(DatagramInquiry, TakesNoDeepLook) {
  AskedDatagrams asked = plain(Transport::dtls);
  asked.wish.jarm = asked.wish.versions = asked.wish.ciphers = asked.wish.groups = true;
  const DatagramRun run = ask_datagrams(dtls_datagrams("ec"), asked);
  EXPECT_EQ(run.report.connections, 1u);
  EXPECT_TRUE(run.report.has_tls());
}

TEST(DatagramInquiry, TellsClosedFromUnreachableAndSilent) {
  const DatagramServiceMaker nobody = [] { return nullptr; };
  const auto outcome = [&](const flowtable::IpAddress& address,
                           std::optional<std::array<uint8_t, 2>> icmp) {
    AskedDatagrams asked = plain(Transport::quic);
    asked.server.address = address;
    asked.icmp = icmp;
    const DatagramRun run = ask_datagrams(nobody, asked);
    EXPECT_TRUE(run.report.probes.empty() && run.observations.empty());
    EXPECT_EQ(run.report.no_tls, NoTlsReason::none);
    EXPECT_EQ(run.report.connections, 0u);
    return run.report.outcome;
  };
  using Icmp = std::array<uint8_t, 2>;
  const flowtable::IpAddress v4 = endpoint_of(1, 1).address;
  const flowtable::IpAddress v6 =
      flowtable::IpAddress::from_bytes(std::array<uint8_t, 16>{0x20, 0x01, 0x0d, 0xb8});
  EXPECT_EQ(outcome(v4, Icmp{3, 3}), TargetOutcome::closed);
  EXPECT_EQ(outcome(v4, Icmp{3, 1}), TargetOutcome::unreachable);
  EXPECT_EQ(outcome(v6, Icmp{1, 4}), TargetOutcome::closed);
  EXPECT_EQ(outcome(v6, Icmp{1, 3}), TargetOutcome::unreachable);
  EXPECT_EQ(outcome(v4, std::nullopt), TargetOutcome::silent);
  // Silence of a service that takes what we say.
  const auto mute = [](const ByteVector&) { return std::vector<ByteVector>(); };
  EXPECT_EQ(ask_datagrams(answering_service(mute), plain(Transport::dtls)).report.outcome,
            TargetOutcome::silent);
}

TEST(DatagramInquiry, GivesARefusalItsAlert) {
  const DatagramRun run =
      ask_datagrams(answering_service(quic_close(0x128)), plain(Transport::quic));
  EXPECT_EQ(run.report.outcome, TargetOutcome::open);
  EXPECT_EQ(run.report.no_tls, NoTlsReason::refused);
  EXPECT_EQ(run.report.step, "hello");
  EXPECT_EQ(run.report.alert, 40);
  EXPECT_EQ(run.report.code, "");
  ASSERT_EQ(run.report.probes.size(), 1u);
  EXPECT_EQ(run.report.probes[0].refusal, Refusal::alert);
  EXPECT_EQ(run.report.probes[0].alert, 40);
  EXPECT_TRUE(run.observations.empty());
}

TEST(DatagramInquiry, GivesARefusalOfQuicItsName) {
  for (const auto& [code, name] : {std::pair<uint64_t, std::string>{2, "CONNECTION_REFUSED"},
                                   {0x10, "NO_VIABLE_PATH"},
                                   {0x4567, "0x4567"}}) {
    const DatagramRun run =
        ask_datagrams(answering_service(quic_close(code)), plain(Transport::quic));
    EXPECT_EQ(run.report.no_tls, NoTlsReason::refused) << code;
    EXPECT_EQ(run.report.code, name);
    EXPECT_FALSE(run.report.alert);
  }
}

TEST(DatagramInquiry, OffersDnsWhereHttpIsNotSpoken) {
  const DatagramRun run =
      ask_datagrams(answering_service(quic_close(0x178)), plain(Transport::quic));
  EXPECT_EQ(run.report.no_tls, NoTlsReason::refused);
  EXPECT_EQ(run.report.alert, 120);
  ASSERT_EQ(run.said.size(), 2u);
  EXPECT_TRUE(offers(run.said[0][0], "\x02h3"));
  EXPECT_FALSE(offers(run.said[0][0],
                      "\x03"
                      "doq"));
  EXPECT_FALSE(offers(run.said[1][0], "\x02h3"));
  EXPECT_TRUE(offers(run.said[1][0],
                     "\x03"
                     "doq"));
  AskedDatagrams of_dns = plain(Transport::quic);
  of_dns.server.port = 853;
  const DatagramRun other = ask_datagrams(answering_service(quic_close(0x178)), of_dns);
  ASSERT_EQ(other.said.size(), 2u);
  EXPECT_TRUE(offers(other.said[0][0],
                     "\x03"
                     "doq"));
  EXPECT_TRUE(offers(other.said[1][0], "\x02h3"));
}

TEST(DatagramInquiry, ServersWithoutAVersionOfOursRefuse) {
  const DatagramRun run =
      ask_datagrams(answering_service([](const ByteVector& first) {
                      return std::vector<ByteVector>{version_negotiation(
                          {}, quic_destination_of(first), {0xff00001d, 0x0a0a0a0a})};
                    }),
                    plain(Transport::quic));
  EXPECT_EQ(run.report.no_tls, NoTlsReason::refused);
  EXPECT_EQ(run.report.step, "version");
}

TEST(DatagramInquiry, OtherProtocolsAreNotTls) {
  const ByteVector dns{0x12, 0x34, 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0};
  const auto answer = [&](const ByteVector&) { return std::vector<ByteVector>{dns}; };
  for (const Transport transport : {Transport::dtls, Transport::quic}) {
    const DatagramRun run = ask_datagrams(answering_service(answer), plain(transport));
    EXPECT_EQ(run.report.outcome, TargetOutcome::open);
    EXPECT_EQ(run.report.no_tls, NoTlsReason::not_tls);
    EXPECT_EQ(run.report.connections, 1u);
  }
}

// Says the first datagram of its flight and is silent from then on.
DatagramServiceMaker cut_service() {
  return answering_service([](const ByteVector& first) {
    const DatagramServicePtr server = dtls_datagrams("rsa")();
    server->hear(first);
    return std::vector<ByteVector>{server->say().value()};
  });
}

TEST(DatagramInquiry, WhoFallsSilentInTheMiddleIsAskedOnceMore) {
  const DatagramRun run = ask_datagrams(cut_service(), plain(Transport::dtls));
  ASSERT_EQ(run.report.probes.size(), 2u);
  for (const tls::ProbeOutcome& each : run.report.probes) {
    EXPECT_EQ(each.refusal, Refusal::timed_out);
    EXPECT_EQ(each.reached, Reached::server_hello);
  }
  EXPECT_EQ(run.report.connections, 2u);
  ASSERT_EQ(run.observations.size(), 2u);
  EXPECT_EQ(run.observations[0].missing, tls::MissingReason::server_flight_cut);
}

TEST(DatagramInquiry, ALostAnswerDoesNotCostTheCertificate) {
  bool was_asked = false;
  const DatagramServiceMaker whole = dtls_datagrams("ec");
  const DatagramServiceMaker cut = cut_service();
  const auto lossy = [&] { return std::exchange(was_asked, true) ? whole() : cut(); };
  const DatagramRun run = ask_datagrams(lossy, plain(Transport::dtls));
  ASSERT_EQ(run.observations.size(), 2u);
  EXPECT_EQ(ders_of(run.observations[1]), std::vector<Der>{made_certificates().der("ec")});
  EXPECT_TRUE(run.observations[1].complete());
  EXPECT_TRUE(run.report.has_tls());
  // Nobody remembers a token that is lost on its way back.
  const auto token_lost = [](const ByteVector& first) {
    return std::vector<ByteVector>{
        retry_packet({1, {}, ByteVector(5, 0xf0), ByteVector(30, 7)}, quic_destination_of(first))};
  };
  const DatagramRun quic = ask_datagrams(answering_service(token_lost), plain(Transport::quic));
  EXPECT_EQ(quic.report.connections, 2u);
  EXPECT_EQ(quic.report.no_tls, NoTlsReason::timed_out);
  EXPECT_NE(quic_destination_of(quic.said[0][0]), quic_destination_of(quic.said[1][0]));
}

std::vector<std::string> ngtcp2(std::vector<std::string> more) {
  std::vector<std::string> out{"gtlsserver", "-q"};
  out.insert(out.end(), more.begin(), more.end());
  out.insert(out.end(), {"127.0.0.1", "PORT", made_certificates().key("ec"),
                         made_certificates().certificate("ec")});
  return out;
}

TEST(DatagramInquiry, ReadsTheCertificateOfANgtcp2Server) {
  if (!has_program("gtlsserver")) GTEST_SKIP() << "no gtlsserver (ngtcp2-server)";
  const ServerProcess server(
      ngtcp2({"-V", "--groups=-GROUP-ALL:+GROUP-SECP256R1", "--verify-client"}), Listening::udp);
  ASSERT_TRUE(server.listens());
  AskedDatagrams asked = plain(Transport::quic);
  asked.name = "www.inquiry.test";
  asked.wish.without_name = true;
  const DatagramRun run = ask_datagrams(loopback_service(server.port()), asked);
  ASSERT_EQ(run.observations.size(), 2u);
  const Observation& seen = run.observations.front();
  EXPECT_EQ(ders_of(seen), std::vector<Der>{made_certificates().der("ec")});
  EXPECT_EQ(seen.transport, Transport::quic);
  EXPECT_EQ(seen.probe, "quic");
  EXPECT_EQ(seen.flow.key.protocol(), kUdp);
  EXPECT_EQ(seen.quic_version, 1u);
  EXPECT_TRUE(seen.quic_retry);  // -V
  EXPECT_TRUE(seen.hello_retry);
  EXPECT_TRUE(seen.client_certificate_asked);
  EXPECT_TRUE(seen.complete());
  ASSERT_TRUE(seen.hello && seen.answer);
  EXPECT_EQ(seen.sni, "www.inquiry.test");
  // JA4: QUIC, TLS 1.3, with a name.
  EXPECT_EQ(seen.hello->ja4.hash.substr(0, 4), "q13d");
  EXPECT_EQ(seen.answer->version, tls::kTls13);
  EXPECT_EQ(seen.answer->group, 0x0017);
  EXPECT_EQ(seen.answer->alpn_selected, "h3");
  EXPECT_FALSE(run.observations[1].sni);
}

}  // namespace
}  // namespace tests
