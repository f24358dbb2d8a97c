// SPDX-License-Identifier: Apache-2.0
#include "tls/fingerprint/ja4_parts.hpp"

#include "tls/digest/digest.hpp"
#include "tls/wire/extensions.hpp"
#include "tls/wire/ids.hpp"

#include <algorithm>

namespace tls {

using flowtable::Bytes;

namespace {

// Not isalnum(): that one asks the locale.
bool is_alphanumeric(uint8_t byte) noexcept {
  return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
         (byte >= 'a' && byte <= 'z');
}

}  // namespace

char ja4_protocol(Transport transport) noexcept {
  switch (transport) {
    case Transport::quic:
      return 'q';
    case Transport::dtls:
      return 'd';
    case Transport::tcp:
      return 't';
  }
  return 't';
}

std::string_view ja4_version(uint16_t version) noexcept {
  switch (version) {
    case kTls13:
      return "13";
    case kTls12:
      return "12";
    case kTls11:
      return "11";
    case kTls10:
      return "10";
    case kSsl3:
      return "s3";
    case kSsl2:
      return "s2";
    case kDtls10:
      return "d1";
    case kDtls12:
      return "d2";
    case kDtls13:
      return "d3";
    default:
      return "00";
  }
}

void append_ja4_count(std::string& out, size_t count) {
  const size_t capped = std::min<size_t>(count, 99);
  out += static_cast<char>('0' + capped / 10);
  out += static_cast<char>('0' + capped % 10);
}

void append_ja4_alpn(std::string& out, std::optional<Bytes> first_value) {
  if (!first_value || first_value->empty()) {
    out += "00";
    return;
  }
  const uint8_t first = first_value->front();
  const uint8_t last = first_value->back();
  if (is_alphanumeric(first) && is_alphanumeric(last)) {
    out += static_cast<char>(first);
    out += static_cast<char>(last);
  } else {
    out += kHexDigits[first >> 4];
    out += kHexDigits[last & 15];
  }
}

std::optional<Bytes> first_alpn(std::optional<Bytes> extension_body) noexcept {
  if (!extension_body) return std::nullopt;
  const Parsed<AlpnList> names = AlpnList::from(*extension_body);
  if (!names.ok() || names.value().empty()) return std::nullopt;
  return *names.value().begin();
}

void append_hex4(std::string& out, uint16_t value) {
  for (int shift = 12; shift >= 0; shift -= 4)
    out += kHexDigits[value >> shift & 15];
}

void append_hex4(std::string& out, const std::vector<uint16_t>& values) {
  bool first = true;
  for (const uint16_t value : values) {
    if (!first) out += ',';
    first = false;
    append_hex4(out, value);
  }
}

void append_hash12(std::string& out, std::string_view text) {
  constexpr size_t kHashBytes = 6;
  if (text.empty()) {
    out.append(2 * kHashBytes, '0');
    return;
  }
  const Sha256 digest = sha256(bytes_of(text));
  append_hex(out, Bytes(digest).first(kHashBytes));
}

}  // namespace tls
