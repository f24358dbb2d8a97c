// SPDX-License-Identifier: Apache-2.0
#include "control/storage/query_term.hpp"

#include "control/storage/stored_text.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace control {
namespace {

bool is_hex(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// Bits of an address of that family; 0 where it is none.
int address_bits(const std::string& text) {
  std::array<unsigned char, 16> bytes{};
  if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return 32;
  return inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1 ? 128 : 0;
}

// "192.0.2.1 443" of "192.0.2.1:443"; nothing where it is no service. An IPv6 address stands in
// brackets, as in a URL (RFC 3986 section 3.2.2).
std::optional<std::string> service_value(const std::string& text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return std::nullopt;
  std::string host = text.substr(0, colon);
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (address_bits(host) != (bracketed ? 128 : 32)) return std::nullopt;
  int port = -1;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + colon + 1, end, port);
  if (error != std::errc() || rest != end || port < 0 || port > 65535) return std::nullopt;
  return host + " " + std::to_string(port);
}

bool is_network(const std::string& text) {
  const size_t slash = text.find('/');
  if (slash == std::string::npos) return false;
  const int bits = address_bits(text.substr(0, slash));
  int length = -1;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + slash + 1, end, length);
  return bits != 0 && error == std::errc() && rest == end && length >= 0 && length <= bits;
}

// FoxIO's JA4.md: ten characters, then two truncated SHA-256 of twelve hex digits each.
bool is_ja4(std::string_view text) {
  return text.size() == 36 && text[10] == '_' && text[23] == '_' &&
         std::string_view("tqd").find(text[0]) != std::string_view::npos &&
         is_hex(text.substr(11, 12)) && is_hex(text.substr(24, 12));
}

// The same: seven characters, a suite, one truncated SHA-256.
bool is_ja4s(std::string_view text) {
  return text.size() == 25 && text[7] == '_' && text[12] == '_' &&
         std::string_view("tqd").find(text[0]) != std::string_view::npos &&
         is_hex(text.substr(8, 4)) && is_hex(text.substr(13, 12));
}

// "AB:CD:…" and "ab cd …" as tools print digests.
std::string without_separators(std::string_view text) {
  std::string out;
  std::ranges::copy_if(text, std::back_inserter(out), [](char c) { return c != ':' && c != ' '; });
  return out;
}

}  // namespace

std::vector<QueryTerm> parse_terms(std::string_view word) {
  const std::string lower = lower_case(word);
  if (address_bits(lower) != 0) return {{TermKind::address, lower}};
  if (const auto service = service_value(lower)) return {{TermKind::service, *service}};
  if (is_network(lower)) return {{TermKind::network, lower}};
  if (is_ja4(lower)) return {{TermKind::ja4, lower}};
  if (is_ja4s(lower)) return {{TermKind::ja4s, lower}};
  const bool below = lower.starts_with("*.") && lower.size() > 2;
  if (below) return {{TermKind::suffix, indexed_text(lower.substr(2))}};
  const QueryTerm name{TermKind::name, indexed_text(lower)};
  const QueryTerm words{TermKind::words, stored_text(word)};
  const std::string digest = without_separators(lower);
  if (digest.empty() || !is_hex(digest)) return {name, words};
  switch (digest.size()) {
    case 64:
      return {{TermKind::sha256, digest}};
    case 62:
      return {{TermKind::jarm, digest}};
    case 40:
      return {{TermKind::sha1, digest}};
    case 32:
      return {{TermKind::md5, digest}};
    default:
      return {{TermKind::serial, digest}, name, words};
  }
}

}  // namespace control
