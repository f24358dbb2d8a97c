// SPDX-License-Identifier: Apache-2.0
#include "tls/x509/certificate_walk.hpp"

namespace tls {

using flowtable::ByteReader;
using flowtable::Bytes;

namespace {

constexpr uint8_t kVersionTag = 0xa0;     // [0] EXPLICIT
constexpr uint8_t kExtensionsTag = 0xa3;  // [3] EXPLICIT
constexpr uint8_t kIssuerIdTag = 0x81;    // [1] IMPLICIT BIT STRING
constexpr uint8_t kSubjectIdTag = 0x82;   // [2] IMPLICIT BIT STRING

bool read_version(ByteReader& tbs, CertificateWalk& out) noexcept {
  DerElement tagged;
  out.version = 1;  // DEFAULT v1
  if (!read_element(tbs, kVersionTag, tagged)) return true;
  ByteReader inner(tagged.content);
  DerElement number;
  if (!read_element(inner, der_tag::kInteger, number) || number.content.empty()) return false;
  out.version = static_cast<uint8_t>(number.content.back() + 1);
  return true;
}

bool read_validity(ByteReader& tbs, CertificateWalk& out) noexcept {
  DerElement validity;
  if (!read_element(tbs, der_tag::kSequence, validity)) return false;
  ByteReader times(validity.content);
  return read_element(times, out.not_before) && read_element(times, out.not_after);
}

bool read_name(ByteReader& tbs, Bytes& out) noexcept {
  DerElement name;
  if (!read_element(tbs, der_tag::kSequence, name)) return false;
  out = name.content;
  return true;
}

bool read_optional_end(ByteReader& tbs, CertificateWalk& out) noexcept {
  DerElement element;
  while (!tbs.empty()) {
    if (!read_element(tbs, element)) return false;
    if (element.tag == kIssuerIdTag || element.tag == kSubjectIdTag) continue;
    if (element.tag != kExtensionsTag) continue;
    ByteReader inner(element.content);
    DerElement list;
    if (!read_element(inner, der_tag::kSequence, list)) return false;
    out.extensions = list.content;
  }
  return true;
}

// RFC 5280 section 4.1: TBSCertificate ::= SEQUENCE { version, serialNumber, signature, issuer,
// validity, subject, subjectPublicKeyInfo, issuerUniqueID, subjectUniqueID, extensions }
bool walk_tbs(Bytes content, CertificateWalk& out) noexcept {
  ByteReader tbs(content);
  DerElement serial;
  DerElement signature;
  DerElement spki;
  if (!read_version(tbs, out) || !read_element(tbs, der_tag::kInteger, serial)) return false;
  out.serial = serial.content;
  if (!read_element(tbs, der_tag::kSequence, signature) || !read_name(tbs, out.issuer) ||
      !read_validity(tbs, out) || !read_name(tbs, out.subject) ||
      !read_element(tbs, der_tag::kSequence, spki)) {
    return false;
  }
  out.spki = spki.whole;
  return read_optional_end(tbs, out);
}

}  // namespace

CertificateWalk walk_certificate(Bytes der) noexcept {
  CertificateWalk out;
  ByteReader reader(der);
  DerElement certificate;
  DerElement tbs;
  if (!read_element(reader, der_tag::kSequence, certificate)) return out;
  ByteReader parts(certificate.content);
  if (!read_element(parts, der_tag::kSequence, tbs)) return out;
  const bool tbs_whole = walk_tbs(tbs.content, out);

  DerElement algorithm;
  DerElement oid;
  DerElement signature;
  if (!read_element(parts, der_tag::kSequence, algorithm)) return out;
  ByteReader identifier(algorithm.content);
  if (!read_element(identifier, der_tag::kOid, oid)) return out;
  out.signature_oid = oid.content;
  out.whole = tbs_whole && read_element(parts, der_tag::kBitString, signature);
  return out;
}

bool read_extension(ByteReader& reader, CertificateExtension& out) noexcept {
  DerElement sequence;
  if (!read_element(reader, der_tag::kSequence, sequence)) return false;
  ByteReader inner(sequence.content);
  DerElement oid;
  DerElement critical;
  DerElement value;
  if (!read_element(inner, der_tag::kOid, oid)) return false;
  // RFC 5280 section 4.1: critical BOOLEAN DEFAULT FALSE
  const bool has_critical = read_element(inner, der_tag::kBoolean, critical);
  if (!read_element(inner, der_tag::kOctetString, value)) return false;
  out.oid = oid.content;
  out.critical = has_critical && !critical.content.empty() && critical.content[0] != 0;
  out.value = value.content;
  return true;
}

bool read_attribute(ByteReader& set, Bytes& oid, DerElement& value) noexcept {
  DerElement sequence;
  DerElement type;
  if (!read_element(set, der_tag::kSequence, sequence)) return false;
  ByteReader inner(sequence.content);
  if (!read_element(inner, der_tag::kOid, type) || !read_element(inner, value)) return false;
  oid = type.content;
  return true;
}

}  // namespace tls
