// SPDX-License-Identifier: Apache-2.0
#include "control/cli/section_text.hpp"

#include <gtest/gtest.h>

namespace control {
namespace {

const CommandSpec& show() {
  return *find_command("show");
}

std::vector<Json> rows() {
  return {Json::parse(R"({"section":"services","values":{"server":"192.0.2.1","port":"443"}})"),
          Json::parse(R"({"section":"services","values":{"server":"192.0.2.2","sni":"a"}})"),
          Json::parse(R"({"section":"sessions","values":{"src":"192.0.2.9"}})")};
}

TEST(SectionText, ShowIsSectionedAndCertsIsNot) {
  EXPECT_TRUE(is_sectioned(show().columns));
  EXPECT_FALSE(is_sectioned(find_command("certs")->columns));
}

TEST(SectionText, GivesEachSectionATableOfItsOwnColumns) {
  EXPECT_EQ(sections_text(show().columns, rows(), Style::plain),
            "services\n"
            "server     port  sni\n"
            "192.0.2.1  443   -\n"
            "192.0.2.2  -     a\n"
            "\n"
            "sessions\n"
            "src\n"
            "192.0.2.9\n");
}

TEST(SectionText, PutsManyColumnsDownThePage) {
  Json values = Json::object();
  for (char c = 'a'; c <= 'p'; ++c)
    values[std::string(1, c)] = 1;
  const std::string text = sections_text(
      show().columns, {{{"section", "certificates"}, {"values", values}}}, Style::plain);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1 + 16);
}

TEST(SectionText, FlattensRowsForPrograms) {
  EXPECT_EQ(flat_row(show().columns, rows()[0]).dump(),
            R"({"section":"services","server":"192.0.2.1","port":"443"})");
}

}  // namespace
}  // namespace control
