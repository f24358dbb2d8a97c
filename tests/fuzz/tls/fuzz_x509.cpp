// SPDX-License-Identifier: Apache-2.0
// tls/x509: any bytes give a row; and differentially, what is not called malformed is accepted by
// d2i_X509(). (The other way round there is BER, which OpenSSL reads and this project calls
// malformed.)
#include "flowtable/base/check.hpp"
#include "tls/digest/openssl_ptr.hpp"
#include "tls/fingerprint/foxio_methods.hpp"
#include "tls/x509/certificate_facts.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const flowtable::Bytes der(data, size);
  const tls::CertificateFacts facts = tls::parse_certificate(der);
  CHECK(facts.der.size() == size);
  CHECK(facts.key_bits >= 0);
  static_cast<void>(tls::ja4x_of(der));
  if (facts.malformed) return 0;
  const unsigned char* at = data;
  const tls::X509Ptr certificate(d2i_X509(nullptr, &at, static_cast<long>(size)));
  CHECK(certificate != nullptr);
  return 0;
}
