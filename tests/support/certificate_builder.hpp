// SPDX-License-Identifier: Apache-2.0
// Certificates for tests, made by OpenSSL.
#pragma once

#include <cstdint>
#include <string>
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
};

struct MadeCertificate {
  std::vector<uint8_t> der;
  std::vector<uint8_t> spki;  // DER of SubjectPublicKeyInfo
};

// A self-signed P-256 certificate.
[[nodiscard]] MadeCertificate make_certificate(const CertificateRecipe& recipe);

}  // namespace tests
