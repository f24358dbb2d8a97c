// SPDX-License-Identifier: Apache-2.0
#include "tls/fingerprint/d4_text.hpp"

#include "flowtable/base/utf8.hpp"
#include "tls/digest/digest.hpp"
#include "tls/fingerprint/go_text.hpp"
#include "tls/fingerprint/tlsh.hpp"
#include "tls/wire/grease.hpp"
#include "tls/x509/certificate_walk.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

namespace tls {

using flowtable::Bytes;

namespace {

struct Attribute {
  std::string oid;
  std::string value;  // as a Go string: bytes, UTF-8 where they are text
};

bool read_name(Bytes name, std::vector<Attribute>& out) {
  bool readable = true;
  const bool whole = for_each_attribute(name, [&](Bytes oid, const DerElement& value) {
    std::optional<std::string> text = go_string(value);
    readable = readable && text;
    if (text) out.push_back({dotted_oid(oid), std::move(*text)});
  });
  return whole && readable;
}

// Attributes that Go has a field for, in the order in which it prints them. Of a name with several
// common names or serial numbers it keeps the last; values of the others stay together.
struct Named {
  std::string_view oid;
  std::string_view name;
  bool is_single;
};
constexpr Named kNamed[] = {
    {"2.5.4.5", "SERIALNUMBER", true}, {"2.5.4.3", "CN", true},
    {"2.5.4.11", "OU", false},         {"2.5.4.10", "O", false},
    {"2.5.4.17", "POSTALCODE", false}, {"2.5.4.9", "STREET", false},
    {"2.5.4.7", "L", false},           {"2.5.4.8", "ST", false},
    {"2.5.4.6", "C", false},
};

bool is_named(std::string_view oid) noexcept {
  for (const Named& named : kNamed) {
    if (named.oid == oid) return true;
  }
  return false;
}

void append_named(std::string& out, const Named& named, const std::vector<Attribute>& name) {
  std::vector<std::string_view> values;
  for (const Attribute& attribute : name) {
    if (attribute.oid != named.oid) continue;
    if (named.is_single) values.clear();
    values.push_back(attribute.value);
  }
  if (values.empty() || (named.is_single && values.front().empty())) return;
  char separator = ',';
  for (const std::string_view value : values) {
    if (!out.empty()) out += separator;
    separator = '+';
    out += named.name;
    out += '=';
    append_go_name_value(out, value);
  }
}

// What Go has no field for: the last first, with the value in DER as Go would write it.
void append_other(std::string& out, const Attribute& attribute) {
  if (!out.empty()) out += ',';
  out += attribute.oid;
  out += '=';
  if (const std::optional<std::vector<uint8_t>> der = go_marshal(attribute.value)) {
    out += '#';
    append_hex(out, *der);
  } else {
    append_go_name_value(out, attribute.value);
  }
}

std::string name_string(const std::vector<Attribute>& name) {
  std::string out;
  for (const Named& named : kNamed)
    append_named(out, named, name);
  for (auto attribute = name.rbegin(); attribute != name.rend(); ++attribute) {
    if (!is_named(attribute->oid)) append_other(out, *attribute);
  }
  return out;
}

void append_kept(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c != '-' && c != ',' && c != '"') out += c;
  }
}

// A fingerprint's numbers, one after the other. The first is the version, which stays whatever it
// is; of the others GREASE is left out.
void append_numbers(std::string& out, std::string_view fingerprint) {
  bool is_version = true;
  while (!fingerprint.empty()) {
    const size_t end = std::min(fingerprint.find_first_of(",-"), fingerprint.size());
    const std::string_view number = fingerprint.substr(0, end);
    uint16_t value = 0;
    std::from_chars(number.data(), number.data() + number.size(), value);
    if (is_version || !is_grease(value)) out += number;
    is_version = false;
    fingerprint.remove_prefix(std::min(end + 1, fingerprint.size()));
  }
}

}  // namespace

std::optional<std::string> d4_name_text(Bytes name) {
  std::vector<Attribute> attributes;
  if (!read_name(name, attributes)) return std::nullopt;
  std::string out;
  append_kept(out, go_quoted(name_string(attributes)));
  return out;
}

std::optional<std::string> d4_certificate_text(Bytes der) {
  const CertificateWalk walk = walk_certificate(der);
  if (!walk.whole) return std::nullopt;
  std::optional<std::string> out = d4_name_text(walk.issuer.content);
  const std::optional<std::string> subject = d4_name_text(walk.subject.content);
  if (!out || !subject) return std::nullopt;
  return *out + *subject;
}

std::string d4_session_text(std::string_view ja3, std::string_view ja3s,
                            std::span<const std::string_view> certificates) {
  std::string out;
  append_numbers(out, ja3);
  append_numbers(out, ja3s);
  for (const std::string_view certificate : certificates)
    out += certificate;
  return out;
}

std::string d4_tlsh(std::string_view text) {
  const std::optional<Tlsh> hash = tlsh_of_any(bytes_of(text));
  return hash ? to_hex(*hash) : std::string{};
}

}  // namespace tls
