// SPDX-License-Identifier: Apache-2.0
#include "tls/fingerprint/go_text.hpp"

#include "flowtable/base/utf8.hpp"
#include "tls/digest/digest.hpp"

#include <algorithm>

namespace tls {

using flowtable::append_utf8;
using flowtable::ByteReader;
using flowtable::Bytes;
using flowtable::kReplacementCharacter;
using flowtable::utf8_length;

namespace {

bool is_digit(uint8_t c) noexcept {
  return c >= '0' && c <= '9';
}

// X.680 section 41.4: what a PrintableString may hold.
bool is_printable_string(uint8_t c) noexcept {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view(" '()+,-./:=?").find(static_cast<char>(c)) != std::string_view::npos;
}
// crypto/x509 bears '*' and '&' with it, which old certificates have.
bool is_read_as_printable(uint8_t c) noexcept {
  return is_printable_string(c) || c == '*' || c == '&';
}
bool is_ia5(uint8_t c) noexcept {
  return c < 0x80;
}
bool is_numeric(uint8_t c) noexcept {
  return is_digit(c) || c == ' ';
}
bool is_any(uint8_t) noexcept {
  return true;
}

bool is_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    const size_t length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::optional<std::string> string_if(Bytes content, bool (*is_allowed)(uint8_t) noexcept) {
  if (!std::ranges::all_of(content, is_allowed)) return std::nullopt;
  return std::string(content.begin(), content.end());
}

// UTF-16 with surrogates; a lone one becomes U+FFFD. One terminating zero is left out.
std::optional<std::string> string_from_utf16(Bytes content) {
  if (content.size() % 2 != 0) return std::nullopt;
  if (content.size() >= 2 && content[content.size() - 1] == 0 && content[content.size() - 2] == 0) {
    content = content.first(content.size() - 2);
  }
  std::string out;
  ByteReader reader(content);
  uint16_t unit = 0;
  while (reader.u16(unit)) {
    ByteReader ahead = reader;
    uint16_t low = 0;
    if (!flowtable::is_surrogate(unit)) {
      append_utf8(out, unit);
    } else if (unit < 0xdc00 && ahead.u16(low) && low >= 0xdc00 && low <= 0xdfff) {
      append_utf8(out, 0x10000 + (char32_t{unit} - 0xd800) * 0x400 + (char32_t{low} - 0xdc00));
      reader = ahead;
    } else {
      append_utf8(out, kReplacementCharacter);
    }
  }
  return out;
}

struct Range {
  char32_t first, last;
};
// What Go does not print beyond ASCII: controls, formats, blanks, surrogates and private use
// (Unicode categories Cc, Cf, Zs, Zl, Zp, Co), and the noncharacters of the first plane.
constexpr Range kUnprintable[] = {
    {0x7f, 0xa0},        {0xad, 0xad},       {0x600, 0x605},     {0x61c, 0x61c},
    {0x6dd, 0x6dd},      {0x70f, 0x70f},     {0x8e2, 0x8e2},     {0x1680, 0x1680},
    {0x180e, 0x180e},    {0x2000, 0x200f},   {0x2028, 0x202f},   {0x205f, 0x206f},
    {0x3000, 0x3000},    {0xd800, 0xf8ff},   {0xfdd0, 0xfdef},   {0xfeff, 0xfeff},
    {0xfff9, 0xfffb},    {0xfffe, 0xffff},   {0x110bd, 0x110bd}, {0x110cd, 0x110cd},
    {0x13430, 0x13438},  {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0001, 0xe007f},
    {0xf0000, 0x10ffff},
};

bool is_go_printable(char32_t c) noexcept {
  if (c < 0x7f) return c >= 0x20;
  const auto* const range = std::ranges::lower_bound(kUnprintable, c, {}, &Range::last);
  return range == std::end(kUnprintable) || c < range->first;
}

void append_escape(std::string& out, std::string_view mark, char32_t c, int digits) {
  out += mark;
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4)
    out += kHexDigits[c >> shift & 15];
}

void append_escaped(std::string& out, char32_t c) {
  constexpr std::string_view kFrom = "\a\b\f\n\r\t\v";
  constexpr std::string_view kTo = "abfnrtv";
  if (c < 0x20) {
    const size_t at = kFrom.find(static_cast<char>(c));
    if (at != std::string_view::npos) {
      out += '\\';
      out += kTo[at];
      return;
    }
  }
  if (c < 0x20 || c == 0x7f) {
    append_escape(out, "\\x", c, 2);
  } else if (c < 0x10000) {
    append_escape(out, "\\u", c, 4);
  } else {
    append_escape(out, "\\U", c, 8);
  }
}

}  // namespace

std::optional<std::string> go_string(const DerElement& value) {
  switch (value.tag) {
    case der_tag::kT61String:
      return string_if(value.content, is_any);
    case der_tag::kPrintableString:
      return string_if(value.content, is_read_as_printable);
    case der_tag::kIa5String:
      return string_if(value.content, is_ia5);
    case der_tag::kNumericString:
      return string_if(value.content, is_numeric);
    case der_tag::kBmpString:
      return string_from_utf16(value.content);
    case der_tag::kUtf8String: {
      std::optional<std::string> out = string_if(value.content, is_any);
      return is_utf8(*out) ? out : std::nullopt;
    }
    default:
      return std::nullopt;
  }
}

std::optional<std::vector<uint8_t>> go_marshal(std::string_view value) {
  const bool is_printable = std::ranges::all_of(
      value, [](char c) { return is_printable_string(static_cast<uint8_t>(c)); });
  if (!is_printable && !is_utf8(value)) return std::nullopt;
  std::vector<uint8_t> out;
  out.push_back(is_printable ? der_tag::kPrintableString : der_tag::kUtf8String);
  // X.690 section 8.1.3: one octet up to 127, else their number and the octets of the length.
  if (value.size() < 0x80) {
    out.push_back(static_cast<uint8_t>(value.size()));
  } else {
    int octets = 1;
    while (value.size() >> (8 * octets) != 0)
      ++octets;
    out.push_back(static_cast<uint8_t>(0x80 | octets));
    for (int i = octets - 1; i >= 0; --i)
      out.push_back(static_cast<uint8_t>(value.size() >> (8 * i)));
  }
  out.insert(out.end(), value.begin(), value.end());
  return out;
}

void append_go_name_value(std::string& out, std::string_view value) {
  size_t at = 0;
  while (at < value.size()) {
    const char c = value[at];
    const bool anywhere = std::string_view(",+\"\\<>;").find(c) != std::string_view::npos;
    const bool at_edge = (c == '#' && at == 0) || (c == ' ' && (at == 0 || at + 1 == value.size()));
    if (anywhere || at_edge) out += '\\';
    const size_t length = utf8_length(value.substr(at));
    if (length == 0) {
      append_utf8(out, kReplacementCharacter);
    } else {
      out += value.substr(at, length);
    }
    at += std::max<size_t>(1, length);
  }
}

std::string go_quoted(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const size_t length = std::max<size_t>(1, utf8_length(text));
    const std::string_view character = text.substr(0, length);
    const char32_t c = flowtable::utf8_decode(character);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += character;
    } else if (is_go_printable(c)) {
      out += character;
    } else {
      append_escaped(out, c);
    }
    text.remove_prefix(length);
  }
  return out += '"';
}

}  // namespace tls
