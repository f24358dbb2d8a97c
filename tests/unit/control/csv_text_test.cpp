// SPDX-License-Identifier: Apache-2.0
#include "control/cli/csv_text.hpp"

#include "control/cli/help_text.hpp"
#include "control/cli/list_printer.hpp"

#include <gtest/gtest.h>

namespace control::tests {
namespace {

constexpr ColumnSpec kColumns[] = {{"name", "name"}, {"count", "n", ColumnKind::count}};

TEST(CsvText, QuotesWhatNeedsIt) {
  EXPECT_EQ(csv_header(kColumns), "name,count\r\n");
  EXPECT_EQ(csv_row(kColumns, {{"name", "plain"}, {"count", 3}}), "plain,3\r\n");
  EXPECT_EQ(csv_row(kColumns, {{"name", "a,\"b\"\nc"}, {"count", nullptr}}),
            "\"a,\"\"b\"\"\nc\",\r\n");
  EXPECT_EQ(csv_row(kColumns, Json::object()), ",\r\n");
}

TEST(CsvText, NoTextIsAFormula) {
  for (const std::string text : {"=1+1", "+1", "-1", "@x", "\tx"})
    EXPECT_EQ(csv_row(kColumns, {{"name", text}, {"count", -5}}), "'" + text + ",-5\r\n");
}

TEST(ListPrinter, AStatementStandsWithItsParameters) {
  EXPECT_EQ(
      statement_text({{"sql", "SELECT $1"}, {"parameters", {"a\x1b[1m"}}, {"plan", "Result\n"}}),
      "SELECT $1;\n-- $1 = a\\x1b[1m\n-- Result\n");
}

TEST(HelpText, KnowsTheTermsOfEachList) {
  EXPECT_NE(query_fields_text(*find_command("certs")).find("not_after<30d"), std::string::npos);
  EXPECT_NE(query_fields_text(*find_command("changes")).find("fingerprint"), std::string::npos);
  EXPECT_TRUE(query_helps(*find_command("status")).empty());
}

}  // namespace
}  // namespace control::tests
