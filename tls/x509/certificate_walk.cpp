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
  out.version_field = number.whole;
  return inner.empty();
}

bool read_validity(Bytes validity, CertificateWalk& out) noexcept {
  ByteReader times(validity);
  return read_element(times, out.not_before) && read_element(times, out.not_after) && times.empty();
}

bool read_extensions(ByteReader& tbs, CertificateWalk& out) noexcept {
  DerElement tagged;
  if (!read_element(tbs, kExtensionsTag, tagged)) return true;  // OPTIONAL
  ByteReader inner(tagged.content);
  return read_element(inner, der_tag::kSequence, out.extensions) && inner.empty();
}

// RFC 5280 section 4.1: TBSCertificate ::= SEQUENCE { version, serialNumber, signature, issuer,
// validity, subject, subjectPublicKeyInfo, issuerUniqueID, subjectUniqueID, extensions }
// A field of another type than it should be is passed over, so that what comes behind it is read.
bool walk_tbs(Bytes content, CertificateWalk& out) noexcept {
  ByteReader tbs(content);
  bool as_it_should_be = read_version(tbs, out);
  const auto take = [&](uint8_t tag, DerElement& field) {
    if (!read_element(tbs, field)) return false;
    as_it_should_be = as_it_should_be && field.tag == tag;
    return true;
  };
  DerElement algorithm;
  DerElement validity;
  DerElement spki;
  if (!take(der_tag::kInteger, out.serial) || !take(der_tag::kSequence, algorithm)) return false;
  out.tbs_algorithm = algorithm.whole;
  if (!take(der_tag::kSequence, out.issuer) || !take(der_tag::kSequence, validity)) return false;
  as_it_should_be = read_validity(validity.content, out) && as_it_should_be;
  if (!take(der_tag::kSequence, out.subject) || !take(der_tag::kSequence, spki)) return false;
  out.spki = spki.whole;
  // OPTIONAL both, of no interest, and in no certificate of this century.
  DerElement unique_id;
  static_cast<void>(read_element(tbs, kIssuerIdTag, unique_id));
  static_cast<void>(read_element(tbs, kSubjectIdTag, unique_id));
  return read_extensions(tbs, out) && tbs.empty() && as_it_should_be;
}

bool walk_signature(ByteReader& parts, CertificateWalk& out) noexcept {
  DerElement algorithm;
  DerElement oid;
  DerElement signature;
  if (!read_element(parts, der_tag::kSequence, algorithm)) return false;
  out.signature_algorithm = algorithm.whole;
  ByteReader identifier(algorithm.content);
  if (!read_element(identifier, der_tag::kOid, oid)) return false;
  out.signature_oid = oid.content;
  if (!read_element(parts, der_tag::kBitString, signature)) return false;
  out.signature = signature.whole;
  return parts.empty();
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
  const bool signature_whole = walk_signature(parts, out);
  // RFC 8446 section 4.4.2: cert_data is one certificate. OpenSSL's d2i_X509 reads only that much;
  // its handshake refuses what has more.
  out.whole = tbs_whole && signature_whole && reader.empty();
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
