// SPDX-License-Identifier: Apache-2.0
// tls/x509: any bytes give a row.
#include "flowtable/base/check.hpp"
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
  return 0;
}
