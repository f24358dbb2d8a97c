// SPDX-License-Identifier: Apache-2.0
#include "tls/x509/der_text.hpp"

#include "flowtable/base/utf8.hpp"
#include "tls/digest/digest.hpp"

#include <algorithm>

namespace tls {

using flowtable::append_utf8;
using flowtable::ByteReader;
using flowtable::Bytes;
using flowtable::is_surrogate;

namespace {

enum class Control : uint8_t { keep, escape };

constexpr uint32_t kCodePointMax = 0x10ffff;

void append_escaped(std::string& out, Bytes bytes) {
  for (size_t i = 0; i < bytes.size(); ++i) {
    out += "\\x";
    append_hex(out, bytes.subspan(i, 1));
  }
}

std::string from_utf8(Bytes bytes, Control control) {
  std::string out;
  out.reserve(bytes.size());
  const std::string whole(bytes.begin(), bytes.end());
  for (std::string_view text = whole; !text.empty();) {
    const size_t length = flowtable::utf8_length(text);
    const std::string_view character = text.substr(0, std::max<size_t>(1, length));
    const bool kept = length > 0 && (control == Control::keep ||
                                     !flowtable::is_control(flowtable::utf8_decode(character)));
    kept ? void(out += character) : append_escaped(out, bytes_of(character));
    text.remove_prefix(character.size());
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
