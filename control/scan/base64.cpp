// SPDX-License-Identifier: Apache-2.0
#include "control/scan/base64.hpp"

namespace control {
namespace {

constexpr uint8_t kNone = 0xff;

uint8_t value_of(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<uint8_t>(c - 'A');
  if (c >= 'a' && c <= 'z') return static_cast<uint8_t>(c - 'a' + 26);
  if (c >= '0' && c <= '9') return static_cast<uint8_t>(c - '0' + 52);
  if (c == '+') return 62;
  return c == '/' ? 63 : kNone;
}

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

}  // namespace

std::optional<std::vector<uint8_t>> decode_base64(std::string_view text) {
  std::vector<uint8_t> out;
  out.reserve(text.size() / 4 * 3);
  uint32_t bits = 0;
  size_t num_characters = 0;
  size_t num_padding = 0;
  for (const char c : text) {
    if (is_space(c)) continue;
    if (c == '=') {
      ++num_padding;
      continue;
    }
    const uint8_t value = value_of(c);
    if (value == kNone || num_padding > 0) return std::nullopt;
    bits = bits << 6 | value;
    if (++num_characters % 4 != 0) continue;
    out.push_back(static_cast<uint8_t>(bits >> 16));
    out.push_back(static_cast<uint8_t>(bits >> 8));
    out.push_back(static_cast<uint8_t>(bits));
  }
  const size_t over = num_characters % 4;
  if (over == 1 || num_padding != (4 - over) % 4) return std::nullopt;
  if (over == 2) {
    if ((bits & 0xf) != 0) return std::nullopt;
    out.push_back(static_cast<uint8_t>(bits >> 4));
  } else if (over == 3) {
    if ((bits & 0x3) != 0) return std::nullopt;
    out.push_back(static_cast<uint8_t>(bits >> 10));
    out.push_back(static_cast<uint8_t>(bits >> 2));
  }
  return out;
}

}  // namespace control
