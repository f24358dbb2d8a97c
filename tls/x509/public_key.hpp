// SPDX-License-Identifier: Apache-2.0
// What kind of key a certificate holds.
#pragma once

#include "flowtable/base/byte_reader.hpp"

#include <string>

namespace tls {

struct PublicKeyFacts {
  std::string algorithm;  // "RSA", "RSA-PSS", "DSA", "EC", "ED25519", …, or the dotted OID
  std::string curve;      // of EC keys: OpenSSL's short name, or the dotted OID
  int bits = 0;           // of the modulus, the prime or the field; 0: unknown
};

// Reads a whole SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7). By the DER, not by OpenSSL's
// decoders: a key that OpenSSL would refuse (a weak one, an unknown curve) is exactly the one to be
// told about, and reading ten bytes costs a thousandth of building a key object.
[[nodiscard]] PublicKeyFacts read_public_key(flowtable::Bytes spki);

// OpenSSL's long name of an algorithm, e.g. "sha256WithRSAEncryption", or the dotted OID.
[[nodiscard]] std::string algorithm_name(flowtable::Bytes oid);

}  // namespace tls
