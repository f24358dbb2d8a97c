// SPDX-License-Identifier: Apache-2.0
// The windows of a certificate.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "tls/x509/der.hpp"

#include <cstdint>
#include <optional>

namespace tls {

// What RFC 5280 section 4.1 calls Certificate and TBSCertificate, each field a window of the DER.
// Walking looks at structure only, not at what is allowed inside. Fields behind the point where
// the structure breaks are empty.
struct CertificateWalk {
  bool whole = false;              // every field is there, and nothing else
  uint8_t version = 0;             // 1 to 3 in good ones
  flowtable::Bytes version_field;  // the INTEGER; empty where it is left out
  DerElement serial;
  flowtable::Bytes tbs_algorithm;  // the whole AlgorithmIdentifier inside
  DerElement issuer;               // RDNSequence
  DerElement not_before;
  DerElement not_after;
  DerElement subject;
  flowtable::Bytes spki;                 // the whole SubjectPublicKeyInfo, as hashed
  DerElement extensions;                 // SEQUENCE OF Extension; empty where there are none
  flowtable::Bytes signature_algorithm;  // the whole AlgorithmIdentifier outside
  flowtable::Bytes signature_oid;        // its algorithm
  flowtable::Bytes signature;            // the whole BIT STRING
};
[[nodiscard]] CertificateWalk walk_certificate(flowtable::Bytes der) noexcept;

struct CertificateExtension {
  flowtable::Bytes oid;
  bool critical = false;
  flowtable::Bytes value;  // content of the OCTET STRING
};

// One attribute of an RDNSequence, or one extension; advance the reader.
[[nodiscard]] bool read_extension(flowtable::ByteReader& reader,
                                  CertificateExtension& out) noexcept;
[[nodiscard]] bool read_attribute(flowtable::ByteReader& set, flowtable::Bytes& oid,
                                  DerElement& value) noexcept;

// Calls on_attribute(oid, value) for each attribute of a name, in order; false where the name's
// structure breaks, after what came before.
template <typename OnAttribute>
[[nodiscard]] bool for_each_attribute(flowtable::Bytes name, OnAttribute&& on_attribute) {
  flowtable::ByteReader sets(name);
  DerElement set;
  while (!sets.empty()) {
    if (!read_element(sets, der_tag::kSet, set)) return false;
    flowtable::ByteReader attributes(set.content);
    flowtable::Bytes oid;
    DerElement value;
    while (!attributes.empty()) {
      if (!read_attribute(attributes, oid, value)) return false;
      on_attribute(oid, value);
    }
  }
  return true;
}

template <typename OnExtension>
[[nodiscard]] bool for_each_extension(flowtable::Bytes extensions, OnExtension&& on_extension) {
  flowtable::ByteReader reader(extensions);
  CertificateExtension extension;
  while (!reader.empty()) {
    if (!read_extension(reader, extension)) return false;
    on_extension(extension);
  }
  return true;
}

}  // namespace tls
