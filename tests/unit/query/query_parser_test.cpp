// SPDX-License-Identifier: Apache-2.0
#include "control/query/query_parser.hpp"

#include <gtest/gtest.h>

namespace control::tests {
namespace {

Query must_parse(std::string_view text, QueryVerb verb = QueryVerb::certs) {
  auto query = parse_query(verb, text);
  EXPECT_TRUE(query.ok()) << text << ": " << query.error().message;
  return query.ok() ? std::move(query).value() : Query{};
}

std::string error_of(std::string_view text, QueryVerb verb = QueryVerb::certs) {
  const auto query = parse_query(verb, text);
  EXPECT_FALSE(query.ok()) << text;
  return query.ok() ? "" : query.error().message;
}

TEST(QueryParser, ReadsEachPartOfTheGrammar) {
  const Query query = must_parse(
      "not_after<30d issuer:\"Corp \\\"CA\\\"\" key.bits<2048 port:443,8000..8999 -tag:lab "
      "name:*.Example.com");
  ASSERT_EQ(query.conditions.size(), 6u);
  EXPECT_EQ(query.conditions[0].op, QueryOperator::less);
  EXPECT_EQ(query.conditions[0].values[0].low.number, 30 * 86'400);
  EXPECT_EQ(query.conditions[1].values[0].low.text, "Corp \"CA\"");
  EXPECT_EQ(query.conditions[2].values[0].low.number, 2048);
  ASSERT_EQ(query.conditions[3].values.size(), 2u);
  EXPECT_EQ(query.conditions[3].values[1].kind, ValueKind::range);
  EXPECT_EQ(query.conditions[3].values[1].high.number, 8999);
  EXPECT_TRUE(query.conditions[4].negated);
  EXPECT_EQ(query.conditions[5].values[0].low.text, "*.example.com");
}

TEST(QueryParser, ReadsEachOperator) {
  const std::pair<std::string, QueryOperator> all[] = {
      {":", QueryOperator::fits},     {"=", QueryOperator::equal},
      {"<", QueryOperator::less},     {">", QueryOperator::greater},
      {"<=", QueryOperator::at_most}, {">=", QueryOperator::at_least}};
  for (const auto& [text, op] : all)
    EXPECT_EQ(must_parse("port" + text + "1").conditions[0].op, op) << text;
}

TEST(QueryParser, RangesMayBeOpen) {
  const Query query = must_parse("key.bits:..1024,4096.. not_before:2026-01-01..2026-06-30");
  EXPECT_FALSE(query.conditions[0].values[0].has_low);
  EXPECT_FALSE(query.conditions[0].values[1].has_high);
  EXPECT_EQ(query.conditions[1].values[0].high.end, "2026-07-01 00:00:00+00");
  EXPECT_EQ(error_of("key.bits:.."),
            "query, column 10: found `..` without an end; for example key.bits<2048");
}

TEST(QueryParser, AsksForWhatIsAbsent) {
  const Query query = must_parse("owner:- -key.curve:-,p-256");
  EXPECT_EQ(query.conditions[0].values[0].kind, ValueKind::absent);
  EXPECT_EQ(query.conditions[1].values[1].low.text, "p-256");
  EXPECT_EQ(must_parse("issuer:\"-\"").conditions[0].values[0].kind, ValueKind::single);
}

TEST(QueryParser, BareWordsSearchByWhatTheyAre) {
  const Query query = must_parse("example \"two words\" *.example.com fe80::1 10.0.0.0/8 -lab");
  ASSERT_EQ(query.conditions.size(), 6u);
  EXPECT_EQ(query.conditions[0].field->name, kBareField);
  EXPECT_EQ(query.conditions[1].values[0].low.text, "two words");
  EXPECT_EQ(query.conditions[2].field->name, "name");
  EXPECT_EQ(query.conditions[3].field->name, "server");
  EXPECT_EQ(query.conditions[4].field->name, "server");
  EXPECT_TRUE(query.conditions[5].negated);
  // Where a verb has no names, a * is a character.
  EXPECT_EQ(must_parse("t13d*", QueryVerb::fingerprints).conditions[0].field->name, kBareField);
}

TEST(QueryParser, SaysWhereAndWhatAndTheMend) {
  EXPECT_EQ(error_of("port:443 isuer:x"),
            "query, column 10: `isuer` is no field of certs; did you mean `issuer`?");
  EXPECT_NE(error_of("zzzzzzzz:x").find("fields are name, issuer"), std::string::npos);
  EXPECT_EQ(error_of("port:443,http"),
            "query, column 10: found `http`, allowed for port is a whole number from 0 to 65535; "
            "for example port:443,8443");
  EXPECT_EQ(error_of("gr\xc3\xbc"
                     "n port:x")
                .substr(0, 16),
            "query, column 11");
  EXPECT_EQ(error_of("issuer:\"Corp"),
            "query, column 8: the quote is not closed; mend: another \" behind it");
  EXPECT_EQ(error_of("issuer<x"),
            "query, column 7: a comparison has no meaning for issuer; for example issuer:\"Corp "
            "CA\"");
  EXPECT_EQ(error_of("port<1,2"), "query, column 8: a comparison takes one value");
  EXPECT_NE(error_of("port<1..2").find("column 6"), std::string::npos);
  EXPECT_NE(error_of("port:").find("a value is missing"), std::string::npos);
  EXPECT_NE(error_of("port:1,").find("column 8: a value is missing"), std::string::npos);
  EXPECT_NE(error_of("-").find("found `-` alone"), std::string::npos);
  EXPECT_NE(error_of("first_seen>7d").find("such as -7d"), std::string::npos);
  EXPECT_NE(error_of("transport:sctp").find("tcp, quic, dtls"), std::string::npos);
  EXPECT_NE(error_of("text:x").find("is no field"), std::string::npos);
  EXPECT_NE(error_of("clients>1").find("is no field of certs"), std::string::npos);
}

TEST(QueryParser, HasLimits) {
  std::string terms;
  for (size_t i = 0; i < kQueryConditionsMax; ++i)
    terms += "a ";
  EXPECT_TRUE(parse_query(QueryVerb::certs, terms).ok());
  EXPECT_NE(error_of(terms + "a").find("more than 64 terms"), std::string::npos);
  std::string values = "port:1";
  for (size_t i = 1; i < kQueryValuesMax; ++i)
    values += ",1";
  EXPECT_TRUE(parse_query(QueryVerb::certs, values).ok());
  EXPECT_NE(error_of(values + ",1").find("more than 64 values"), std::string::npos);
  EXPECT_NE(error_of(std::string(kQueryBytesMax + 1, 'a')).find("longer than"), std::string::npos);
}

TEST(QueryParser, GivesBackTheQuotesThatAShellTook) {
  const std::vector<std::string> words = {"issuer:Corp CA", "port:443 tag:lab", "-subject=a b",
                                          "plain words"};
  EXPECT_EQ(query_of_words(words),
            "issuer:\"Corp CA\" port:443 tag:lab -subject=\"a b\" plain words");
  EXPECT_EQ(query_of_words({}), "");
}

// The table is the help, too: every example is a query of every verb that the field serves.
TEST(QueryFields, EveryExampleIsRead) {
  for (const QueryField& field : query_fields()) {
    EXPECT_FALSE(field.help.empty() || field.help.ends_with('.')) << field.name;
    for (size_t i = 0; i < kNumQueryVerbs; ++i) {
      const auto verb = static_cast<QueryVerb>(i);
      if (!field.verbs.holds(verb)) continue;
      EXPECT_EQ(find_query_field(verb, field.name), &field) << "twice: " << field.name;
      const Query query = must_parse(field.example, verb);
      ASSERT_EQ(query.conditions.size(), 1u) << field.example;
      EXPECT_EQ(query.conditions[0].field, &field) << field.example;
    }
  }
  for (size_t i = 0; i < kNumQueryVerbs; ++i)
    EXPECT_NE(find_query_field(static_cast<QueryVerb>(i), kBareField), nullptr) << i;
}

}  // namespace
}  // namespace control::tests
