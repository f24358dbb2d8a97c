// SPDX-License-Identifier: Apache-2.0
#include "tls/x509/certificate_facts.hpp"

#include "tls/x509/certificate_walk.hpp"
#include "tls/x509/der_text.hpp"
#include "tls/x509/openssl_verdict.hpp"
#include "tls/x509/public_key.hpp"
#include "tls/x509/subject_alt_name.hpp"

#include <algorithm>
#include <array>

namespace tls {

using flowtable::ByteReader;
using flowtable::Bytes;

namespace {

constexpr std::array<uint8_t, 3> kSubjectAltName{0x55, 0x1d, 0x11};    // 2.5.29.17
constexpr std::array<uint8_t, 3> kBasicConstraints{0x55, 0x1d, 0x13};  // 2.5.29.19
// 1.3.6.1.4.1.11129.2.4.2 and 1.3.6.1.5.5.7.1.24
constexpr std::array<uint8_t, 10> kSctList{0x2b, 0x06, 0x01, 0x04, 0x01,
                                           0xd6, 0x79, 0x02, 0x04, 0x02};
constexpr std::array<uint8_t, 8> kTlsFeature{0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x18};
constexpr std::string_view kCommonName = "2.5.4.3";

std::vector<NameAttribute> name_of(Bytes name) {
  std::vector<NameAttribute> out;
  // A name that breaks keeps what came before; `malformed` tells.
  static_cast<void>(for_each_attribute(name, [&](Bytes oid, const DerElement& value) {
    out.push_back({dotted_oid(oid), text_of(value)});
  }));
  return out;
}

std::optional<std::string> last_common_name(const std::vector<NameAttribute>& name) {
  const auto last = std::find_if(name.rbegin(), name.rend(), [](const NameAttribute& attribute) {
    return attribute.oid == kCommonName;
  });
  if (last == name.rend()) return std::nullopt;
  return last->value;
}

// X.690 section 8.3: two's complement, most significant octet first; a leading zero octet only
// keeps a positive number from being negative.
std::string serial_of(Bytes content) {
  if (content.size() > 1 && content[0] == 0) content = content.subspan(1);
  return to_hex(content);
}

// RFC 5280 section 4.2.1.9: BasicConstraints ::= SEQUENCE { cA BOOLEAN DEFAULT FALSE, … }
std::optional<bool> read_is_ca(Bytes value) noexcept {
  ByteReader reader(value);
  DerElement sequence;
  DerElement is_ca;
  if (!read_element(reader, der_tag::kSequence, sequence)) return std::nullopt;
  ByteReader fields(sequence.content);
  if (!read_element(fields, der_tag::kBoolean, is_ca)) return false;
  return !is_ca.content.empty() && is_ca.content[0] != 0;
}

// RFC 7633 section 4: Features ::= SEQUENCE OF INTEGER, TLS extension numbers; 5 is status_request.
bool demands_staple(Bytes value) noexcept {
  ByteReader reader(value);
  DerElement sequence;
  if (!read_element(reader, der_tag::kSequence, sequence)) return false;
  ByteReader features(sequence.content);
  DerElement feature;
  while (read_element(features, der_tag::kInteger, feature)) {
    if (feature.content.size() == 1 && feature.content[0] == 5) return true;
  }
  return false;
}

void read_extensions(Bytes extensions, CertificateFacts& out) {
  static_cast<void>(for_each_extension(extensions, [&](const CertificateExtension& extension) {
    if (std::ranges::equal(extension.oid, kSubjectAltName)) {
      append_alt_names(extension.value, out.san);
    } else if (std::ranges::equal(extension.oid, kBasicConstraints)) {
      out.is_ca = read_is_ca(extension.value);
    } else if (std::ranges::equal(extension.oid, kSctList)) {
      out.has_sct_list = true;
    } else if (std::ranges::equal(extension.oid, kTlsFeature)) {
      out.must_staple = demands_staple(extension.value);
    }
  }));
}

}  // namespace

CertificateFacts parse_certificate(Bytes der) {
  CertificateFacts out;
  out.der.assign(der.begin(), der.end());
  out.sha256 = sha256(der);
  out.sha1 = sha1(der).value_or(Sha1{});

  const CertificateWalk walk = walk_certificate(der);
  out.malformed = !openssl_accepts(walk);
  out.version = walk.version;
  out.serial = serial_of(walk.serial.content);
  out.issuer = name_of(walk.issuer.content);
  out.subject = name_of(walk.subject.content);
  out.issuer_cn = last_common_name(out.issuer);
  out.subject_cn = last_common_name(out.subject);
  out.not_before = seconds_of(walk.not_before);
  out.not_after = seconds_of(walk.not_after);
  out.self_issued = walk.whole && std::ranges::equal(walk.subject.content, walk.issuer.content);
  if (!walk.spki.empty()) {
    out.spki_sha256 = sha256(walk.spki);
    PublicKeyFacts key = read_public_key(walk.spki);
    out.key_algorithm = std::move(key.algorithm);
    out.key_curve = std::move(key.curve);
    out.key_bits = key.bits;
  }
  if (!walk.signature_oid.empty()) out.signature_algorithm = algorithm_name(walk.signature_oid);
  read_extensions(walk.extensions.content, out);
  return out;
}

}  // namespace tls
