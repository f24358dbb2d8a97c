// SPDX-License-Identifier: Apache-2.0
// What is asked about scans. Values are parameters.
#pragma once

#include <string>

namespace control {

// What jobs found out about services `v` that fulfil `where`, the latest first; $2 the most rows.
[[nodiscard]] std::string scanned_sql(const std::string& where);
// A condition on them: that they are the services of `sightings`, which is a table named s.
[[nodiscard]] std::string is_among_sql(const std::string& sightings);

// Audit rows, the latest first; $1 the most of them.
[[nodiscard]] std::string scans_sql();
// Services of job $1 with the certificate that each showed last, by address; $2 the most rows,
// $3 sensor, $4 "true" or "false": with TLS or without, $5 reason (each null: any), $6 offset.
[[nodiscard]] std::string scan_services_sql();

}  // namespace control
