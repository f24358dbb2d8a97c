// SPDX-License-Identifier: Apache-2.0
// Certificates out of files.
#pragma once

#include "flowtable/base/byte_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tls {

struct CertificateFile {
  std::vector<std::vector<uint8_t>> ders;  // in the order of the file
  size_t num_broken = 0;                   // PEM blocks whose base64 or end is wrong
};

// PEM (RFC 7468: every block labelled CERTIFICATE, X509 CERTIFICATE or TRUSTED CERTIFICATE; text
// around the blocks is skipped). A file without such a block is one certificate in DER, whatever
// its bytes are.
[[nodiscard]] CertificateFile split_certificate_file(flowtable::Bytes file);

}  // namespace tls
