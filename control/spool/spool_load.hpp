// SPDX-License-Identifier: Apache-2.0
// What a record weighs in the books.
#pragma once

#include <cstdint>

namespace control {

// Rows of the tap, rows of the scanner, audit rows of jobs. Sums of loads are what makes a loss
// countable: the difference of two sums is what lay between them, whether it can be read or not.
struct SpoolLoad {
  uint64_t rows = 0;
  uint64_t scan_rows = 0;
  uint64_t audit_rows = 0;

  constexpr SpoolLoad& operator+=(const SpoolLoad& other) noexcept {
    rows += other.rows;
    scan_rows += other.scan_rows;
    audit_rows += other.audit_rows;
    return *this;
  }
  constexpr SpoolLoad& operator-=(const SpoolLoad& other) noexcept {
    rows -= other.rows;
    scan_rows -= other.scan_rows;
    audit_rows -= other.audit_rows;
    return *this;
  }
  friend constexpr SpoolLoad operator+(SpoolLoad left, const SpoolLoad& right) noexcept {
    return left += right;
  }
  friend constexpr SpoolLoad operator-(SpoolLoad left, const SpoolLoad& right) noexcept {
    return left -= right;
  }
  friend constexpr bool operator==(const SpoolLoad&, const SpoolLoad&) noexcept = default;

  // Neither number is smaller than its counterpart: what a later sum is to an earlier one.
  [[nodiscard]] constexpr bool holds(const SpoolLoad& other) const noexcept {
    return rows >= other.rows && scan_rows >= other.scan_rows && audit_rows >= other.audit_rows;
  }
};

}  // namespace control
