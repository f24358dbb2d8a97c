// SPDX-License-Identifier: Apache-2.0
#include "control/cli/text_layout.hpp"

#include "control/cli/table_text.hpp"
#include "control/cli/value_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace control {
namespace {

using std::string_literals::operator""s;

TEST(Printable, KeepsTextAndWritesControlsOut) {
  EXPECT_EQ(printable("Zürich 東京 😀"), "Zürich 東京 😀");
  EXPECT_EQ(printable("a\x1b[31mred\r\n\t\x7f"), "a\\x1b[31mred\\x0d\\x0a\\x09\\x7f");
  EXPECT_EQ(printable("a\0b"s), "a\\x00b");
  EXPECT_EQ(printable("\xc2\x9b"
                      "2J"),
            "\\xc2\\x9b2J");  // C1 control: CSI in one character
}

TEST(Printable, WritesReadingDirectionAndInvisiblesOut) {
  EXPECT_EQ(printable("user\u202egnp.exe"), "user\\u{202e}gnp.exe");
  EXPECT_EQ(printable("pay\u200bpal"), "pay\\u{200b}pal");
  EXPECT_EQ(printable("\u2066x\u2069\ufeff"), "\\u{2066}x\\u{2069}\\u{feff}");
  EXPECT_EQ(printable("\U000e0041"), "\\u{0e0041}");
}

TEST(Printable, WritesBrokenUtf8Out) {
  EXPECT_EQ(printable("\xff"), "\\xff");
  EXPECT_EQ(printable("a\xc3"), "a\\xc3");
  EXPECT_EQ(printable("\xc0\xaf"), "\\xc0\\xaf");                    // overlong
  EXPECT_EQ(printable("\xe0\x80\xaf"), "\\xe0\\x80\\xaf");           // overlong
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");           // surrogate
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");  // beyond U+10FFFF
  EXPECT_EQ(printable("\xe6\x9d(ok)"), "\\xe6\\x9d(ok)");
}

TEST(DisplayWidth, CountsColumns) {
  EXPECT_EQ(display_width(""), 0u);
  EXPECT_EQ(display_width("abc"), 3u);
  EXPECT_EQ(display_width("Zürich"), 6u);
  EXPECT_EQ(display_width("u\u0308"), 1u);
  EXPECT_EQ(display_width("東京"), 4u);
  EXPECT_EQ(display_width("😀"), 2u);
}

TEST(Wrapped, BreaksBetweenWords) {
  EXPECT_EQ(wrapped("aa bb cc dd", 2, 7), "  aa bb\n  cc dd\n");
  EXPECT_EQ(wrapped("aa bb cc dd", 2, 7, false), "aa bb\n  cc dd\n");
  EXPECT_EQ(wrapped("longerthanwidth x", 0, 5), "longerthanwidth\nx\n");
  EXPECT_EQ(wrapped("", 0, 5), "\n");
}

TEST(ValueText, FollowsTheKind) {
  EXPECT_EQ(value_text(ColumnKind::count, 1234567), "1234567");
  EXPECT_EQ(value_text(ColumnKind::bytes, 0), "0 B");
  EXPECT_EQ(value_text(ColumnKind::bytes, 1023), "1023 B");
  EXPECT_EQ(value_text(ColumnKind::bytes, 1536), "1.5 KiB");
  EXPECT_EQ(value_text(ColumnKind::bytes, uint64_t{5} << 30), "5 GiB");
  EXPECT_EQ(value_text(ColumnKind::rate, 0.25), "0.3/s");
  EXPECT_EQ(value_text(ColumnKind::rate, 12'345), "12.3 k/s");
  EXPECT_EQ(value_text(ColumnKind::duration, 0), "0s");
  EXPECT_EQ(value_text(ColumnKind::duration, 0.25), "250ms");
  EXPECT_EQ(value_text(ColumnKind::duration, 90), "1m30s");
  EXPECT_EQ(value_text(ColumnKind::duration, 3 * 86'400 + 4 * 3'600 + 59), "3d4h");
  EXPECT_EQ(value_text(ColumnKind::duration, 86'400 + 59), "1d");
  EXPECT_EQ(value_text(ColumnKind::duration, -90), "-1m30s");
  EXPECT_EQ(value_text(ColumnKind::time, 0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(value_text(ColumnKind::time, "2026-01-02T03:04:05Z"), "2026-01-02T03:04:05Z");
  EXPECT_EQ(value_text(ColumnKind::address, "192.0.2.1:443"), "192.0.2.1:443");
}

TEST(ValueText, ShowsWhatIsMissingOrOfAnotherShape) {
  EXPECT_EQ(value_text(ColumnKind::text, nullptr), "-");
  EXPECT_EQ(value_text(ColumnKind::text, ""), "-");
  EXPECT_EQ(value_text(ColumnKind::text, true), "yes");
  EXPECT_EQ(value_text(ColumnKind::text, {"a", "b\n"}), "a, b\\x0a");
  EXPECT_EQ(value_text(ColumnKind::text, Json::array()), "-");
  EXPECT_EQ(value_text(ColumnKind::text, Json{{"k", "\x1b"}}), "{\"k\":\"\\u001b\"}");
}

constexpr ColumnSpec kColumns[] = {{"name", "name", ColumnKind::text, ""},
                                   {"bytes", "bytes", ColumnKind::bytes, ""},
                                   {"n", "n", ColumnKind::count, ""},
                                   {"end", "end", ColumnKind::text, ""}};

TEST(TableText, AlignsByContent) {
  const std::vector<Json> rows{
      {{"name", "Zürich"}, {"bytes", 10}, {"n", 1}, {"end", "x"}},
      {{"name", "東京"}, {"bytes", 2048}, {"n", 12345}, {"end", nullptr}},
      {{"name", "a\nb"}, {"n", 3}},
  };
  EXPECT_EQ(table_text(kColumns, rows, Style::plain),
            "name    bytes      n  end\n"
            "Zürich   10 B      1  x\n"
            "東京    2 KiB  12345  -\n"
            "a\\x0ab      -      3  -\n");
}

TEST(TableText, OnlyTerminalsGetBoldHeadings) {
  EXPECT_EQ(table_text(kColumns, {}, Style::plain), "name  bytes  n  end\n");
  EXPECT_EQ(table_text(kColumns, {}, Style::terminal), "\x1b[1mname  bytes  n  end\x1b[0m\n");
}

TEST(FieldsText, NamesValues) {
  EXPECT_EQ(fields_text(kColumns, {{"bytes", 1024}, {"unknown\x1b", "v"}}),
            "bytes  1 KiB\nunknown\\x1b  v\n");
}

}  // namespace
}  // namespace control
