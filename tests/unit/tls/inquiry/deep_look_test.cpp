// SPDX-License-Identifier: Apache-2.0
// Deep looks at servers of OpenSSL.
#include "tests/unit/tls/inquiry/inquiry_run.hpp"
#include "tests/unit/tls/probe/jarm_samples.hpp"
#include "tests/unit/tls/probe_peer.hpp"
#include "tls/probe/sounding_hellos.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tests {
namespace {

using tls::AcceptedSuites;

AskedService wishing(bool tls::InquiryWish::*what) {
  AskedService out;
  out.wish.other_certificate = false;
  out.wish.without_name = false;
  out.wish.*what = true;
  return out;
}

std::vector<uint16_t> versions_of(const InquiryRun& run) {
  std::vector<uint16_t> out;
  for (const AcceptedSuites& each : run.report.accepted)
    out.push_back(each.version);
  return out;
}

using Versions = std::vector<uint16_t>;

TEST(DeepLook, FindsTheVersionsThatAreAccepted) {
  const AskedService asked = wishing(&tls::InquiryWish::versions);
  EXPECT_EQ(versions_of(ask(tls_service({.keys = {"rsa"}}), asked)),
            (Versions{tls::kTls10, tls::kTls11, tls::kTls12, tls::kTls13}));
  EXPECT_EQ(versions_of(ask(tls_service({.keys = {"rsa"},
                                         .version_min = TLS1_1_VERSION,
                                         .version_max = TLS1_2_VERSION}),
                            asked)),
            (Versions{tls::kTls11, tls::kTls12}));
  EXPECT_EQ(versions_of(ask(tls_service({.keys = {"ec"}, .version_min = TLS1_3_VERSION}), asked)),
            (Versions{tls::kTls13}));
}

TEST(DeepLook, FindsEverySuiteInTheServersOrder) {
  const AskedService asked = wishing(&tls::InquiryWish::ciphers);
  const InquiryRun run =
      ask(tls_service({.keys = {"rsa"},
                       .version_min = TLS1_2_VERSION,
                       .ciphers = "AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256:AES128-SHA:"
                                  "ECDHE-RSA-CHACHA20-POLY1305:@SECLEVEL=0",
                       .prefers_own_order = true}),
          asked);
  ASSERT_EQ(run.report.accepted.size(), 2u);
  EXPECT_EQ(run.report.accepted[0].version, tls::kTls12);
  EXPECT_EQ(run.report.accepted[0].suites, (std::vector<uint16_t>{0x009d, 0xc02f, 0x002f, 0xcca8}));
  EXPECT_EQ(run.report.accepted[1].version, tls::kTls13);
  EXPECT_EQ(run.report.accepted[1].suites, (std::vector<uint16_t>{0x1302, 0x1303, 0x1301}));
  // One probe, nine refusals between: 1.0 and 1.1 need one or two, each list ends with one.
  EXPECT_LE(run.report.connections, 20u);
  EXPECT_EQ(run.report.probes.size(), 1u);
  EXPECT_EQ(run.observations.size(), 1u);
}

TEST(DeepLook, FindsEverySuiteThatOpensslHas) {
  const InquiryRun run = ask(tls_service({.keys = {"rsa"},
                                          .version_min = TLS1_2_VERSION,
                                          .version_max = TLS1_2_VERSION,
                                          .ciphers = "ALL:!PSK:!SRP:!aECDSA:!aDSS:@SECLEVEL=0",
                                          .has_dh = true}),
                             wishing(&tls::InquiryWish::ciphers));
  ASSERT_EQ(run.report.accepted.size(), 1u);
  const std::set<uint16_t> found(run.report.accepted[0].suites.begin(),
                                 run.report.accepted[0].suites.end());
  EXPECT_EQ(found, openssl_suites("ALL:!PSK:!SRP:!aECDSA:!aDSS:@SECLEVEL=0"));
}

TEST(DeepLook, TellsTheGroupThatIsSelected) {
  const AskedService asked = wishing(&tls::InquiryWish::groups);
  for (const auto& [name, group] :
       {std::pair<const char*, uint16_t>{"P-384", 0x0018}, {"X25519", 0x001d}}) {
    const InquiryRun run = ask(tls_service({.keys = {"rsa"}, .groups = name}), asked);
    EXPECT_EQ(run.report.groups.classic, group);
    EXPECT_EQ(run.report.groups.post_quantum, group);  // OpenSSL 3.0 has no ML-KEM
  }
}

// What a server with ML-KEM says: a HelloRetryRequest for that group. Its random is SHA-256 of
// "HelloRetryRequest", RFC 8446 section 4.1.3.
TEST(DeepLook, TellsThatAPostQuantumGroupIsSelected) {
  ByteVector retry{22, 3, 3, 0, 58, 2, 0, 0, 54, 3, 3};
  const tls::Sha256 random = tls::sha256(bytes_of(std::string_view("HelloRetryRequest")));
  retry.insert(retry.end(), random.begin(), random.end());
  retry.insert(retry.end(), {0, 0x13, 0x01, 0, 0, 12, 0, 43, 0, 2, 3, 4, 0, 51, 0, 2, 0x11, 0xec});
  retry[4] = static_cast<uint8_t>(retry.size() - 5);
  retry[8] = static_cast<uint8_t>(retry.size() - 9);
  const std::string_view said(reinterpret_cast<const char*>(retry.data()), retry.size());
  const ServiceMaker classic = tls_service({.keys = {"rsa"}});
  const InquiryRun run =
      ask(in_turn({classic, classic, talker("", said)}), wishing(&tls::InquiryWish::groups));
  EXPECT_EQ(run.report.groups.classic, 0x001d);
  EXPECT_EQ(run.report.groups.post_quantum, tls::probe::kX25519MlKem768);
}

TEST(DeepLook, JarmIsThatOfTheReference) {
  AskedService asked = wishing(&tls::InquiryWish::jarm);
  asked.name = "jarm.test";
  struct Case {
    std::string_view sample;
    TlsServiceWish wish;
  };
  const Case cases[] = {
      {"tls 1.2 only", {.keys = {"rsa"}, .version_max = TLS1_2_VERSION, .ciphers = "DEFAULT"}},
      {"tls 1.3 only", {.keys = {"rsa"}, .version_min = TLS1_3_VERSION, .ciphers = "DEFAULT"}},
      {"rsa default", {.keys = {"rsa"}, .ciphers = "DEFAULT"}},
      {"ecdsa", {.keys = {"ec"}, .ciphers = "DEFAULT"}},
  };
  for (const Case& each : cases) {
    const auto* const sample = std::ranges::find(kJarmSamples, each.sample, &JarmSample::name);
    ASSERT_NE(sample, std::end(kJarmSamples));
    TlsServiceWish wish = each.wish;
    wish.has_dh = true;
    const InquiryRun run = ask(tls_service(wish), asked);
    EXPECT_EQ(run.report.jarm, sample->hash) << each.sample;
    EXPECT_EQ(std::ranges::count(run.report.jarm_raw, ','), 9) << each.sample;
  }
}

TEST(DeepLook, ATimeoutMakesJarmAllZero) {
  AskedService asked = wishing(&tls::InquiryWish::jarm);
  const ServiceMaker real = tls_service({.keys = {"rsa"}});
  const InquiryRun run = ask(in_turn({real, real, real, talker("", ""), real}), asked);
  EXPECT_EQ(run.report.jarm, std::string(62, '0'));
}

TEST(DeepLook, GoesThroughTheDialogueToo) {
  AskedService asked = wishing(&tls::InquiryWish::versions);
  asked.port = 110;
  const ProbeScript script{
      "pop3", "plain", {{'S', "+OK\r\n"}, {'C', "STLS\r\n"}, {'S', "+OK\r\n"}}};
  const InquiryRun run =
      ask(scripted_service(script, tls_service({.keys = {"rsa"}, .version_min = TLS1_2_VERSION})),
          asked);
  EXPECT_EQ(versions_of(run), (Versions{tls::kTls12, tls::kTls13}));
}

TEST(DeepLook, IsNotForServersWithoutTls) {
  AskedService asked = wishing(&tls::InquiryWish::jarm);
  const InquiryRun run = ask(talker("", "HTTP/1.0 400\r\n\r\n"), asked);
  EXPECT_EQ(run.report.jarm, "");
  EXPECT_EQ(run.report.connections, 1u);
}

}  // namespace
}  // namespace tests
