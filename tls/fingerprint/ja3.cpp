// SPDX-License-Identifier: Apache-2.0
#include "tls/fingerprint/ja3.hpp"

#include "tls/digest/digest.hpp"
#include "tls/wire/grease.hpp"

#include <array>
#include <charconv>

namespace tls {

using flowtable::Bytes;

namespace {

constexpr size_t kUsualJa3Bytes = 256;  // a modern browser's string is shorter

void append_decimal(std::string& out, uint16_t value) {
  std::array<char, 5> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), end);
}

// One field of the string: numbers with `-` between those that are kept.
class Field {
 public:
  explicit Field(std::string& out) : out_(out) { out_ += ','; }
  void add(uint16_t value) {
    if (!first_) out_ += '-';
    first_ = false;
    append_decimal(out_, value);
  }

 private:
  std::string& out_;
  bool first_ = true;
};

Fingerprint with_md5(std::string raw) {
  const std::optional<Md5> digest = md5(bytes_of(raw));
  return {std::move(raw), digest ? to_hex(*digest) : std::string{}};
}

}  // namespace

// JA3 README: SSLVersion,Cipher,SSLExtension,EllipticCurve,EllipticCurvePointFormat; decimal, wire
// order, "ignoring GREASE values"; a missing list leaves its field empty. SSLVersion is
// ClientHello.client_version, also for TLS 1.3.
Fingerprint ja3(const ClientHello& hello, Transport) {
  std::string raw;
  raw.reserve(kUsualJa3Bytes);
  append_decimal(raw, hello.legacy_version);

  Field ciphers(raw);
  for (const uint16_t suite : hello.cipher_suites) {
    if (!is_grease(suite)) ciphers.add(suite);
  }
  Field extensions(raw);
  for (const Extension& extension : hello.extensions) {
    if (!is_grease(extension.type)) extensions.add(extension.type);
  }
  Field curves(raw);
  for (const uint16_t group : u16_values(hello, ExtensionType::supported_groups)) {
    if (!is_grease(group)) curves.add(group);
  }
  Field formats(raw);
  if (const auto body = hello.extensions.find(ExtensionType::ec_point_formats)) {
    const Parsed<Bytes> list = read_point_formats(*body);
    for (const uint8_t format : list.ok() ? list.value() : Bytes{})
      formats.add(format);
  }
  return with_md5(std::move(raw));
}

// JA3 README: SSLVersion,Cipher,SSLExtension of the ServerHello. The reference implementation
// drops nothing here: a server has no reason to send GREASE.
Fingerprint ja3s(const ServerHello& hello, Transport) {
  std::string raw;
  append_decimal(raw, hello.legacy_version);
  Field cipher(raw);
  cipher.add(hello.cipher_suite);
  Field extensions(raw);
  for (const Extension& extension : hello.extensions)
    extensions.add(extension.type);
  return with_md5(std::move(raw));
}

}  // namespace tls
