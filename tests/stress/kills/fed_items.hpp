// SPDX-License-Identifier: Apache-2.0
// Numbered input for the memory: what number n is, is a function of n alone. fed_rows.py says the
// same a second time.
#pragma once

#include "control/storage/scan_log.hpp"
#include "tls/pipeline/service_report.hpp"

#include <cstdint>

namespace kills {

// Numbers come in blocks of 100: 90 of the tap (one delivery), 9 of the scanner (one delivery), one
// audit row. The last number of a delivery is a TLS session, whose row tells its number by `ts`:
// whoever has that row has all numbers up to it.
inline constexpr int64_t kBlock = 100;
inline constexpr int64_t kTapPart = 90;
inline constexpr int64_t kScanEnd = 99;

// Microseconds since 1970; the first day ends at number 500.
inline constexpr int64_t kFirstMicros = 1'772'668'700'000'000;
inline constexpr int64_t kStepMicros = 200'000;
[[nodiscard]] constexpr int64_t micros_of(int64_t number) noexcept {
  return kFirstMicros + number * kStepMicros;
}
[[nodiscard]] constexpr int64_t number_at(int64_t micros) noexcept {
  return (micros - kFirstMicros) / kStepMicros;
}

[[nodiscard]] tls::RecordBatch tap_part(int64_t block);
[[nodiscard]] tls::ScanDelivery scan_part(int64_t block);
[[nodiscard]] control::ScanRow audit_row(int64_t block);

}  // namespace kills
