// SPDX-License-Identifier: Apache-2.0
// One partition of `session` per UTC day, made before its first row.
#pragma once

#include "control/storage/connection.hpp"

#include <chrono>
#include <set>
#include <span>

namespace control {

// Remembers which days have been asked for. Lives as long as its connection; not thread-safe.
class SessionPartitions {
 public:
  // Beyond so many days rows go to the default partition: planning slows down with their number,
  // and a capture with invented dates must not be able to make thousands.
  static constexpr int kPartitionsMax = 1500;

  // Sees to `days_seen`, and, once per day, to today and the two days after it, so
  // that midnight finds its partition ready. Outside of any transaction.
  OrDatabaseError<void> ensure(DatabaseConnection& database,
                               std::span<const std::chrono::sys_days> days_seen);

 private:
  OrDatabaseError<void> ensure_day(DatabaseConnection& database, std::chrono::sys_days day);

  std::set<std::chrono::sys_days> asked_;
};

}  // namespace control
