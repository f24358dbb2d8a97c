// SPDX-License-Identifier: Apache-2.0
#include "tls/x509/der_text.hpp"

#include "tls/digest/digest.hpp"

namespace tls {

using flowtable::ByteReader;
using flowtable::Bytes;

namespace {

enum class Control : uint8_t { keep, escape };

constexpr uint32_t kCodePointMax = 0x10ffff;

bool is_surrogate(uint32_t point) noexcept {
  return point >= 0xd800 && point <= 0xdfff;
}

bool is_control(uint32_t point) noexcept {
  return point < 0x20 || (point >= 0x7f && point < 0xa0);
}

void append_escaped(std::string& out, Bytes bytes) {
  for (size_t i = 0; i < bytes.size(); ++i) {
    out += "\\x";
    append_hex(out, bytes.subspan(i, 1));
  }
}

void append_utf8(std::string& out, uint32_t point) {
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | (point >> shift & 0x3f)); };
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xc0 | point >> 6);
    tail(0);
  } else if (point < 0x10000) {
    out += static_cast<char>(0xe0 | point >> 12);
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xf0 | point >> 18);
    tail(12);
    tail(6);
    tail(0);
  }
}

// RFC 3629 section 3: reads one character; no overlong forms, no surrogates.
bool read_utf8(ByteReader& reader, uint32_t& point) noexcept {
  ByteReader ahead = reader;
  uint8_t first = 0;
  if (!ahead.u8(first)) return false;
  int tails = 0;
  uint32_t least = 0;
  if (first < 0x80) {
    point = first;
  } else if (first >> 5 == 0x06) {
    point = first & 0x1f, tails = 1, least = 0x80;
  } else if (first >> 4 == 0x0e) {
    point = first & 0x0f, tails = 2, least = 0x800;
  } else if (first >> 3 == 0x1e) {
    point = first & 0x07, tails = 3, least = 0x10000;
  } else {
    return false;
  }
  for (; tails > 0; --tails) {
    uint8_t tail = 0;
    if (!ahead.u8(tail) || tail >> 6 != 2) return false;
    point = point << 6 | (tail & 0x3f);
  }
  if (point < least || point > kCodePointMax || is_surrogate(point)) return false;
  reader = ahead;
  return true;
}

std::string from_utf8(Bytes bytes, Control control) {
  std::string out;
  out.reserve(bytes.size());
  ByteReader reader(bytes);
  while (!reader.empty()) {
    const Bytes at = reader.rest();
    uint32_t point = 0;
    const bool valid = read_utf8(reader, point);
    if (valid && (control == Control::keep || !is_control(point))) {
      append_utf8(out, point);
    } else if (valid) {
      append_escaped(out, at.first(at.size() - reader.size()));
    } else {
      append_escaped(out, at.first(1));
      static_cast<void>(reader.skip(1));
    }
  }
  return out;
}

std::string from_latin1(Bytes bytes) {
  std::string out;
  out.reserve(bytes.size());
  for (const uint8_t byte : bytes)
    append_utf8(out, byte);
  return out;
}

// One UTF-16 character, or a pair of surrogates; a lone surrogate is no character.
bool read_utf16(ByteReader& reader, uint32_t& point) noexcept {
  ByteReader ahead = reader;
  uint16_t high = 0;
  uint16_t low = 0;
  if (!ahead.u16(high)) return false;
  point = high;
  if (is_surrogate(high)) {
    if (high >= 0xdc00 || !ahead.u16(low) || low < 0xdc00 || low > 0xdfff) return false;
    point = 0x10000 + (uint32_t{high} - 0xd800) * 0x400 + (uint32_t{low} - 0xdc00);
  }
  reader = ahead;
  return true;
}

bool read_utf32(ByteReader& reader, uint32_t& point) noexcept {
  ByteReader ahead = reader;
  if (!ahead.u32(point) || point > kCodePointMax || is_surrogate(point)) return false;
  reader = ahead;
  return true;
}

std::string from_wide(Bytes bytes, bool (*read)(ByteReader&, uint32_t&) noexcept) {
  std::string out;
  ByteReader reader(bytes);
  while (!reader.empty()) {
    uint32_t point = 0;
    if (read(reader, point)) {
      append_utf8(out, point);
    } else {
      append_escaped(out, reader.rest().first(1));
      static_cast<void>(reader.skip(1));
    }
  }
  return out;
}

}  // namespace

std::string text_of(const DerElement& value) {
  switch (value.tag) {
    case der_tag::kUtf8String:
      return from_utf8(value.content, Control::keep);
    case der_tag::kBmpString:
      return from_wide(value.content, read_utf16);
    case der_tag::kUniversalString:
      return from_wide(value.content, read_utf32);
    case der_tag::kNumericString:
    case der_tag::kPrintableString:
    case der_tag::kT61String:
    case der_tag::kIa5String:
    case der_tag::kVisibleString:
    case der_tag::kGeneralString:
      return from_latin1(value.content);
    default:
      return to_hex(value.content);
  }
}

std::string printable_text(Bytes bytes) {
  return from_utf8(bytes, Control::escape);
}

}  // namespace tls
