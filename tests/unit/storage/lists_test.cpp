// SPDX-License-Identifier: Apache-2.0
// What the lists answer, asked of a real Postgres.
#include "control/query/query_parser.hpp"
#include "control/storage/queries.hpp"
#include "control/storage/verb_sql.hpp"
#include "tests/unit/storage/small_memory.hpp"
#include "tests/unit/storage/test_cluster.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace control::tests {
namespace {

const DatabaseAddress& memory() {
  static const DatabaseAddress address = small_memory();
  return address;
}

flowtable::OrError<QueryPage> list(QueryVerb verb, std::string_view text,
                                   const PageWanted& page = {}) {
  static Queries queries({.address = memory()});
  const auto query = parse_query(verb, text);
  if (!query.ok()) return flowtable::Failure{query.error()};
  return queries.list(query.value(), page);
}

QueryPage must_list(QueryVerb verb, std::string_view text, const PageWanted& page = {}) {
  auto answer = list(verb, text, page);
  EXPECT_TRUE(answer.ok()) << name_of(verb) << ' ' << text << ": " << answer.error().message;
  return answer.ok() ? std::move(answer).value() : QueryPage{};
}

std::string joined(QueryVerb verb, std::string_view text, const std::string& column,
                   const PageWanted& page = {}) {
  const QueryPage answer = must_list(verb, text, page);
  const auto found = std::ranges::find(answer.section.columns, column);
  EXPECT_NE(found, answer.section.columns.end()) << column;
  std::string out;
  for (const auto& row : answer.section.rows)
    out +=
        (out.empty() ? "" : " ") + row[static_cast<size_t>(found - answer.section.columns.begin())];
  return out;
}

std::string certs(std::string_view text) {
  return joined(QueryVerb::certs, text, "subject_cn");
}
std::string hosts(std::string_view text) {
  return joined(QueryVerb::hosts, text, "port");
}

TEST(Lists, CertificatesByWhatTheyAre) {
  EXPECT_EQ(certs(""), "old.example new.example lab.example weak.example");
  EXPECT_EQ(certs("not_after<now"), "old.example");
  EXPECT_EQ(certs("not_after:40d"), "new.example");
  EXPECT_EQ(certs("-not_after:40d"), "old.example lab.example weak.example");
  EXPECT_EQ(certs("issuer:\"corp ca\""), "old.example new.example");
  EXPECT_EQ(certs("issuer:\"ca corp\""), "");
  EXPECT_EQ(certs("issuer=\"CN=Corp CA,O=Example\""), "old.example new.example");
  EXPECT_EQ(certs("key.algorithm:rsa key.bits<2048"), "weak.example");
  EXPECT_EQ(certs("key.bits:1024..2048"), "old.example weak.example");
  EXPECT_EQ(certs("key.algorithm:ec"), "new.example lab.example");
  EXPECT_EQ(certs("key.curve:-"), "old.example weak.example");
  EXPECT_EQ(certs("validity>398d"), "old.example");
  EXPECT_EQ(certs("serial:0a*"), "old.example");
  EXPECT_EQ(certs("self_signed:yes"), "weak.example");
  EXPECT_EQ(certs("ca:no"), "old.example new.example lab.example");
  EXPECT_EQ(certs("-ca:no"), "weak.example");
  EXPECT_EQ(certs("sha256:01010101"), "old.example");
  EXPECT_EQ(certs("spki:" + std::string(64, '7')), "old.example new.example");
  EXPECT_EQ(certs("first_seen:-400d"), "old.example new.example lab.example weak.example");
  EXPECT_EQ(certs("first_seen:2020-01-01"), "");
}

TEST(Lists, CertificatesByNameAndWord) {
  EXPECT_EQ(certs("name:a.wild.example"), "lab.example");
  EXPECT_EQ(certs("name=a.wild.example"), "");
  EXPECT_EQ(certs("name:*.wild.example"), "lab.example");
  EXPECT_EQ(certs("*.example"), "old.example new.example lab.example weak.example");
  EXPECT_EQ(certs("name:b.a.wild.example"), "");
  EXPECT_EQ(certs("wild"), "lab.example");
  EXPECT_EQ(certs("\"new example\""), "new.example");
  EXPECT_EQ(certs("-example"), "");
}

TEST(Lists, CertificatesByWhereTheyAreShown) {
  EXPECT_EQ(certs("port:443"), "old.example new.example lab.example");
  EXPECT_EQ(certs("port:25"), "weak.example");
  EXPECT_EQ(certs("server:10.1.0.0/16"), "lab.example");
  EXPECT_EQ(certs("10.0.0.1"), "old.example new.example");
  EXPECT_EQ(certs("server:10.0.0.1 -sni:www.example"), "");
  EXPECT_EQ(certs("sni:*.example port:443"), "old.example new.example lab.example");
  EXPECT_EQ(certs("source:active"), "weak.example");
  EXPECT_EQ(certs("jarm:2ad*"), "old.example new.example");
  EXPECT_EQ(certs("client:172.16.0.0/12"), "old.example new.example");
  EXPECT_EQ(certs("ja4:t13d1516h2_8daaf6152771_e5627efa2ab1 -port:25"), "old.example new.example");
  EXPECT_EQ(certs("ja3:" + std::string(32, 'b')), "lab.example");
  EXPECT_EQ(certs("services>1"), "weak.example");
}

TEST(Lists, TagsAndOwnersFollowTheRules) {
  EXPECT_EQ(certs("tag:lab"), "lab.example");
  EXPECT_EQ(certs("-tag:lab"), "old.example new.example weak.example");
  EXPECT_EQ(certs("tag:-"), "weak.example");
  EXPECT_EQ(certs("owner:web"), "old.example new.example");
  EXPECT_EQ(certs("owner:-"), "lab.example weak.example");
  EXPECT_EQ(certs("owner:-,web"), "old.example new.example lab.example weak.example");
  EXPECT_EQ(certs("-owner:-"), "old.example new.example");
  EXPECT_EQ(joined(QueryVerb::certs, "", "owner"), "web web  ");
  EXPECT_EQ(hosts("tag:corp"), "443");
  EXPECT_EQ(joined(QueryVerb::hosts, "tag:lab", "tags"), "lab");
}

TEST(Lists, HostsNamesCasAndKeys) {
  EXPECT_EQ(hosts(""), "443 25 443 25");
  EXPECT_EQ(joined(QueryVerb::hosts, "", "subject_cn"),
            "new.example weak.example lab.example weak.example");
  EXPECT_EQ(hosts("certificates>1"), "443");
  EXPECT_EQ(hosts("key.bits<2048 source:active"), "25 25");
  EXPECT_EQ(hosts("www.example"), "443");
  EXPECT_EQ(joined(QueryVerb::names, "", "name"),
            "lab.example *.wild.example old.example weak.example new.example www.example");
  EXPECT_EQ(joined(QueryVerb::names, "port:443 -sni:www.example", "name"), "lab.example");
  EXPECT_EQ(joined(QueryVerb::names, "issuer:corp", "name"), "old.example new.example");
  EXPECT_EQ(joined(QueryVerb::cas, "", "issuer_cn", {.sort = "issuer_cn"}),
            "Corp CA Lab CA weak.example");
  EXPECT_EQ(joined(QueryVerb::cas, "certificates>1", "expired"), "1");
  EXPECT_EQ(joined(QueryVerb::cas, "port:443", "certificates"), "2 1");
  EXPECT_EQ(joined(QueryVerb::keys, "subjects>1", "certificates"), "2");
  EXPECT_EQ(joined(QueryVerb::keys, "services>1", "key"), "RSA 1024");
}

TEST(Lists, FingerprintsAndHowManyHaveThem) {
  EXPECT_EQ(joined(QueryVerb::fingerprints, "", "method"), "ja3 ja4 jarm jarm");
  EXPECT_EQ(joined(QueryVerb::fingerprints, "method:jarm", "services"), "1 1");
  EXPECT_EQ(joined(QueryVerb::fingerprints, "ja4", "clients"), "1");
  EXPECT_EQ(joined(QueryVerb::fingerprints, "server:10.0.0.0/24", "method"), "jarm jarm");
  EXPECT_EQ(joined(QueryVerb::fingerprints, "client:172.16.0.1", "method"), "ja4");
}

TEST(Lists, ChangesSayWhatWasReplacedByWhat) {
  const PageWanted old_first{.sort = "first_seen"};
  EXPECT_EQ(joined(QueryVerb::changes, "server:10.0.0.1 port:443", "what", old_first),
            "service certificate fingerprint fingerprint");
  EXPECT_EQ(joined(QueryVerb::changes, "server:10.0.0.1 port:443", "how", old_first),
            "began replaced began replaced");
  EXPECT_EQ(joined(QueryVerb::changes, "what:certificate", "subject_before"), "old.example");
  EXPECT_EQ(joined(QueryVerb::changes, "what:certificate", "subject"), "new.example");
  EXPECT_EQ(joined(QueryVerb::changes, "what:certificate", "key"), "kept");
  EXPECT_EQ(joined(QueryVerb::changes, "how:replaced what:fingerprint", "before"), "1ad");
  EXPECT_EQ(joined(QueryVerb::changes, "first_seen>-1d", "what"), "");
}

// Pages of one row: every row once, in the order of the whole answer.
std::vector<std::vector<std::string>> by_pages(QueryVerb verb, const std::string& sort) {
  std::vector<std::vector<std::string>> out;
  PageWanted page{.sort = sort, .limit = 1};
  for (int round = 0; round < 100; ++round) {
    const QueryPage one = must_list(verb, "", page);
    out.insert(out.end(), one.section.rows.begin(), one.section.rows.end());
    if (one.next.empty()) return out;
    page.after = one.next;
  }
  ADD_FAILURE() << "no end of pages: " << name_of(verb) << ' ' << sort;
  return out;
}

// `remaining` counts down between two questions.
void without_remaining(std::vector<std::vector<std::string>>& rows, QueryVerb verb) {
  if (verb != QueryVerb::certs) return;
  for (auto& row : rows)
    row[1].clear();
}

TEST(Lists, EveryOrderOfEveryListHasPages) {
  for (size_t i = 0; i < kNumQueryVerbs; ++i) {
    const auto verb = static_cast<QueryVerb>(i);
    for (const VerbColumn& column : verb_sql(verb).columns) {
      if (column.name() == "remaining") continue;
      for (const std::string direction : {"", "-"}) {
        const std::string sort = direction + std::string(column.name());
        auto paged = by_pages(verb, sort);
        auto whole = must_list(verb, "", {.sort = sort}).section.rows;
        without_remaining(paged, verb);
        without_remaining(whole, verb);
        EXPECT_EQ(paged, whole) << name_of(verb) << ' ' << sort;
        EXPECT_GT(whole.size(), 2u);
      }
    }
  }
}

TEST(Lists, PagesStandStillWhileRowsCome) {
  const DatabaseAddress address = small_memory();
  Queries queries({.address = address});
  const Query query = parse_query(QueryVerb::hosts, "").value();
  const auto first = queries.list(query, {.limit = 2});
  ASSERT_TRUE(first.ok());
  DatabaseConnection database = must_open(address);
  must_query(database, "INSERT INTO service VALUES ('10.0.0.0', 1, 'tcp', now(), now())");
  const auto second = queries.list(query, {.limit = 2, .after = first.value().next});
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(second.value().section.rows[0][0], "10.1.0.1");
  EXPECT_TRUE(second.value().next.empty());
}

// Every field of every verb, with everything that its form may mean.
TEST(Lists, PostgresTakesEveryFieldInEveryForm) {
  for (const QueryField& field : query_fields()) {
    for (size_t i = 0; i < kNumQueryVerbs; ++i) {
      const auto verb = static_cast<QueryVerb>(i);
      if (!field.verbs.holds(verb)) continue;
      must_list(verb, field.example);
      must_list(verb, "-" + std::string(field.example));
      if (field.name == kBareField) continue;
      const std::string name(field.name);
      for (const std::string text : {":-",
                                     "=a",
                                     ":a.b",
                                     ":*a",
                                     ":a*",
                                     "=12345678",
                                     ":12345678",
                                     "<1",
                                     "<=1",
                                     ">1",
                                     ">=1",
                                     ":1..2",
                                     ":..2",
                                     ":1..",
                                     ":2026-01-01",
                                     "<2026-01-01",
                                     "<=2026-01-01",
                                     ">2026-01-01",
                                     ">=2026-01-01T10:00",
                                     ":-9d",
                                     ":-9d..now",
                                     "<-9d",
                                     ">-9d",
                                     "<=-9d",
                                     ">=-9d",
                                     ":9d",
                                     ":9d..",
                                     ":::1",
                                     ":fe80::/10",
                                     ":yes",
                                     ":no",
                                     ":no,-"}) {
        if (parse_query(verb, name + text).ok()) must_list(verb, name + text);
      }
    }
  }
}

TEST(Lists, HostileValuesAreOnlyValues) {
  for (const std::string& value :
       {std::string("'; DROP TABLE certificate; --"), std::string("' OR '1'='1"), std::string("$1"),
        std::string("\\"), std::string("%"), std::string("_"), std::string("\xff\xfe"),
        std::string("a\0b", 3), std::string(8000, '('), std::string("\xf0\x9f\x92\xa9.example"),
        std::string("*\xc3\xa9*"), std::string("&|!:*")}) {
    std::string quoted = "\"";
    for (const char c : value) {
      if (c == '"' || c == '\\') quoted += '\\';
      quoted += c;
    }
    quoted += '"';
    for (const QueryField& field : query_fields()) {
      for (size_t i = 0; i < kNumQueryVerbs; ++i) {
        const auto verb = static_cast<QueryVerb>(i);
        const std::string name = field.name == kBareField ? "" : std::string(field.name) + ":";
        if (!field.verbs.holds(verb) || !parse_query(verb, name + quoted).ok()) continue;
        EXPECT_TRUE(must_list(verb, name + quoted).section.rows.empty()) << name << value;
      }
    }
  }
  EXPECT_EQ(certs(""), "old.example new.example lab.example weak.example");
}

TEST(Lists, ShowTheirSqlAndPlan) {
  Queries queries({.address = memory()});
  const Query query = parse_query(QueryVerb::certs, "port:443").value();
  const auto sql = queries.explain_list(query, {}, PlanDetail::sql);
  ASSERT_TRUE(sql.ok());
  EXPECT_TRUE(sql.value().sql.starts_with("SELECT ")) << sql.value().sql;
  EXPECT_EQ(sql.value().parameters, (std::vector<std::string>{"443", "101"}));
  EXPECT_TRUE(sql.value().plan.empty());
  const auto plan = queries.explain_list(query, {}, PlanDetail::plan);
  ASSERT_TRUE(plan.ok()) << plan.error().message;
  EXPECT_NE(plan.value().plan.find("Limit"), std::string::npos) << plan.value().plan;
}

}  // namespace
}  // namespace control::tests
