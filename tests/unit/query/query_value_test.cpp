// SPDX-License-Identifier: Apache-2.0
#include "control/query/query_value.hpp"

#include "control/query/query_parser.hpp"
#include "control/query/query_scanner.hpp"

#include <gtest/gtest.h>

namespace control::tests {
namespace {

const QueryField& field(std::string_view name, QueryVerb verb = QueryVerb::certs) {
  const QueryField* const found = find_query_field(verb, name);
  EXPECT_NE(found, nullptr) << name;
  return *found;
}

TEST(QueryValue, ADayIsAsLongAsADay) {
  const auto day = read_scalar(field("not_after"), "2026-02-28");
  ASSERT_TRUE(day.has_value());
  EXPECT_EQ(day->text, "2026-02-28 00:00:00+00");
  EXPECT_EQ(day->end, "2026-03-01 00:00:00+00");
  EXPECT_FALSE(day->from_now);
  const auto minute = read_scalar(field("not_after"), "2026-12-31T23:59Z");
  ASSERT_TRUE(minute.has_value());
  EXPECT_EQ(minute->text, "2026-12-31 23:59:00+00");
  EXPECT_EQ(minute->end, "2027-01-01 00:00:00+00");
  EXPECT_EQ(read_scalar(field("not_after"), "0001-01-01t00:00:59")->text, "0001-01-01 00:00:59+00");
}

TEST(QueryValue, RefusesDaysThatNoCalendarHas) {
  for (const std::string text : {"2026-02-29", "2026-13-01", "2026-00-10", "0000-01-01", "2026-1-1",
                                 "2026-01-01T24:00", "2026-01-01T10:60", "2026-01-01T", "2026"})
    EXPECT_FALSE(read_scalar(field("not_after"), text).has_value()) << text;
}

TEST(QueryValue, TimesFromNowHaveASign) {
  EXPECT_EQ(read_scalar(field("not_after"), "30d")->number, 30 * 86'400);
  EXPECT_EQ(read_scalar(field("not_after"), "2W")->number, 14 * 86'400);
  EXPECT_EQ(read_scalar(field("not_after"), "-7d")->number, -7 * 86'400);
  EXPECT_EQ(read_scalar(field("not_after"), "now")->number, 0);
  EXPECT_TRUE(read_scalar(field("not_after"), "now")->from_now);
  EXPECT_FALSE(read_scalar(field("first_seen"), "7d").has_value());
  EXPECT_TRUE(read_scalar(field("first_seen"), "-7d").has_value());
  for (const std::string text : {"d", "30", "30x", "-", "--7d", "99999999999999999999d", "1003y"})
    EXPECT_FALSE(read_scalar(field("not_after"), text).has_value()) << text;
}

TEST(QueryValue, KnowsNumbersNetworksAndDigests) {
  EXPECT_EQ(read_scalar(field("port"), "65535")->number, 65'535);
  for (const std::string text : {"65536", "-1", "+1", "0x10", "1e3", "", "4 4"})
    EXPECT_FALSE(read_scalar(field("port"), text).has_value()) << text;
  for (const std::string text : {"10.0.0.0/8", "::1", "2001:db8::/128", "1.2.3.4"})
    EXPECT_TRUE(read_scalar(field("server"), text).has_value()) << text;
  for (const std::string text :
       {"10.0.0.0/33", "10.0.0/8", "::/129", "1.2.3.4/", "1.2.3.4/-1", "1.2.3.4/08888", "host"})
    EXPECT_FALSE(read_scalar(field("server"), text).has_value()) << text;
  EXPECT_FALSE(is_address(std::string_view("::1\0x", 5)));
  EXPECT_EQ(read_scalar(field("sha1"), "AB:CD:EF:01:23")->text, "abcdef0123");
  EXPECT_FALSE(read_scalar(field("sha1"), "abcdef0").has_value());
  EXPECT_FALSE(read_scalar(field("sha1"), std::string(41, 'a')).has_value());
  EXPECT_FALSE(read_scalar(field("sha1"), "abcdefgh").has_value());
}

TEST(QueryScanner, CountsCharactersNotBytes) {
  const QueryScanner scanner(
      "gr\xc3\xbc\xc3\x9f"
      "e x");
  EXPECT_EQ(scanner.column_of(0), 1u);
  EXPECT_EQ(scanner.column_of(7), 6u);
}

}  // namespace
}  // namespace control::tests
