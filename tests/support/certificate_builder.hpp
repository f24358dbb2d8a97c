// SPDX-License-Identifier: Apache-2.0
// Certificates for tests: good ones made by OpenSSL, hard ones put together octet by octet.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace tests {

// What a test wants to find again. Deterministic but for key and signature.
struct CertificateRecipe {
  std::string common_name = "www.example.org";
  std::string alt_names = "DNS:www.example.org,IP:192.0.2.1,email:a@example.org";  // empty: none
  std::vector<uint8_t> serial = {0x12, 0x34};
  std::string not_before = "20240102030405Z";
  std::string not_after = "20340102030405Z";
  bool is_ca = false;
  bool has_sct_list = false;     // a list of SCTs: four bytes that are none
  std::string tls_feature = "";  // "status_request", "status_request_v2", both, or none
};

struct MadeCertificate {
  std::vector<uint8_t> der;
  std::vector<uint8_t> spki;  // DER of SubjectPublicKeyInfo
};

// A self-signed P-256 certificate.
[[nodiscard]] MadeCertificate make_certificate(const CertificateRecipe& recipe);

// --- Octet by octet, for what no library makes. ---

using DerBytes = std::vector<uint8_t>;

// X.690 section 8.1: identifier, definite length in as few octets as it takes, content.
[[nodiscard]] DerBytes der(uint8_t tag, const DerBytes& content);
[[nodiscard]] DerBytes der_joined(std::initializer_list<DerBytes> parts);
[[nodiscard]] DerBytes der_text(uint8_t tag, std::string_view text);
// The content octets of an object identifier that fits: "2.5.4.3".
[[nodiscard]] DerBytes der_oid(std::string_view dotted);
// A Name of one attribute.
[[nodiscard]] DerBytes der_name(std::string_view oid, uint8_t tag, std::string_view value);
// An Extension; `value` is what stands in its OCTET STRING.
[[nodiscard]] DerBytes der_extension(std::string_view oid, const DerBytes& value);

// RFC 5280 section 4.1: every field whole, with its identifier; as given, right or wrong.
struct RawCertificate {
  DerBytes serial = der(0x02, {0x01});
  DerBytes signature_oid = der_oid("1.2.840.10045.4.3.2");
  DerBytes issuer = der_name("2.5.4.3", 0x0c, "issuer");
  DerBytes not_before = der_text(0x17, "240101000000Z");
  DerBytes not_after = der_text(0x17, "340101000000Z");
  DerBytes subject = der_name("2.5.4.3", 0x0c, "subject");
  DerBytes key_oid = der_oid("1.3.101.112");  // Ed25519
  DerBytes key = DerBytes(32, 0x5a);
  std::vector<DerBytes> extensions{};  // none: the field is left out
};
[[nodiscard]] DerBytes raw_certificate(const RawCertificate& certificate);

}  // namespace tests
