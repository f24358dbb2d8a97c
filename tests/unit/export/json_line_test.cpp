// SPDX-License-Identifier: Apache-2.0
#include "control/export/json_line.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <random>
#include <string>

namespace control {
namespace {

std::string line_with_text(std::string_view value) {
  std::string out;
  JsonLine line(out);
  line.begin_object();
  line.key("k");
  line.text(value);
  line.end_object();
  return out;
}

TEST(JsonLine, NestsObjectsAndArrays) {
  std::string out;
  JsonLine line(out);
  line.begin_object();
  line.key("a");
  line.begin_array();
  line.number(-3);
  line.null();
  line.begin_object();
  line.end_object();
  line.end_array();
  line.key("b");
  line.hex(0x303, 4);
  line.end_object();
  EXPECT_EQ(out, R"({"a":[-3,null,{}],"b":"0x0303"})");
}

// Whatever bytes come in, another JSON implementation must read the line and find the text again.
TEST(JsonLine, AnyBytesStayValidJson) {
  std::mt19937 random(7);
  for (int round = 0; round < 20'000; ++round) {
    std::string value(random() % 24, '\0');
    for (char& c : value)
      c = static_cast<char>(random());
    const std::string line = line_with_text(value);
    const auto parsed = nlohmann::json::parse(line, nullptr, false);
    ASSERT_FALSE(parsed.is_discarded()) << line;
    for (const char c : line)
      ASSERT_GE(static_cast<unsigned char>(c), 0x20);
  }
}

// C1 controls are UTF-8, and some terminals obey them; so do they the marks that turn text round.
TEST(JsonLine, NothingInALineActsOnATerminal) {
  const std::string value = "a\u009b31m\u202eb\U000e0001";
  const std::string line = line_with_text(value);
  EXPECT_EQ(line, R"({"k":"a\u009b31m\u202eb\udb40\udc01"})");
  EXPECT_EQ(nlohmann::json::parse(line)["k"], value);
}

TEST(JsonLine, ValidUtf8SurvivesUnchanged) {
  const std::string value = "caf\u00e9 \u4f8b\u3048 \U0001f512 \"\\/\n";
  EXPECT_EQ(nlohmann::json::parse(line_with_text(value))["k"], value);
}

TEST(TextOfBytes, KeepsPrintableUtf8AndEscapesTheRest) {
  EXPECT_EQ(text_of_bytes("example.org"), "example.org");
  EXPECT_EQ(text_of_bytes("b\u00fccher.example"), "b\u00fccher.example");
  EXPECT_EQ(text_of_bytes(std::string_view("a\0b\x1b[2J", 7)), "a\\x00b\\x1b[2J");
  EXPECT_EQ(text_of_bytes("\xff\xc0\x80"), "\\xff\\xc0\\x80");
  EXPECT_EQ(text_of_bytes("x\u202ey"), "x\\xe2\\x80\\xaey");  // right-to-left override
}

TEST(JsonLine, WritesBytesAsTextOfBytesDoes) {
  std::string every;
  for (int c = 0; c < 256; ++c)
    every += static_cast<char>(c);
  for (const std::string& bytes : {std::string("www.example.org"), std::string("a\"b\\c"), every}) {
    std::string of_bytes;
    std::string of_text;
    JsonLine(of_bytes).bytes(bytes);
    JsonLine(of_text).text(text_of_bytes(bytes));
    EXPECT_EQ(of_bytes, of_text);
  }
}

}  // namespace
}  // namespace control
