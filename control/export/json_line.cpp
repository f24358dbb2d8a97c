// SPDX-License-Identifier: Apache-2.0
#include "control/export/json_line.hpp"

#include "flowtable/base/utf8.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace control {
namespace {

using flowtable::utf8_decode;
using flowtable::utf8_length;

constexpr std::string_view kHexDigits = "0123456789abcdef";

void append_byte_escape(std::string& out, char byte) {
  const auto value = static_cast<uint8_t>(byte);
  out += "\\x";
  out += kHexDigits[value >> 4];
  out += kHexDigits[value & 15];
}

void append_code_unit(std::string& out, uint32_t unit) {
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4)
    out += kHexDigits[unit >> shift & 15];
}

void append_unicode_escape(std::string& out, char32_t c) {
  if (c < 0x10000) return append_code_unit(out, c);
  append_code_unit(out, 0xd800 + ((c - 0x10000) >> 10));
  append_code_unit(out, 0xdc00 + ((c - 0x10000) & 0x3ff));
}

// Control characters, and the invisible ones that reorder or hide text on a terminal.
bool is_printable(char32_t c) noexcept {
  if (flowtable::is_control(c)) return false;
  if (c == 0xad || c == 0x61c || c == 0xfeff) return false;
  if (c >= 0x200b && c <= 0x200f) return false;
  if (c >= 0x2028 && c <= 0x202e) return false;
  if (c >= 0x2060 && c <= 0x206f) return false;
  if (c >= 0xd800 && c <= 0xf8ff) return false;
  if (c >= 0xe0000 && c <= 0xe0fff) return false;
  return (c & 0xfffe) != 0xfffe;
}

// Printable ASCII, which is nearly all that is ever written.
constexpr bool is_plain(char c) noexcept {
  return c >= 0x20 && c <= 0x7e;
}

// The same without what JSON escapes.
constexpr std::array<bool, 256> kAsItIs = [] {
  std::array<bool, 256> out{};
  for (int c = 0x20; c <= 0x7e; ++c)
    out[static_cast<size_t>(c)] = c != '"' && c != '\\';
  return out;
}();

// Bytes at the front that are written as they are: so they are copied at once, not one by one.
size_t as_it_is(std::string_view value) noexcept {
  size_t count = 0;
  while (count < value.size() && kAsItIs[static_cast<uint8_t>(value[count])])
    ++count;
  return count;
}

}  // namespace

bool is_plain_text(std::string_view bytes) noexcept {
  return std::ranges::all_of(bytes, is_plain);
}

std::string text_of_bytes(std::string_view bytes) {
  if (is_plain_text(bytes)) return std::string(bytes);
  std::string out;
  out.reserve(bytes.size());
  while (!bytes.empty()) {
    const size_t length = utf8_length(bytes);
    if (length > 0 && is_printable(utf8_decode(bytes.substr(0, length)))) {
      out += bytes.substr(0, length);
      bytes.remove_prefix(length);
      continue;
    }
    const size_t bad = length == 0 ? 1 : length;
    for (size_t i = 0; i < bad; ++i)
      append_byte_escape(out, bytes[i]);
    bytes.remove_prefix(bad);
  }
  return out;
}

void JsonLine::separate() {
  if (comma_) out_ += ',';
  comma_ = true;
}

void JsonLine::open(char bracket) {
  separate();
  out_ += bracket;
  comma_ = false;
}

void JsonLine::close(char bracket) {
  out_ += bracket;
  comma_ = true;
}

void JsonLine::raw(std::string_view token) {
  separate();
  out_ += token;
}

void JsonLine::bytes(std::string_view value) {
  is_plain_text(value) ? text(value) : text(text_of_bytes(value));
}

void JsonLine::key(std::string_view name) {
  out_ += comma_ ? ",\"" : "\"";
  out_ += name;
  out_ += "\":";
  comma_ = false;
}

void JsonLine::number(int64_t value) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  raw({digits, end});
}

void JsonLine::text(std::string_view value) {
  separate();
  out_ += '"';
  while (true) {
    const size_t front = as_it_is(value);
    out_ += value.substr(0, front);
    value.remove_prefix(front);
    if (value.empty()) break;
    const size_t length = utf8_length(value);
    if (length == 0) {
      out_ += '\\';  // the backslash of \xHH is itself escaped in JSON
      append_byte_escape(out_, value[0]);
      value.remove_prefix(1);
      continue;
    }
    const auto first = static_cast<uint8_t>(value[0]);
    if (first == '"' || first == '\\') {
      out_ += '\\';
      out_ += value[0];
    } else if (const char32_t c = utf8_decode(value.substr(0, length)); !is_printable(c)) {
      // RFC 8259 section 7: control characters must be escaped; the others may be, and a terminal
      // must not obey them.
      append_unicode_escape(out_, c);
    } else {
      out_ += value.substr(0, length);
    }
    value.remove_prefix(length);
  }
  out_ += '"';
}

void JsonLine::hex(uint32_t value, int digits) {
  separate();
  std::array<char, 3 + 8 + 1> token{'"', '0', 'x'};
  const auto length = static_cast<size_t>(digits);
  for (size_t i = 0; i < length; ++i)
    token[2 + length - i] = kHexDigits[value >> 4 * i & 15];
  token[3 + length] = '"';
  out_.append(token.data(), length + 4);
}

}  // namespace control
