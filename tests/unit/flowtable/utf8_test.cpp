// SPDX-License-Identifier: Apache-2.0
#include "flowtable/base/utf8.hpp"

#include <gtest/gtest.h>

#include <codecvt>
#include <locale>

namespace flowtable {
namespace {

// Unicode 15 section 3.9, table 3-7 row by row: the ends of each range, and what lies just outside.
TEST(Utf8, TakesWhatTheTableHas) {
  for (const char* good :
       {"\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xec\xbf\xbf", "\xed\x9f\xbf",
        "\xee\x80\x80", "\xf0\x90\x80\x80", "\xf3\xbf\xbf\xbf", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_EQ(utf8_length(good), std::string_view(good).size()) << good;
  }
  for (const char* bad :
       {"\x80", "\xc1\xbf", "\xc2\x7f", "\xc2\xc0", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xef\xbf",
        "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", ""}) {
    EXPECT_EQ(utf8_length(bad), 0U) << bad;
  }
}

// The standard library's converter is the other implementation.
TEST(Utf8, EncodesAndDecodesEveryCharacter) {
  std::wstring_convert<std::codecvt_utf8<char32_t>, char32_t> converter;
  for (char32_t point = 0; point <= 0x10ffff; ++point) {
    if (is_surrogate(point)) continue;
    const std::string expected = converter.to_bytes(point);
    std::string text;
    append_utf8(text, point);
    ASSERT_EQ(text, expected) << static_cast<uint32_t>(point);
    ASSERT_EQ(utf8_length(text), text.size());
    ASSERT_EQ(utf8_decode(text), point);
  }
}

TEST(Utf8, KnowsTheControls) {
  for (const char32_t point : {0x00, 0x1f, 0x7f, 0x80, 0x9f})
    EXPECT_TRUE(is_control(point));
  for (const char32_t point : {0x20, 0x7e, 0xa0, 0x10ffff})
    EXPECT_FALSE(is_control(point));
}

}  // namespace
}  // namespace flowtable
