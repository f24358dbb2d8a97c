// SPDX-License-Identifier: Apache-2.0
// Ten hellos to a real server make the hash that the reference made of the same one.
#include "tests/support/loopback.hpp"
#include "tests/unit/tls/probe/jarm_samples.hpp"
#include "tests/unit/tls/probe/made_certificates.hpp"
#include "tls/probe/jarm.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace tls::probe {
namespace {

using Words = std::vector<std::string>;

std::string jarm_of(uint16_t port) {
  JarmScan scan;
  for (size_t i = 0; i < kJarmHellos; ++i) {
    const tests::TcpClient client(port);
    client.send(client_hello_record(jarm_hello(i, "jarm.test", new_jarm_random())));
    const tests::TcpClient::Heard heard = client.receive(kJarmAnswerBytesMax);
    if (heard.end == PeerEnd::timed_out) scan.time_out();
    scan.add(i, heard.bytes);
  }
  return scan.hash();
}

struct JarmCase {
  std::string_view sample;
  const char* key;
  Words more;
};

TEST(JarmOfAServer, EqualsTheReference) {
  const JarmCase cases[] = {
      {"rsa default", "rsa", {}},
      {"tls 1.2 only", "rsa", {"-tls1_2"}},
      {"tls 1.3 only", "rsa", {"-tls1_3"}},
      {"alpn h2, http/1.1", "rsa", {"-alpn", "h2,http/1.1"}},
      {"seclevel 0", "rsa", {"-cipher", "ALL:@SECLEVEL=0"}},
      {"ecdsa", "ec", {}},
      {"serverpref", "rsa", {"-serverpref"}},
  };
  const tests::MadeCertificates& made = tests::made_certificates();
  for (const JarmCase& each : cases) {
    Words words{"openssl",        "s_server",        "-accept",
                "127.0.0.1:PORT", "-cert",           made.certificate(each.key),
                "-key",           made.key(each.key)};
    words.insert(words.end(), each.more.begin(), each.more.end());
    const tests::ServerProcess server(words);
    ASSERT_TRUE(server.listens());
    const auto* const sample =
        std::ranges::find(tests::kJarmSamples, each.sample, &tests::JarmSample::name);
    ASSERT_NE(sample, std::end(tests::kJarmSamples));
    EXPECT_EQ(jarm_of(server.port()), sample->hash) << each.sample;
  }
}

}  // namespace
}  // namespace tls::probe
