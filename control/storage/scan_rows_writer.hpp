// SPDX-License-Identifier: Apache-2.0
// The scanner's part of a transaction.
#pragma once

#include "control/storage/connection.hpp"
#include "control/storage/scan_rows.hpp"

#include <string_view>

namespace control {

// Makes its staging tables, emptied by every COMMIT. Once per connection.
[[nodiscard]] OrDatabaseError<void> make_scan_staging(DatabaseConnection& database);

// Of all of them, for TRUNCATE.
inline constexpr std::string_view kScanStaging =
    "stage_scan, stage_scan_service, stage_scan_target";

// Inside the caller's transaction.
[[nodiscard]] OrDatabaseError<void> store_scan_rows(DatabaseConnection& database,
                                                    const ScanRows& rows);

}  // namespace control
