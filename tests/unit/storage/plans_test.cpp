// SPDX-License-Identifier: Apache-2.0
// Every pivot has its index: what Postgres itself says of a memory with enough in it.
#include "control/query/query_parser.hpp"
#include "control/storage/queries.hpp"
#include "tests/unit/storage/test_cluster.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace control::tests {
namespace {

// 20 000 certificates, 200 000 sightings, and links to match.
constexpr const char* kFill = R"(
INSERT INTO certificate (sha256, sha1, spki_sha256, der, subject, subject_cn, issuer, issuer_cn,
    serial, not_before, not_after, key_algorithm, key_bits, key_curve, signature_algorithm, san,
    names, is_ca, self_issued, malformed, version, first_seen, last_seen)
SELECT sha256(int4send(n)), substr(sha256(int4send(n + 100000)), 1, 20),
    sha256(int4send(n / 2 + 200000)), int4send(n), 'CN=host' || n || ',O=Org' || n % 997,
    'host' || n,
    'CN=CA' || n % 499 || ' Unit', 'CA' || n % 499, to_hex(n + 1000000),
    now() - interval '90 days',
    now() + n * interval '1 hour', 'RSA', 2048, '', 'sha256',
    ARRAY['host' || n || '.example'], ARRAY['host' || n || '.example'], false, false, false, 3,
    now() - n * interval '1 minute', now()
FROM generate_series(1, 20000) AS n;
INSERT INTO certificate_chain SELECT sha256, ARRAY[sha256] FROM certificate;
INSERT INTO certificate_name SELECT reverse(name), sha256 FROM certificate, unnest(names) AS name;
INSERT INTO public_key SELECT DISTINCT ON (spki_sha256) spki_sha256, key_algorithm, key_curve,
    key_bits, first_seen, last_seen FROM certificate;
INSERT INTO sighting (server, port, transport, sni, chain, source, probe, first_seen, last_seen,
                      count)
SELECT '10.0.0.0'::inet + n / 2, CASE n % 50 WHEN 0 THEN 8443 WHEN 1 THEN n % 4999 ELSE 443 END,
    'tcp', 'host' || n % 20000 || '.example', sha256(int4send(n % 20000 + 1)),
    CASE n % 4 WHEN 0 THEN 'active' ELSE 'passive' END, '', now() - n * interval '1 minute',
    now(), 1
FROM generate_series(1, 200000) AS n;
INSERT INTO service SELECT server, port, transport, min(first_seen), max(last_seen),
    (array_agg(chain ORDER BY last_seen DESC, chain))[1], max(last_seen)
  FROM sighting GROUP BY server, port, transport;
INSERT INTO client_sighting SELECT '10.0.0.0'::inet + n, 443, 'tcp', '172.16.0.0'::inet + n % 30000,
    'host' || n % 20000 || '.example',
    't13d1516h2_' || substr(md5((n % 3000)::text), 1, 12) || '_e5627efa2ab1',
    decode(md5((n % 9000)::text), 'hex'), now() - n * interval '1 minute', now(), 1
FROM generate_series(1, 60000) AS n;
INSERT INTO service_fingerprint SELECT '10.0.0.0'::inet + n, 443, 'tcp',
    CASE n % 2 WHEN 0 THEN 'jarm' ELSE 'ja3s' END, md5((n % 3000)::text),
    now() - n * interval '1 minute', now(), 1
FROM generate_series(1, 60000) AS n;
INSERT INTO fingerprint SELECT 'ja3', md5(n::text), n::text, '1', now(), now()
FROM generate_series(1, 20000) AS n;
INSERT INTO scan_service (scan, ended, port, connections, tls, sensor, server, transport, name,
                          outcome, jarm)
SELECT 1, now(), 443, 1, true, 'a', '10.0.0.0'::inet + n, 'tcp', 'host' || n || '.example', 'open',
    md5((n % 3000)::text) FROM generate_series(1, 60000) AS n;
INSERT INTO ssh_sighting SELECT '10.0.0.0'::inet + n, 22, '172.16.0.0'::inet + n, '', '',
    decode(md5(n::text), 'hex'), decode(md5((n + 1)::text), 'hex'), now(), now(), 1
FROM generate_series(1, 20000) AS n;
SELECT create_session_partition(current_date, 10);
INSERT INTO session (ts, plaintext_before, sport, dport, hrr, resumed, conflict, complete, sensor,
    source, transport, src, dst, sni, ja3, ja4, ja3s, chain, client_chain)
SELECT current_date::timestamptz + n * interval '1 second', 0, n % 60000, 443, false, false, false,
    true, 'a', 'passive', 'tcp', '172.16.0.0'::inet + n % 30000, '10.0.0.0'::inet + n,
    'host' || n % 20000 || '.example', decode(md5((n % 9000)::text), 'hex'),
    't13d1516h2_' || substr(md5((n % 3000)::text), 1, 12) || '_e5627efa2ab1',
    decode(md5((n % 3000)::text), 'hex'), sha256(int4send(n % 20000 + 1)),
    CASE n % 100 WHEN 0 THEN sha256(int4send(n % 20000 + 1)) END
FROM generate_series(1, 80000) AS n;
ANALYZE;
)";

const DatabaseAddress& memory() {
  static const DatabaseAddress address = [] {
    const DatabaseAddress fresh = fresh_database();
    DatabaseConnection database = must_open(fresh);
    const auto filled = database.run_script(kFill);
    EXPECT_TRUE(filled.ok()) << filled.error().message;
    return fresh;
  }();
  return address;
}

// What grows with the traffic or with the number of certificates. What is empty here
// (session_default, owners, rules) may be read whole.
constexpr std::string_view kGrowing[] = {
    "certificate", "certificate_chain", "certificate_name", "public_key",
    "sighting",    "service",           "client_sighting",  "service_fingerprint",
    "fingerprint", "session_2",         "scan_service",     "ssh_sighting"};

void expect_indexed(const QueryPlan& plan, const std::string& of) {
  const bool has_index = plan.plan.find("Index") != std::string::npos;
  EXPECT_TRUE(has_index) << of << ", " << plan.heading << "\n" << plan.sql << "\n" << plan.plan;
  for (const std::string_view table : kGrowing) {
    const std::string scan = "Seq Scan on " + std::string(table);
    const size_t at = plan.plan.find(scan);
    const bool whole =
        at != std::string::npos && (table == "session_2" || plan.plan[at + scan.size()] == ' ' ||
                                    plan.plan[at + scan.size()] == '\n');
    EXPECT_FALSE(whole) << of << ", " << plan.heading << "\n" << plan.sql << "\n" << plan.plan;
  }
}

// Reading an index from its beginning is reading the table: right for a page of everything, and
// where the order is asked for together with what hardly anything misses.
void expect_entered(const QueryPlan& plan, const std::string& of) {
  std::istringstream lines(plan.plan);
  std::string line;
  std::string following;
  for (std::getline(lines, line); std::getline(lines, following); line = following) {
    const bool is_scan = line.find("Index Scan ") != std::string::npos ||
                         line.find("Index Only Scan ") != std::string::npos;
    EXPECT_TRUE(!is_scan || following.find("Index Cond") != std::string::npos)
        << of << ": " << line << "\n"
        << plan.sql << "\n"
        << plan.plan;
  }
}

class ShownPivot : public testing::TestWithParam<std::string> {};

TEST_P(ShownPivot, HasAnIndex) {
  Queries queries({.address = memory()});
  const auto plans = queries.explain_show(GetParam(), 100, PlanDetail::plan);
  ASSERT_TRUE(plans.ok()) << plans.error().message;
  ASSERT_FALSE(plans.value().empty());
  for (const QueryPlan& plan : plans.value()) {
    expect_indexed(plan, GetParam());
    expect_entered(plan, GetParam());
  }
}

INSTANTIATE_TEST_SUITE_P(
    Plans, ShownPivot,
    testing::Values("10.0.3.3", "10.0.3.3:443", "10.0.4.0/28", "host77.example", "*.host77.example",
                    // Certificate: SHA-256, SHA-1; key; serial number; MD5, JA3 and JA3S; words.
                    "ec2d4b9d3d6c8c2ab66b2e4c4f0f5a0c9d5d3c0b6a0a9b6d3b6a5b3a1c2d4e5f",
                    "ec2d4b9d3d6c8c2ab66b2e4c4f0f5a0c9d5d3c0b", "f4241",
                    "c81e728d9d4c2f636f067f89cc14862c", "t13d1516h2_c81e728d9d4c_e5627efa2ab1",
                    "t130200_1301_234ea6891581",
                    "27d40d40d29d40d1dc42d43d00041d4689ee210389f4f6b4b5b1b93f92252d", "CA7 Unit"));

struct ListedPivot {
  QueryVerb verb;
  std::string query;
  // So many fit that a page is sooner found in its order than by what is asked for.
  bool fits_many = false;
};
class Listed : public testing::TestWithParam<ListedPivot> {};

TEST_P(Listed, HasAnIndex) {
  const auto& [verb, text, fits_many] = GetParam();
  Queries queries({.address = memory()});
  const auto query = parse_query(verb, text);
  ASSERT_TRUE(query.ok()) << query.error().message;
  const auto plan = queries.explain_list(query.value(), {}, PlanDetail::plan);
  ASSERT_TRUE(plan.ok()) << plan.error().message;
  expect_indexed(plan.value(), std::string(name_of(verb)) + " " + text);
  if (!text.empty() && !fits_many)
    expect_entered(plan.value(), std::string(name_of(verb)) + " " + text);
}

// In the order of the list from the index of that order: not all that end in a month, and then
// sorted.
TEST(Plans, APageByExpiryReadsAPage) {
  Queries queries({.address = memory()});
  for (const char* const text : {"not_after:30d", "not_after<90d", "not_after>30d"}) {
    const auto query = parse_query(QueryVerb::certs, text);
    ASSERT_TRUE(query.ok()) << query.error().message;
    const auto plan = queries.explain_list(query.value(), {}, PlanDetail::plan);
    ASSERT_TRUE(plan.ok()) << plan.error().message;
    const std::string rows = plan.value().plan.substr(0, plan.value().plan.find("SubPlan"));
    EXPECT_NE(rows.find("Index Scan using certificate_page"), std::string::npos) << rows;
    EXPECT_EQ(rows.find("Sort"), std::string::npos) << rows;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Plans, Listed,
    testing::Values(
        ListedPivot{QueryVerb::certs, ""}, ListedPivot{QueryVerb::certs, "not_after:7d"},
        ListedPivot{QueryVerb::certs, "issuer:\"ca7 unit\""},
        ListedPivot{QueryVerb::certs, "subject:host77"},
        ListedPivot{QueryVerb::certs, "name:*.host77.example"},
        ListedPivot{QueryVerb::certs, "name:host77.example"},
        ListedPivot{QueryVerb::certs, "host77"}, ListedPivot{QueryVerb::certs, "serial:f4241"},
        ListedPivot{QueryVerb::certs, "sha1:ec2d4b9d"},
        ListedPivot{QueryVerb::certs, "spki:ec2d4b9d"},
        ListedPivot{QueryVerb::certs, "md5:c81e728d9d4c2f636f067f89cc14862c"},
        ListedPivot{QueryVerb::certs, "server:10.0.3.3"},
        ListedPivot{QueryVerb::certs, "server:10.0.4.0/28"},
        ListedPivot{QueryVerb::certs, "port:77"},
        ListedPivot{QueryVerb::certs, "sni:host77.example"},
        ListedPivot{QueryVerb::certs, "jarm:c81e728d9d4c2f636f067f89cc14862c"},
        ListedPivot{QueryVerb::certs, "first_seen>-1d", true},
        ListedPivot{QueryVerb::certs, "first_seen>-10m"}, ListedPivot{QueryVerb::hosts, ""},
        ListedPivot{QueryVerb::hosts, "10.0.4.0/28"}, ListedPivot{QueryVerb::hosts, "port:77"},
        ListedPivot{QueryVerb::hosts, "sni:*.host77.example"},
        ListedPivot{QueryVerb::hosts, "issuer:\"ca7 unit\""},
        ListedPivot{QueryVerb::hosts, "sha256:ec2d4b9d"},
        ListedPivot{QueryVerb::hosts, "ja3s:c81e728d9d4c2f636f067f89cc14862c"},
        ListedPivot{QueryVerb::hosts, "ja4:t13d1516h2_c81e728d9d4c_e5627efa2ab1"},
        ListedPivot{QueryVerb::hosts, "ja3:c81e728d9d4c2f636f067f89cc14862c"},
        ListedPivot{QueryVerb::hosts, "client:172.16.3.3"},
        ListedPivot{QueryVerb::hosts, "first_seen>-1h"},
        ListedPivot{QueryVerb::names, "name:*.host77.example"},
        ListedPivot{QueryVerb::fingerprints, "hash:c81e728d9d4c2f636f067f89cc14862c"},
        ListedPivot{QueryVerb::changes, "first_seen>-1h"},
        ListedPivot{QueryVerb::changes, "server:10.0.3.3"}));

}  // namespace
}  // namespace control::tests
