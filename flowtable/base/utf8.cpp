// SPDX-License-Identifier: Apache-2.0
#include "flowtable/base/utf8.hpp"

namespace flowtable {
namespace {

// One row of Unicode 15 table 3-7: which second bytes may follow a range of first bytes.
struct Form {
  uint8_t first_low, first_high;
  uint8_t second_low, second_high;
  uint8_t length;
};
constexpr Form kForms[] = {
    {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
    {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
    {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
};

uint8_t byte_at(std::string_view bytes, size_t i) noexcept {
  return static_cast<uint8_t>(bytes[i]);
}

bool matches(const Form& form, std::string_view bytes) noexcept {
  if (byte_at(bytes, 0) < form.first_low || byte_at(bytes, 0) > form.first_high) return false;
  if (bytes.size() < form.length) return false;
  if (byte_at(bytes, 1) < form.second_low || byte_at(bytes, 1) > form.second_high) return false;
  for (size_t i = 2; i < form.length; ++i) {
    if ((byte_at(bytes, i) & 0xc0) != 0x80) return false;
  }
  return true;
}

}  // namespace

size_t utf8_length(std::string_view bytes) noexcept {
  if (bytes.empty()) return 0;
  if (byte_at(bytes, 0) < 0x80) return 1;
  for (const Form& form : kForms) {
    if (matches(form, bytes)) return form.length;
  }
  return 0;
}

char32_t utf8_decode(std::string_view sequence) noexcept {
  if (sequence.size() == 1) return byte_at(sequence, 0);
  char32_t out = byte_at(sequence, 0) & (0x7fU >> sequence.size());
  for (size_t i = 1; i < sequence.size(); ++i)
    out = out << 6 | (byte_at(sequence, i) & 0x3f);
  return out;
}

Utf8Bytes utf8_encode(char32_t point) noexcept {
  Utf8Bytes out;
  const auto put = [&](char32_t byte) { out.bytes[out.size++] = static_cast<char>(byte); };
  const auto tail = [&](int shift) { put(0x80 | (point >> shift & 0x3f)); };
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xc0 | point >> 6);
    tail(0);
  } else if (point < 0x10000) {
    put(0xe0 | point >> 12);
    tail(6);
    tail(0);
  } else {
    put(0xf0 | point >> 18);
    tail(12);
    tail(6);
    tail(0);
  }
  return out;
}

}  // namespace flowtable
