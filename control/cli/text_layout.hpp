// SPDX-License-Identifier: Apache-2.0
// Text on a terminal: how wide it is, what must not reach it raw, how it is broken into lines.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace control {

// `text` with everything that could move the cursor, colour the screen or turn the reading
// direction written out: control characters and bytes that are not UTF-8 as \xHH, bidirectional and
// invisible format characters as \u{…}. Certificates hold whatever their maker liked.
[[nodiscard]] std::string printable(std::string_view text);

// Columns that printable text takes: wide characters (CJK, emoji) count two, combining marks none.
[[nodiscard]] size_t display_width(std::string_view text);

// The longest beginning of printable text that takes at most `width` columns.
[[nodiscard]] std::string cut_to_width(std::string_view text, size_t width);

// `text` in lines of at most `width` columns, each with `indent` spaces before it; the first one
// without where it follows something. Ends with a line feed.
[[nodiscard]] std::string wrapped(std::string_view text, size_t indent, size_t width,
                                  bool indent_first = true);

}  // namespace control
