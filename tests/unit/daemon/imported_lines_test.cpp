// SPDX-License-Identifier: Apache-2.0
#include "control/daemon/imported_lines.hpp"

#include "control/config/address_text.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace control {
namespace {

using Der = std::vector<uint8_t>;

const Der kFirst = {0x30, 0x03, 0x02, 0x01, 0x05};
const Der kSecond = {0x30, 0x03, 0x02, 0x01, 0xff};

flowtable::Endpoint endpoint(const std::string& address, uint16_t port) {
  flowtable::Endpoint out;
  out.address.bytes = parse_single_address(address).value();
  out.port = port;
  return out;
}

ImportedResult web_server() {
  ImportedResult out;
  out.server = endpoint("192.0.2.7", 8443);
  out.state = ImportedState::open;
  out.seen = std::chrono::sys_seconds(std::chrono::seconds(1'714'564'800));
  out.reason = "syn-ack\n";
  out.service = "https";
  out.host_name = "\xff.example";
  out.tls = true;
  out.certificates = {kFirst, kSecond};
  return out;
}

// A line that read_imported_lines() takes, with `from` replaced by `to`.
std::string line_with(const std::string& from, const std::string& to) {
  std::string line;
  append_imported_line(line, web_server());
  const size_t at = line.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return line.replace(at, from.size(), to);
}

std::string error_of(const std::string& lines) {
  tls::CertificateCache certificates(10);
  const auto read = read_imported_lines(lines, certificates);
  return read.ok() ? "" : read.error().message;
}

TEST(ImportedLines, ComeBackAsTheyWere) {
  ImportedResult closed = web_server();
  closed.server.port = 22;
  closed.state = ImportedState::closed;
  closed.certificates.clear();
  ImportedResult voice = web_server();
  voice.server = endpoint("2001:db8::5", 5061);
  voice.protocol = 17;
  voice.seen = {};
  voice.certificates = {kSecond};
  std::string lines;
  for (const ImportedResult& each : {web_server(), closed, voice})
    append_imported_line(lines, each);
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 3);

  tls::CertificateCache certificates(10);
  const auto read = read_imported_lines(lines, certificates);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read.value().services, 2u) << "open ones";
  EXPECT_EQ(read.value().certificates, 3u);
  const tls::RecordBatch& seen = read.value().observations;
  ASSERT_EQ(seen.size(), 2u) << "without a certificate there is nothing to see";
  EXPECT_EQ(seen[0].source, tls::Source::imported);
  EXPECT_EQ(seen[0].server, web_server().server);
  EXPECT_EQ(seen[0].transport, tls::Transport::tcp);
  EXPECT_EQ(flowtable::ns_since_epoch(seen[0].seen), 1'714'564'800'000'000'000);
  ASSERT_EQ(seen[0].certs.size(), 2u);
  EXPECT_EQ(seen[0].certs[0]->der, kFirst);
  EXPECT_EQ(seen[0].certs[1]->der, kSecond);
  EXPECT_EQ(seen[0].client.address, endpoint("0.0.0.0", 0).address) << "nobody asked";
  EXPECT_EQ(seen[1].server, voice.server);
  EXPECT_EQ(seen[1].transport, tls::Transport::dtls);
  EXPECT_EQ(seen[1].client.address, endpoint("::", 0).address);
  EXPECT_EQ(flowtable::ns_since_epoch(seen[1].seen), 0);
  EXPECT_EQ(seen[1].certs.at(0), seen[0].certs[1]) << "one certificate, one memory";
}

TEST(ImportedLines, SayWhichLineIsNone) {
  std::string good;
  append_imported_line(good, web_server());
  EXPECT_EQ(error_of(good + "\n" + good), "") << "an empty line is none";
  EXPECT_EQ(error_of(good + line_with("\"imported\"", "\"tls\"")),
            "line 2: it is no imported result");
  EXPECT_EQ(error_of(line_with("192.0.2.7", "192.0.2")), "line 1: `dst` is no address");
  EXPECT_EQ(error_of(line_with("8443", "65536")), "line 1: `dport` is no port");
  EXPECT_EQ(error_of(line_with("8443", "-1")), "line 1: `dport` is no port");
  EXPECT_EQ(error_of(line_with("1714564800", "\"1\"")), "line 1: `seconds` is no number");
  EXPECT_EQ(error_of(line_with("\"open\"", "null")), "line 1: `outcome` or `transport` is missing");
  EXPECT_EQ(error_of(line_with("\"3003020105\"", "\"300302010\"")),
            "line 1: `certs` holds what is no hex");
  EXPECT_EQ(error_of(line_with("\"3003020105\"", "\"30 3020105\"")),
            "line 1: `certs` holds what is no hex");
  EXPECT_NE(error_of(good + good.substr(0, good.size() / 2)), "") << "cut off";
}

// Nanoseconds of a Tick end in the year 2262.
TEST(ImportedLines, RefuseTimesThatNoClockHolds) {
  for (const char* seconds : {"-1", "9223372036854775807", "9223372037"})
    EXPECT_EQ(error_of(line_with("1714564800", seconds)), "line 1: `seconds` is no time")
        << seconds;
  EXPECT_EQ(error_of(line_with("1714564800", "9223372036")), "");
}

}  // namespace
}  // namespace control
