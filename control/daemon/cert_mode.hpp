// SPDX-License-Identifier: Apache-2.0
// `tapseal cert`: certificate files to facts, by the reader that the tap uses.
#pragma once

#include <string>
#include <vector>

namespace control {

struct CertOptions {
  std::vector<std::string> files;  // DER or PEM; "-" is standard input
  bool json = false;               // one object per certificate instead of a page
};

// Writes what can be read of every certificate to standard output. A file that cannot be read, or a
// PEM block that is broken, is one line on standard error and does not stop the others; a
// malformed certificate is no error, it has its row. Returns the exit code of the first thing that
// went wrong, or 0.
[[nodiscard]] int read_certificates(const CertOptions& options);

}  // namespace control
