// SPDX-License-Identifier: Apache-2.0
// What we keep of a certificate.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "tls/digest/digest.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tls {

// One attribute of a distinguished name, in the order of the DER.
struct NameAttribute {
  std::string oid;    // dotted
  std::string value;  // UTF-8, control characters included; bytes that are not are kept as \xHH
  bool operator==(const NameAttribute&) const = default;
};

// Facts of one DER certificate. The DER and its hashes are always there, whatever it holds; what
// could not be read is empty or absent and `malformed` says so.
struct CertificateFacts {
  std::vector<uint8_t> der;
  Sha256 sha256{};
  Sha1 sha1{};             // all zero where OpenSSL's configuration forbids SHA-1
  bool malformed = false;  // OpenSSL does not accept it as a certificate

  std::vector<NameAttribute> subject;
  std::vector<NameAttribute> issuer;
  std::optional<std::string> subject_cn;  // the last CN
  std::optional<std::string> issuer_cn;
  std::string serial;                 // content octets, lower-case hex, one leading sign octet less
  std::optional<int64_t> not_before;  // seconds since the Unix epoch
  std::optional<int64_t> not_after;
  std::vector<std::string> san;  // "DNS:…", "IP:…", "email:…", "URI:…" and others, in order
  std::string key_algorithm;     // "RSA", "EC", "ED25519", or the dotted OID
  std::string key_curve;         // of EC keys: "P-256", else OpenSSL's short name or the OID
  int key_bits = 0;
  std::string signature_algorithm;  // OpenSSL's long name, or the dotted OID
  std::optional<Sha256> spki_sha256;
  std::optional<bool> is_ca;  // basicConstraints; nullopt: no such extension
  int version = 0;            // 1 to 3
  bool self_issued = false;   // subject equals issuer
  // RFC 6962 section 3.3: a list of SCTs is among the extensions.
  bool has_sct_list = false;
  bool must_staple = false;  // RFC 7633 section 4: the TLS feature status_request
  // TLSH over the DER, as "T1" and 70 hex digits; empty where it is too short or too even for one.
  // This and what follows is filled in by the pipeline.
  std::string tlsh;
  // What it adds to D4's text (tls/fingerprint/d4_text.hpp); nullopt where D4 leaves it out.
  std::optional<std::string> d4_text;
  // JA4X; empty without the build option `foxio`.
  std::string ja4x;
  std::string ja4x_raw;
};

// Reads a certificate. Always gives a row, whatever the bytes are. Any thread; borrows `der` for
// the call.
[[nodiscard]] CertificateFacts parse_certificate(flowtable::Bytes der);

}  // namespace tls
