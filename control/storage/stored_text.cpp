// SPDX-License-Identifier: Apache-2.0
#include "control/storage/stored_text.hpp"

#include "flowtable/base/utf8.hpp"
#include "tls/digest/digest.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace control {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

void append_escaped(std::string& out, uint8_t byte) {
  out += "\\x";
  out += kHexDigits[byte >> 4];
  out += kHexDigits[byte & 15];
}

bool is_printable_ascii(char c) {
  return c >= 0x20 && c < 0x7f;
}

// Length of the printable character beyond ASCII that `text` begins with; 0 where there is none.
size_t sequence_length(std::string_view text) {
  const size_t length = flowtable::utf8_length(text);
  return length > 0 && !flowtable::is_control(flowtable::utf8_decode(text.substr(0, length)))
             ? length
             : 0;
}

// RFC 4514 section 3 and the names OpenSSL prints.
struct ShortName {
  std::string_view oid;
  std::string_view name;
};
constexpr std::array<ShortName, 17> kShortNames = {{{"2.5.4.3", "CN"},
                                                    {"2.5.4.4", "SN"},
                                                    {"2.5.4.5", "serialNumber"},
                                                    {"2.5.4.6", "C"},
                                                    {"2.5.4.7", "L"},
                                                    {"2.5.4.8", "ST"},
                                                    {"2.5.4.9", "street"},
                                                    {"2.5.4.10", "O"},
                                                    {"2.5.4.11", "OU"},
                                                    {"2.5.4.12", "title"},
                                                    {"2.5.4.15", "businessCategory"},
                                                    {"2.5.4.17", "postalCode"},
                                                    {"2.5.4.42", "GN"},
                                                    {"2.5.4.97", "organizationIdentifier"},
                                                    {"0.9.2342.19200300.100.1.1", "UID"},
                                                    {"0.9.2342.19200300.100.1.25", "DC"},
                                                    {"1.2.840.113549.1.9.1", "emailAddress"}}};

// RFC 4514 section 2.4: one of the characters ", +, ,, ;, <, >, \ anywhere; '#' or a space at the
// beginning; a space at the end. Applied to the stored text, so an escape of ours (\xHH) gets its
// backslash doubled and the line can still be taken apart.
void append_name_value(std::string& out, std::string_view raw) {
  const std::string value = stored_text(raw);
  for (size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    const bool anywhere = std::string_view("\"+,;<>\\").find(c) != std::string_view::npos;
    const bool at_begin = i == 0 && (c == '#' || c == ' ');
    const bool at_end = i + 1 == value.size() && c == ' ';
    if (anywhere || at_begin || at_end) out += '\\';
    out += c;
  }
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

void append_stored_text(std::string& out, std::string_view raw) {
  while (!raw.empty()) {
    const auto* plain_end = std::ranges::find_if_not(raw, is_printable_ascii);
    const auto num_plain = static_cast<size_t>(plain_end - raw.begin());
    out.append(raw.substr(0, num_plain));
    raw.remove_prefix(num_plain);
    if (raw.empty()) return;
    const size_t length = sequence_length(raw);
    if (length == 0) {
      append_escaped(out, static_cast<uint8_t>(raw.front()));
      raw.remove_prefix(1);
    } else {
      out.append(raw.substr(0, length));
      raw.remove_prefix(length);
    }
  }
}

std::string stored_text(std::string_view raw) {
  std::string out;
  out.reserve(raw.size());
  append_stored_text(out, raw);
  return out;
}

std::string indexed_text(std::string_view raw) {
  std::string out = stored_text(raw);
  if (out.size() <= kIndexedTextMax) return out;
  constexpr std::string_view kMark = "...sha256:";
  size_t kept = kIndexedTextMax - kMark.size() - 64;
  // A character must not be cut: step back to the first byte of the one at the edge.
  while (kept > 0 && (static_cast<uint8_t>(out[kept]) & 0xc0) == 0x80)
    --kept;
  out.resize(kept);
  const std::vector<uint8_t> bytes(raw.begin(), raw.end());
  return out.append(kMark).append(hex_text(tls::sha256(bytes)));
}

std::string name_text(std::span<const tls::NameAttribute> name) {
  std::string out;
  for (const tls::NameAttribute& attribute : name) {
    if (!out.empty()) out += ", ";
    const auto* known = std::ranges::find(kShortNames, attribute.oid, &ShortName::oid);
    append_stored_text(out, known == kShortNames.end() ? attribute.oid : known->name);
    out += '=';
    append_name_value(out, attribute.value);
  }
  return out;
}

std::vector<std::string> lookup_names(const tls::CertificateFacts& facts) {
  std::vector<std::string> names;
  if (facts.subject_cn) names.push_back(indexed_text(lower_case(*facts.subject_cn)));
  for (const std::string_view san : facts.san) {
    const size_t colon = san.find(':');
    if (colon == std::string_view::npos || san.starts_with("URI:")) continue;
    names.push_back(indexed_text(lower_case(san.substr(colon + 1))));
  }
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::string hex_text(std::span<const uint8_t> bytes) {
  std::string out;
  out.reserve(2 * bytes.size());
  for (const uint8_t byte : bytes) {
    out += kHexDigits[byte >> 4];
    out += kHexDigits[byte & 15];
  }
  return out;
}

std::optional<std::vector<uint8_t>> bytes_of_hex(std::string_view hex) {
  if (hex.size() % 2 != 0) return std::nullopt;
  std::vector<uint8_t> out;
  out.reserve(hex.size() / 2);
  for (size_t i = 0; i < hex.size(); i += 2) {
    const int high = hex_value(hex[i]);
    const int low = hex_value(hex[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(static_cast<uint8_t>(high << 4 | low));
  }
  return out;
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

}  // namespace control
