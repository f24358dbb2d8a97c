// SPDX-License-Identifier: Apache-2.0
// What an inquiry finds out about servers of OpenSSL that speak TLS at once.
#include "tests/unit/tls/inquiry/inquiry_run.hpp"
#include "tests/unit/tls/probe/made_certificates.hpp"
#include "tls/fingerprint/foxio_methods.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace tests {
namespace {

using flowtable::TargetOutcome;
using tls::InquiryWish;
using tls::NoTlsReason;
using tls::Observation;
using tls::probe::Reached;
using tls::probe::Refusal;

// Certificates alone, so that a run has as many connections as it needs for one.
AskedService plain(uint16_t port = 443) {
  AskedService out;
  out.port = port;
  out.wish.other_certificate = false;
  out.wish.without_name = false;
  return out;
}

std::vector<std::string> probes_of(const InquiryRun& run) {
  std::vector<std::string> out;
  for (const tls::ProbeOutcome& each : run.report.probes)
    out.emplace_back(each.probe);
  return out;
}

Der leaf_of(const Observation& seen) {
  return seen.certs.empty() ? Der{} : seen.certs.front()->der;
}

using Ids = std::vector<std::string>;

TEST(Inquiry, ReadsACertificateInClear) {
  const InquiryRun run = ask(tls_service({.keys = {"rsa"}}), plain());
  ASSERT_EQ(run.observations.size(), 1u);
  const Observation& seen = run.observations.front();
  EXPECT_EQ(leaf_of(seen), made_certificates().der("rsa"));
  EXPECT_TRUE(seen.complete());
  EXPECT_EQ(seen.source, tls::Source::active);
  EXPECT_EQ(seen.probe, "a");
  EXPECT_EQ(seen.scan, 3u);
  EXPECT_EQ(seen.server, endpoint_of(1, 443));
  EXPECT_EQ(seen.client, endpoint_of(200, 50000));
  ASSERT_TRUE(seen.answer);
  EXPECT_EQ(seen.answer->version, tls::kTls12);
  EXPECT_EQ(seen.answer->ja3s.hash.size(), 32u);
  ASSERT_TRUE(seen.hello);
  EXPECT_FALSE(seen.hello->supported_versions);
  EXPECT_EQ(seen.ja4ts.has_value(), tls::ja4ts_of({64240, {}, {}}).has_value());
  EXPECT_EQ(run.report.no_tls, NoTlsReason::none);
  EXPECT_EQ(run.report.outcome, TargetOutcome::open);
  EXPECT_EQ(run.report.reference, 99u);
  EXPECT_EQ(run.report.connections, 1u);
  ASSERT_EQ(run.report.probes.size(), 1u);
  EXPECT_EQ(run.report.probes[0].certs,
            std::vector<tls::Sha256>{tls::sha256(made_certificates().der("rsa"))});
  EXPECT_EQ(run.report.syn_ack.window, 64240);
  EXPECT_LT(run.report.began, run.report.ended);
}

TEST(Inquiry, AsksServersOfTls13AloneOnceMore) {
  const InquiryRun run = ask(tls_service({.keys = {"ec"}, .version_min = TLS1_3_VERSION}), plain());
  EXPECT_EQ(probes_of(run), (Ids{"a", "b"}));
  EXPECT_EQ(run.report.probes[0].refusal, Refusal::alert);
  EXPECT_EQ(run.report.probes[0].alert, 70);
  ASSERT_EQ(run.observations.size(), 1u);
  EXPECT_EQ(leaf_of(run.observations[0]), made_certificates().der("ec"));
  EXPECT_EQ(run.observations[0].answer->version, tls::kTls13);
  EXPECT_EQ(run.observations[0].answer->group, 0x001d);
  EXPECT_EQ(run.observations[0].probe, "b");
}

TEST(Inquiry, FollowsAHelloRetryRequest) {
  const InquiryRun run =
      ask(tls_service({.keys = {"ec"}, .version_min = TLS1_3_VERSION, .groups = "P-384"}), plain());
  ASSERT_EQ(run.observations.size(), 1u);
  EXPECT_TRUE(run.observations[0].hello_retry);
  EXPECT_EQ(run.observations[0].answer->group, 0x0018);
  EXPECT_TRUE(run.report.probes.back().hello_retry);
  EXPECT_EQ(leaf_of(run.observations[0]), made_certificates().der("ec"));
}

TEST(Inquiry, FindsBothCertificatesOfAServerWithTwo) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    AskedService asked = plain();
    asked.wish.other_certificate = true;
    const InquiryRun run =
        ask(tls_service({.keys = {"rsa", "ec"}, .version_min = version, .version_max = version}),
            asked);
    ASSERT_EQ(run.observations.size(), 2u) << version;
    const std::vector<Der> found{leaf_of(run.observations[0]), leaf_of(run.observations[1])};
    EXPECT_NE(found[0], found[1]);
    for (const char* key : {"rsa", "ec"})
      EXPECT_EQ(std::ranges::count(found, made_certificates().der(key)), 1) << key;
  }
}

TEST(Inquiry, AsksWithANameAndWithout) {
  AskedService asked = plain();
  asked.wish.without_name = true;
  asked.name = "www.inquiry.test";
  const InquiryRun run =
      ask(tls_service({.keys = {"rsa"}, .own_name = "www.inquiry.test", .named_key = "ec"}), asked);
  ASSERT_EQ(run.observations.size(), 2u);
  EXPECT_EQ(leaf_of(run.observations[0]), made_certificates().der("ec"));
  EXPECT_EQ(run.observations[0].sni, "www.inquiry.test");
  EXPECT_EQ(leaf_of(run.observations[1]), made_certificates().der("rsa"));
  EXPECT_FALSE(run.observations[1].sni);
  EXPECT_EQ(run.report.probes[0].name, "www.inquiry.test");
  EXPECT_EQ(run.report.probes[1].name, "");
}

TEST(Inquiry, ReportsTheAlertOfAServerThatWantsAName) {
  const InquiryRun run =
      ask(tls_service({.keys = {"rsa"}, .own_name = "www.inquiry.test"}), plain());
  EXPECT_TRUE(run.observations.empty());
  EXPECT_EQ(run.report.no_tls, NoTlsReason::refused);
  EXPECT_EQ(run.report.alert, 112);
  EXPECT_EQ(run.report.step, "hello");
  EXPECT_EQ(probes_of(run), (Ids{"a", "b", "c"}));
}

TEST(Inquiry, LeavesOutOldHellosWhenTheyAreNotWished) {
  AskedService asked = plain();
  asked.wish.legacy = false;
  const ServiceMaker service = tls_service({.keys = {"rsa"}, .own_name = "x.test"});
  EXPECT_EQ(probes_of(ask(service, asked)), (Ids{"a", "b"}));
  asked.wish.legacy = true;
  asked.wish.old_ssl = true;
  EXPECT_EQ(probes_of(ask(service, asked)), (Ids{"a", "b", "c", "ssl3", "ssl2"}));
}

TEST(Inquiry, NotesThatAClientCertificateIsAsked) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const InquiryRun run = ask(
        tls_service(
            {.keys = {"rsa"}, .version_min = version, .version_max = version, .asks_client = true}),
        plain());
    ASSERT_EQ(run.observations.size(), 1u);
    EXPECT_TRUE(run.observations[0].client_certificate_asked);
    EXPECT_TRUE(run.report.probes.back().client_certificate_asked);
    EXPECT_EQ(leaf_of(run.observations[0]), made_certificates().der("rsa"));
  }
}

TEST(Inquiry, ReadsOldVersionsAndWeakKeys) {
  const InquiryRun old =
      ask(tls_service({.keys = {"weak"}, .version_min = TLS1_VERSION, .version_max = TLS1_VERSION}),
          plain());
  ASSERT_EQ(old.observations.size(), 1u);
  EXPECT_EQ(old.observations[0].answer->version, tls::kTls10);
  EXPECT_EQ(leaf_of(old.observations[0]), made_certificates().der("weak"));
  const InquiryRun edwards = ask(tls_service({.keys = {"ed25519"}}), plain());
  ASSERT_EQ(edwards.observations.size(), 1u);
  EXPECT_EQ(leaf_of(edwards.observations[0]), made_certificates().der("ed25519"));
}

TEST(Inquiry, KeepsALongChainInItsOrderHoweverItIsCut) {
  const std::vector<std::string> names{"big0", "big1", "big2", "big3",
                                       "big4", "big5", "big6", "big7"};
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    AskedService asked = plain();
    asked.piece_bytes = 61;
    const InquiryRun run = ask(tls_service({.keys = {"big0"},
                                            .version_min = version,
                                            .version_max = version,
                                            .chain = made_certificates().chain(names)}),
                               asked);
    ASSERT_EQ(run.observations.size(), 1u);
    ASSERT_EQ(run.observations[0].certs.size(), names.size());
    for (size_t i = 0; i < names.size(); ++i)
      EXPECT_EQ(run.observations[0].certs[i]->der, made_certificates().der(names[i])) << i;
  }
}

TEST(Inquiry, GoesOnWithTheConnectionOfASweep) {
  AskedService asked = plain();
  asked.wish.other_certificate = true;
  const InquiryRun run = sweep(tls_service({.keys = {"rsa", "ec"}}), asked);
  ASSERT_EQ(run.observations.size(), 2u);
  EXPECT_EQ(run.report.connections, 2u);
  ASSERT_TRUE(run.observations[0].hello);
  EXPECT_FALSE(run.observations[0].sni);
  const InquiryRun newer =
      sweep(tls_service({.keys = {"rsa"}, .version_min = TLS1_3_VERSION}), plain(8443));
  ASSERT_EQ(newer.observations.size(), 1u);
  EXPECT_EQ(leaf_of(newer.observations[0]), made_certificates().der("rsa"));
}

TEST(Inquiry, ReadsTheCertificateOfADtlsServer) {
  AskedService asked = plain(4433);
  asked.transport = tls::Transport::dtls;
  asked.name = "www.inquiry.test";
  const InquiryRun run = ask(dtls_service("rsa"), asked);
  ASSERT_EQ(run.observations.size(), 1u);
  const Observation& seen = run.observations.front();
  EXPECT_EQ(leaf_of(seen), made_certificates().der("rsa"));
  EXPECT_EQ(seen.transport, tls::Transport::dtls);
  EXPECT_EQ(seen.flow.key.protocol(), 17);
  EXPECT_EQ(seen.probe, "dtls");
  ASSERT_TRUE(seen.answer);
  EXPECT_EQ(seen.answer->version, tls::kDtls12);
  ASSERT_TRUE(seen.hello);
  EXPECT_EQ(seen.sni, "www.inquiry.test");
  EXPECT_TRUE(seen.hello->ja4.hash.starts_with("dd2d"));
  EXPECT_EQ(run.report.no_tls, NoTlsReason::none);
}

TEST(Inquiry, AsksASilentDatagramServiceOnce) {
  for (const tls::Transport transport : {tls::Transport::dtls, tls::Transport::quic}) {
    AskedService asked = plain(443);
    asked.transport = transport;
    const InquiryRun run = ask(talker("", ""), asked);
    EXPECT_EQ(run.report.connections, 1u);
    EXPECT_EQ(run.report.no_tls, NoTlsReason::timed_out);
    EXPECT_EQ(run.report.probes.size(), 1u);
  }
}

}  // namespace
}  // namespace tests
