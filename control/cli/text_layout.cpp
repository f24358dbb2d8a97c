// SPDX-License-Identifier: Apache-2.0
#include "control/cli/text_layout.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>

namespace control {
namespace {

struct CodePoint {
  uint32_t value = 0;
  size_t num_bytes = 0;  // 0: not UTF-8
};

struct Range {
  uint32_t first;
  uint32_t last;
};

// Format characters that show nothing or change how their neighbours show.
constexpr Range kInvisible[] = {{0xad, 0xad},     {0x61c, 0x61c},   {0x180e, 0x180e},
                                {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f},
                                {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe0fff}};
constexpr Range kCombining[] = {
    {0x300, 0x36f},   {0x483, 0x489},   {0x591, 0x5bd},  {0x610, 0x61a},   {0x64b, 0x65f},
    {0x93a, 0x93c},   {0x941, 0x94d},   {0xe31, 0xe3a},  {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff},
    {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}};
// East Asian wide and full width (Unicode Standard Annex 11), and emoji.
constexpr Range kWide[] = {{0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0xa4cf},
                           {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe30, 0xfe6f},
                           {0xff00, 0xff60},   {0xffe0, 0xffe6},   {0x1f300, 0x1f64f},
                           {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}};

template <size_t N>
bool is_in(uint32_t value, const Range (&ranges)[N]) {
  return std::any_of(std::begin(ranges), std::end(ranges), [value](const Range& range) {
    return value >= range.first && value <= range.last;
  });
}

// RFC 3629 section 4: one UTF-8 character at the start of `text`, which is not empty.
CodePoint decode(std::string_view text) {
  const auto byte = [text](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < size) return {};
  uint32_t value = lead & (0xffu >> (size + 1));
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    value = value << 6 | (byte(i) & 0x3fu);
  }
  constexpr std::array<uint32_t, 5> kLeast{0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xd800 && value <= 0xdfff;
  if (value < kLeast[size] || surrogate || value > 0x10ffff) return {};
  return {value, size};
}

void add_hex(std::string& out, uint32_t value, int num_digits) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (int shift = (num_digits - 1) * 4; shift >= 0; shift -= 4)
    out += kDigits[value >> shift & 0xf];
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const CodePoint point = decode(text);
    const size_t size = std::max<size_t>(1, point.num_bytes);
    const bool control = point.value < 0x20 || (point.value >= 0x7f && point.value < 0xa0);
    if (point.num_bytes == 0 || control) {
      for (const char c : text.substr(0, size)) {
        out += "\\x";
        add_hex(out, static_cast<uint8_t>(c), 2);
      }
    } else if (is_in(point.value, kInvisible)) {
      out += "\\u{";
      add_hex(out, point.value, point.value > 0xffff ? 6 : 4);
      out += '}';
    } else {
      out += text.substr(0, size);
    }
    text.remove_prefix(size);
  }
  return out;
}

size_t display_width(std::string_view text) {
  size_t width = 0;
  while (!text.empty()) {
    const CodePoint point = decode(text);
    if (is_in(point.value, kWide)) {
      width += 2;
    } else if (!is_in(point.value, kCombining)) {
      width += 1;
    }
    text.remove_prefix(std::max<size_t>(1, point.num_bytes));
  }
  return width;
}

std::string cut_to_width(std::string_view text, size_t width) {
  size_t taken = 0;
  size_t columns = 0;
  while (taken < text.size()) {
    const std::string_view rest = text.substr(taken);
    const size_t size = std::max<size_t>(1, decode(rest).num_bytes);
    columns += display_width(rest.substr(0, size));
    if (columns > width) break;
    taken += size;
  }
  return std::string(text.substr(0, taken));
}

std::string wrapped(std::string_view text, size_t indent, size_t width, bool indent_first) {
  std::string out = indent_first ? std::string(indent, ' ') : "";
  size_t column = indent;
  bool at_start = true;
  while (!text.empty()) {
    const size_t end = text.find(' ');
    const std::string_view word = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    const size_t word_width = display_width(word);
    if (!at_start && column + 1 + word_width > width) {
      out += '\n' + std::string(indent, ' ');
      column = indent;
      at_start = true;
    }
    if (!at_start) out += ' ';
    out += word;
    column += word_width + (at_start ? 0 : 1);
    at_start = false;
  }
  return out + '\n';
}

}  // namespace control
