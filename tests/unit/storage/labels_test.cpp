// SPDX-License-Identifier: Apache-2.0
#include "control/storage/labels.hpp"

#include "control/storage/queries.hpp"
#include "tests/unit/storage/small_memory.hpp"
#include "tests/unit/storage/test_cluster.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace control::tests {
namespace {

using Row = std::vector<std::string>;

TEST(Labels, RulesAndOwnersComeAndGo) {
  const DatabaseAddress address = fresh_database();
  Labels labels(address);
  Queries queries({.address = address});
  const auto id = labels.add({.tag = "Web",
                              .owner = "Team-A",
                              .network = "10.9.8.7/16",
                              .port = 443,
                              .name_suffix = "*.Example.org",
                              .issuer = "Corp CA"});
  ASSERT_TRUE(id.ok()) << id.error().message;
  auto rules = queries.tag_rules();
  ASSERT_TRUE(rules.ok()) << rules.error().message;
  ASSERT_EQ(rules.value().rows.size(), 1u);
  Row row = rules.value().rows[0];
  row.pop_back();
  EXPECT_EQ(row, (Row{std::to_string(id.value()), "web", "team-a", "10.9.0.0/16", "443",
                      "example.org", "Corp CA"}));
  ASSERT_TRUE(labels.set_owner("team-a", "a@example.org").ok());
  EXPECT_EQ(queries.owners().value().rows, (std::vector<Row>{{"team-a", "a@example.org", "1"}}));
  EXPECT_TRUE(labels.remove_owner("team-a").value());
  EXPECT_FALSE(labels.remove_owner("team-a").value());
  EXPECT_EQ(queries.tag_rules().value().rows[0][2], "");
  EXPECT_TRUE(labels.remove_rule(id.value()).value());
  EXPECT_FALSE(labels.remove_rule(id.value()).value());
}

TEST(Labels, RefusesWhatWouldTagEverythingOrNothing) {
  Labels labels(fresh_database());
  EXPECT_FALSE(labels.add({.tag = "all"}).ok());
  EXPECT_FALSE(labels.add({.tag = "", .port = 1}).ok());
  EXPECT_FALSE(labels.add({.tag = "x", .network = "10.0.0"}).ok());
  EXPECT_FALSE(labels.set_owner("", "x").ok());
  const auto hostile = labels.add({.tag = "'; DROP TABLE owner; --\xff", .issuer = "$1"});
  EXPECT_TRUE(hostile.ok()) << hostile.error().message;
}

// What the small memory's links say when there are no sessions at all.
std::string shown(const std::string& word) {
  static Queries queries({.address = small_memory()});
  const auto sections = queries.show(word);
  EXPECT_TRUE(sections.ok()) << word << ": " << sections.error().message;
  std::string out;
  for (const QuerySection& section : sections.value())
    out += (out.empty() ? "" : ", ") + section.heading + " " + std::to_string(section.rows.size());
  return out;
}

TEST(Show, AnswersWithoutSessions) {
  EXPECT_EQ(shown("10.0.0.1"), "services 2, clients 1, fingerprints of its services 2, changes 4");
  EXPECT_EQ(shown("10.0.0.1:443"), "services 2, clients 1, fingerprints 2, changes 4");
  EXPECT_EQ(shown("172.16.0.1"), "asked as client 1");
  EXPECT_EQ(shown("10.0.0.0/24"),
            "services 2, clients 1, fingerprints of its services 2, changes 5");
  EXPECT_EQ(shown(std::string(64, '7')), "certificates 2, services 2, public key 1");
  EXPECT_EQ(shown("0202020202020202020202020202020202020202020202020202020202020202"),
            "certificates 1, services 1, services with this chain 1, public key 1, "
            "others with this key 1");
  EXPECT_EQ(shown("c4ca4238a0b923820dcc509a6f75849b"), "");
  EXPECT_EQ(shown("t13d1516h2_8daaf6152771_e5627efa2ab1"), "fingerprints 1, clients 1");
  EXPECT_EQ(shown(std::string(32, 'b')), "fingerprints 1, clients 1");
}

// A chain with two certificates of one key, as cross-signed authorities are, is one chain.
TEST(Show, ShowsAServiceOnceWhoseChainHoldsAKeyTwice) {
  const DatabaseAddress address = small_memory();
  DatabaseConnection database = must_open(address);
  must_query(database,
             "INSERT INTO certificate_chain (id, certificates) SELECT decode(repeat('c2', 32),"
             " 'hex'), array_agg(sha256) FROM certificate WHERE spki_sha256 = decode(repeat('77',"
             " 32), 'hex')");
  must_query(database,
             "INSERT INTO sighting (server, port, transport, sni, chain, source, probe, first_seen,"
             " last_seen, count) VALUES ('10.9.0.9', 443, 'tcp', '', decode(repeat('c2', 32),"
             " 'hex'), 'passive', '', now(), now(), 1)");
  Queries queries({.address = address});
  const auto sections = queries.show(std::string(64, '7'));
  ASSERT_TRUE(sections.ok()) << sections.error().message;
  const auto services = std::ranges::find(sections.value(), "services", &QuerySection::heading);
  ASSERT_NE(services, sections.value().end());
  EXPECT_EQ(services->rows.size(), 3u);
}

TEST(Show, TakesSuffixesSerialNumbersAndWords) {
  EXPECT_EQ(shown("*.example"), "certificates 4, services 3");
  EXPECT_EQ(shown("*.wild.example"), "certificates 1");
  EXPECT_EQ(shown("0A:01"), "certificates 1");
  EXPECT_EQ(shown("Corp CA"), "certificates of this issuer 2");
  EXPECT_EQ(shown("weak"), "certificates of this issuer 1, certificates of this subject 1");
  EXPECT_EQ(shown("www.EXAMPLE"), "services 2");
  EXPECT_EQ(shown("*.elsewhere"), "");
}

}  // namespace
}  // namespace control::tests
