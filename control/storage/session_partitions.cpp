// SPDX-License-Identifier: Apache-2.0
#include "control/storage/session_partitions.hpp"

#include <array>
#include <cstdio>

namespace control {
namespace {

using flowtable::Failure;
using std::chrono::days;
using std::chrono::sys_days;

// Years of a Tick have four digits (1677 to 2262).
std::string date_text(sys_days day) {
  const std::chrono::year_month_day date(day);
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text.data();
}

}  // namespace

OrDatabaseError<void> SessionPartitions::ensure(DatabaseConnection& database,
                                                std::span<const sys_days> days_seen) {
  const auto today = std::chrono::floor<days>(std::chrono::system_clock::now());
  for (int ahead = 0; ahead < 3; ++ahead) {
    if (auto done = ensure_day(database, today + days(ahead)); !done) return done;
  }
  for (const sys_days day : days_seen) {
    if (auto done = ensure_day(database, day); !done) return done;
  }
  return {};
}

OrDatabaseError<void> SessionPartitions::ensure_day(DatabaseConnection& database, sys_days day) {
  if (asked_.contains(day)) return {};
  // Where the answer is "no" the default partition takes the rows, and asking again would not help.
  const auto made = database.query("SELECT create_session_partition($1::date, $2::int)",
                                   {date_text(day), std::to_string(kPartitionsMax)});
  if (!made) return Failure{made.error()};
  asked_.insert(day);
  return {};
}

}  // namespace control
