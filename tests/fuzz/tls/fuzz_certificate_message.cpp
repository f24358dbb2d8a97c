// SPDX-License-Identifier: Apache-2.0
// tls/wire/certificate: the list has as many entries as it says, all inside the message.
#include "flowtable/base/check.hpp"
#include "tls/wire/certificate.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  for (const auto form : {tls::CertificateForm::tls12, tls::CertificateForm::tls13}) {
    const auto list = tls::parse_certificate_message({data, size}, form);
    if (!list.ok()) continue;
    size_t entries = 0;
    size_t bytes = 0;
    for (const tls::CertificateEntry& entry : list.value()) {
      ++entries;
      bytes += entry.der.size() + entry.extensions.size();
    }
    CHECK(entries == list.value().size());
    CHECK(bytes <= size);
  }
  return 0;
}
