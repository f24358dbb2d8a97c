// SPDX-License-Identifier: Apache-2.0
#include "tls/x509/pem.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace tls {
namespace {

using std::string_view;

constexpr std::array<string_view, 3> kLabels = {"CERTIFICATE", "X509 CERTIFICATE",
                                                "TRUSTED CERTIFICATE"};

// Value of a base64 digit (RFC 4648 section 4), -1 where it is none.
constexpr int digit_of(char c) noexcept {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

// RFC 7468 section 3: white space is skipped wherever it stands.
constexpr bool is_space(char c) noexcept {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

std::optional<std::vector<uint8_t>> decode_base64(string_view text) {
  std::vector<uint8_t> out;
  out.reserve(text.size() * 3 / 4);
  uint32_t bits = 0;
  int num_digits = 0;
  int num_padding = 0;
  for (const char c : text) {
    if (is_space(c)) continue;
    if (c == '=') {
      ++num_padding;
      continue;
    }
    const int digit = digit_of(c);
    if (digit < 0 || num_padding > 0) return std::nullopt;
    bits = bits << 6 | static_cast<uint32_t>(digit);
    if (++num_digits % 4 != 0) continue;
    for (const int shift : {16, 8, 0})
      out.push_back(static_cast<uint8_t>(bits >> shift));
  }
  const int left = num_digits % 4;
  if (left == 1 || num_padding != (4 - left) % 4) return std::nullopt;
  if (left >= 2) out.push_back(static_cast<uint8_t>(bits >> (left == 2 ? 4 : 10)));
  if (left == 3) out.push_back(static_cast<uint8_t>(bits >> 2));
  return out;
}

constexpr string_view kBegin = "-----BEGIN ";
constexpr string_view kDashes = "-----";

struct Block {
  string_view label;
  size_t begin = 0;  // of what stands between the two lines of dashes
};

// The first block of a certificate at or after `from`.
std::optional<Block> find_block(string_view text, size_t from) {
  for (size_t at = text.find(kBegin, from); at != string_view::npos;
       at = text.find(kBegin, at + kBegin.size())) {
    const string_view rest = text.substr(at + kBegin.size());
    for (const string_view label : kLabels) {
      if (!rest.starts_with(label) || !rest.substr(label.size()).starts_with(kDashes)) continue;
      return Block{label, at + kBegin.size() + label.size() + kDashes.size()};
    }
  }
  return std::nullopt;
}

}  // namespace

CertificateFile split_certificate_file(flowtable::Bytes file) {
  const std::string text(file.begin(), file.end());
  CertificateFile out;
  std::optional<Block> block = find_block(text, 0);
  if (!block) out.ders.emplace_back(file.begin(), file.end());
  while (block) {
    // The block ends at the next dashes, which have to be those of its own end.
    const size_t end = text.find(kDashes, block->begin);
    const string_view rest = string_view(text).substr(std::min(end, text.size()));
    std::optional<std::vector<uint8_t>> der;
    if (rest.starts_with("-----END " + std::string(block->label) + "-----")) {
      der = decode_base64(string_view(text).substr(block->begin, end - block->begin));
    }
    if (der) {
      out.ders.push_back(std::move(*der));
    } else {
      ++out.num_broken;
    }
    block = find_block(text, block->begin);
  }
  return out;
}

}  // namespace tls
