// SPDX-License-Identifier: Apache-2.0
// Results of other scanners as lines of JSON: what `tapseal import` prints and `store` takes.
#pragma once

#include "control/scan/imported_results.hpp"
#include "flowtable/base/result.hpp"
#include "tls/pipeline/certificate_cache.hpp"
#include "tls/pipeline/observation.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace control {

// Appends the native record of kind `imported`: a line.
void append_imported_line(std::string& out, const ImportedResult& result);

struct ImportedBatch {
  tls::RecordBatch observations;  // of servers with certificates, source imported
  uint64_t services = 0;          // open ones
  uint64_t certificates = 0;
};
// Error: the number of the line that is none, and why.
[[nodiscard]] flowtable::OrError<ImportedBatch> read_imported_lines(
    std::string_view lines, tls::CertificateCache& certificates);

}  // namespace control
