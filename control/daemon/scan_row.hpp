// SPDX-License-Identifier: Apache-2.0
// A finding as a row of `tapseal scan`.
#pragma once

#include "tls/pipeline/service_report.hpp"

#include <string>

namespace control {

// JSON text of an object with the command's columns; `leaf` is the certificate that was shown, or
// null.
[[nodiscard]] std::string service_row(const tls::ServiceReport& report,
                                      const tls::CertificateFacts* leaf);
[[nodiscard]] std::string target_row(const flowtable::ScanReply& reply);

}  // namespace control
