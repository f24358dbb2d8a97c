// SPDX-License-Identifier: Apache-2.0
#include "control/storage/queries.hpp"

#include "control/query/query_parser.hpp"
#include "control/storage/stored_text.hpp"
#include "tests/unit/storage/observations.hpp"
#include "tests/unit/storage/test_cluster.hpp"
#include "tests/unit/storage/test_writer.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace control::tests {
namespace {

constexpr int64_t kDay = 86'400;

int64_t now_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

tls::CertificatePtr expiring(uint32_t number, const std::string& name, int64_t not_after) {
  auto facts = std::make_shared<tls::CertificateFacts>(*certificate(number, name));
  facts->not_after = not_after;
  return facts;
}

// Three services: one certificate ends in ten days, one in fifty, one never, one is over.
DatabaseAddress filled_database() {
  const DatabaseAddress address = fresh_database();
  const int64_t now = now_seconds();
  const auto ca = expiring(100, "Test CA", now + 3000 * kDay);
  std::vector<tls::Observation> all = {
      session(1, {expiring(1, "ten.example", now + 10 * kDay + 3600), ca}),
      session(2, {expiring(1, "ten.example", now + 10 * kDay + 3600), ca}),
      session(3, {expiring(2, "fifty.example", now + 50 * kDay + 3600)}),
      session(4, {expiring(3, "never.example", std::numeric_limits<int64_t>::max())}),
      session(5, {expiring(4, "over.example", now - kDay + 3600)})};
  all[1].server.port = 8443;
  all[2].server = endpoint("2001:db8::5", 443);
  all[2].sni = "Mixed.Case.Example";
  all[3].client_certs = {expiring(50, "client.example", now + 4000 * kDay)};
  tls::Observation ssh = session(6);
  ssh.kind = tls::RecordKind::ssh;
  ssh.server = endpoint("203.0.113.22", 22);
  ssh.client = endpoint("203.0.113.99", 50000);
  ssh.ssh.emplace();
  ssh.ssh->client_id = "SSH-2.0-PuTTY";
  ssh.ssh->server_id = "SSH-2.0-dropbear";
  ssh.ssh->hassh = tls::Fingerprint{"kex;enc;mac;none", "8a8ae540028bf433cd68356c1b9e8d5b"};
  ssh.ssh->hassh_server = tls::Fingerprint{"k;e;m;n", "b12d2871a1189eff20364cf5333619ee"};
  all.push_back(ssh);
  TestWriter(address).store(1, std::move(all));
  return address;
}

const DatabaseAddress& memory() {
  static const DatabaseAddress address = filled_database();
  return address;
}

std::string field(const QuerySection& section, size_t row, const std::string& column) {
  const auto found = std::ranges::find(section.columns, column);
  EXPECT_NE(found, section.columns.end()) << column;
  const auto index = static_cast<size_t>(found - section.columns.begin());
  if (row >= section.rows.size() || index >= section.rows[row].size()) return "(no such row)";
  return section.rows[row][index];
}

std::vector<QuerySection> must_show(const std::string& word) {
  Queries queries({.address = memory()});
  auto sections = queries.show(word);
  EXPECT_TRUE(sections.ok()) << sections.error().message;
  return sections ? std::move(sections).value() : std::vector<QuerySection>{};
}

const QuerySection& section(const std::vector<QuerySection>& sections, const std::string& heading) {
  static const QuerySection none;
  const auto found = std::ranges::find(sections, heading, &QuerySection::heading);
  EXPECT_NE(found, sections.end()) << heading;
  return found == sections.end() ? none : *found;
}

flowtable::OrError<QueryPage> certs(Queries& queries, std::string_view text = "") {
  return queries.list(parse_query(QueryVerb::certs, text).value(), {});
}

TEST(Queries, ListsCertificatesByExpiry) {
  Queries queries({.address = memory()});
  const auto answer = certs(queries);
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  const QuerySection& all = answer.value().section;
  EXPECT_EQ(all.columns,
            (std::vector<std::string>{"not_after", "remaining", "subject_cn", "issuer_cn", "key",
                                      "services", "owner", "first_seen", "last_seen", "sha256"}));
  ASSERT_EQ(all.rows.size(), 6u);
  EXPECT_EQ(field(all, 0, "subject_cn"), "over.example");
  EXPECT_LT(std::stol(field(all, 0, "remaining")), 0);
  EXPECT_EQ(field(all, 5, "subject_cn"), "never.example");
  EXPECT_EQ(field(all, 5, "not_after"), "infinity");
  EXPECT_EQ(field(all, 5, "remaining"), "");
}

TEST(Queries, ListsWhatTheWriterStored) {
  Queries queries({.address = memory()});
  const auto soon = certs(queries, "not_after:30d");
  ASSERT_TRUE(soon.ok()) << soon.error().message;
  const QuerySection& section = soon.value().section;
  ASSERT_EQ(section.rows.size(), 1u);
  EXPECT_EQ(field(section, 0, "subject_cn"), "ten.example");
  EXPECT_NEAR(std::stod(field(section, 0, "remaining")), 10 * 86400, 86400);
  EXPECT_EQ(field(section, 0, "services"), "2");
  EXPECT_EQ(field(section, 0, "key"), "EC P-256");
  EXPECT_EQ(field(section, 0, "last_seen"), "2026-03-04T05:06:07Z");
}

TEST(Queries, ShowsAnAddress) {
  const auto server = must_show("192.0.2.1");
  EXPECT_EQ(section(server, "services").rows.size(), 4u);
  EXPECT_EQ(section(server, "sessions as server").rows.size(), 4u);
  const auto client = must_show("198.51.100.9");
  EXPECT_EQ(section(client, "sessions as client").rows.size(), 5u);
  // What stays when the sessions have gone: four services, one of them under another name.
  EXPECT_EQ(client.size(), 2u);
  EXPECT_EQ(field(section(must_show("2001:DB8::5"), "services"), 0, "subject_cn"), "fifty.example");
}

TEST(Queries, ShowsAService) {
  EXPECT_EQ(section(must_show("192.0.2.1:8443"), "services").rows.size(), 1u);
  EXPECT_EQ(section(must_show("[2001:db8::5]:443"), "services").rows.size(), 1u);
  EXPECT_TRUE(must_show("192.0.2.1:1").empty());
}

TEST(Queries, ShowsANetwork) {
  // Each service once, by address, with what it showed last; not more rows than were asked for.
  const auto shown = must_show("192.0.2.77/24");
  const QuerySection& services = section(shown, "services");
  ASSERT_EQ(services.rows.size(), 2u);
  EXPECT_EQ(field(services, 0, "port") + " " + field(services, 1, "port"), "443 8443");
  EXPECT_EQ(field(services, 0, "certificates"), "3");
  Queries queries({.address = memory()});
  const auto first = queries.show("192.0.2.0/24", 1);
  ASSERT_TRUE(first.ok()) << first.error().message;
  EXPECT_EQ(section(first.value(), "services").rows.size(), 1u);
  EXPECT_EQ(section(must_show("2001:db8::/32"), "services").rows.size(), 1u);
  EXPECT_TRUE(must_show("10.0.0.0/8").empty());
}

TEST(Queries, ShowsACertificateByEachOfItsDigests) {
  const auto leaf = certificate(1, "ten.example");
  for (const std::string& digest :
       {hex_text(leaf->sha256), hex_text(leaf->sha1), hex_text(*leaf->spki_sha256)}) {
    const auto shown = must_show(digest);
    EXPECT_EQ(field(section(shown, "certificates"), 0, "subject"), "C=LU, CN=ten.example");
    EXPECT_EQ(section(shown, "services").rows.size(), 2u);
    EXPECT_EQ(section(shown, "sessions").rows.size(), 2u);
  }
  // A CA is in the chains of others.
  EXPECT_EQ(section(must_show(hex_text(certificate(100, "")->sha256)), "services").rows.size(), 2u);
  EXPECT_EQ(
      section(must_show(hex_text(certificate(50, "")->sha256)), "shown by clients").rows.size(),
      1u);
}

TEST(Queries, ShowsFingerprints) {
  const auto ja3 = must_show("5D41402ABC4B2A76B9719D911017C592");
  EXPECT_EQ(field(section(ja3, "fingerprints"), 0, "raw"), "771,4865-4866,0-23,29,0");
  EXPECT_EQ(section(ja3, "sessions").rows.size(), 5u);
  const auto ja4 = must_show("t13d1516h2_8daaf6152771_e5627efa2ab1");
  EXPECT_EQ(field(section(ja4, "fingerprints"), 0, "method"), "ja4");
  EXPECT_EQ(section(ja4, "sessions").rows.size(), 5u);
}

TEST(Queries, ShowsWhoSpeaksSsh) {
  for (const std::string word :
       {"203.0.113.22", "203.0.113.99", "203.0.113.22:22", "203.0.113.0/24",
        "8a8ae540028bf433cd68356c1b9e8d5b", "b12d2871a1189eff20364cf5333619ee"}) {
    const auto shown = must_show(word);
    EXPECT_EQ(field(section(shown, "ssh"), 0, "client_id"), "SSH-2.0-PuTTY") << word;
    EXPECT_EQ(field(section(shown, "ssh"), 0, "server_id"), "SSH-2.0-dropbear") << word;
  }
  EXPECT_EQ(
      field(section(must_show("8a8ae540028bf433cd68356c1b9e8d5b"), "fingerprints"), 0, "method"),
      "hassh");
}

TEST(Queries, ShowsANameWhateverItsCase) {
  const auto mixed = must_show("mixed.case.EXAMPLE");
  EXPECT_EQ(field(section(mixed, "services"), 0, "sni"), "Mixed.Case.Example");
  EXPECT_EQ(section(mixed, "sessions").rows.size(), 1u);
  EXPECT_EQ(field(section(must_show("TEN.example"), "certificates"), 0, "services"), "2");
  // Every test certificate has *.example.net among its names.
  EXPECT_EQ(section(must_show("any.example.net"), "certificates").rows.size(), 6u);
  EXPECT_TRUE(must_show("unknown.example").empty());
}

TEST(Queries, TakesAnyWordAsAValue) {
  for (const std::string& word :
       {std::string("'; DROP TABLE session; --"), std::string("\xff\xfe"), std::string("%"),
        std::string("$1"), std::string(5000, 'x'), std::string()}) {
    EXPECT_TRUE(must_show(word).empty()) << word;
  }
  EXPECT_FALSE(must_show("192.0.2.1").empty());
}

TEST(Queries, GivesUpAfterItsTimeAndSaysSo) {
  DatabaseConnection blocker = must_open(memory());
  must_query(blocker, "BEGIN");
  must_query(blocker, "LOCK TABLE certificate");
  Queries queries({.address = memory(), .statement_timeout = std::chrono::milliseconds(50)});
  const auto late = certs(queries);
  ASSERT_FALSE(late.ok());
  EXPECT_NE(late.error().message.find("50 ms"), std::string::npos) << late.error().message;
  must_query(blocker, "ROLLBACK");
  EXPECT_TRUE(certs(queries).ok());
}

TEST(Queries, ComesBackAfterItsSessionWasEnded) {
  Queries queries({.address = memory()});
  ASSERT_TRUE(certs(queries).ok());
  DatabaseConnection other = must_open(memory());
  must_query(other,
             "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE"
             " application_name = 'tapseal reader'");
  const auto again = certs(queries);
  EXPECT_TRUE(again.ok()) << again.error().message;
}

}  // namespace
}  // namespace control::tests
