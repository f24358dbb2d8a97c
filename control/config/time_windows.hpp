// SPDX-License-Identifier: Apache-2.0
// Hours of the week in which something may be done.
#pragma once

#include "flowtable/base/result.hpp"

#include <array>
#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace control {

// "22:00-06:00" (every day), "Sat,Sun" (whole days), "Mon-Fri 22:00-06:00" (nights that begin on
// these days). Minutes; the end is not part of it; an end before the beginning is on the next day.
struct TimeWindow {
  std::array<bool, 7> days{};  // on which it begins, from Sunday
  uint16_t begin_minute = 0;   // 0 … 1439
  uint16_t end_minute = 0;     // 1 … 1440

  bool operator==(const TimeWindow&) const = default;
};

// Error: what is wrong and how one writes it.
[[nodiscard]] flowtable::OrError<TimeWindow> parse_time_window(std::string_view text);

// Windows in the machine's local time, as its clock on the wall shows it: an hour that a change to
// summer time leaves out is not waited for, one that comes twice counts twice.
class TimeWindows {
 public:
  // Without any window it is always open.
  explicit TimeWindows(std::vector<TimeWindow> windows) : windows_(std::move(windows)) {}

  [[nodiscard]] bool is_open(std::time_t time) const noexcept;
  // The first minute after `time` at which is_open() is another than at `time`; nothing where it
  // never is. Looks nine days ahead: longer than any week with a change of the clock.
  [[nodiscard]] std::optional<std::time_t> next_change(std::time_t time) const noexcept;

 private:
  std::vector<TimeWindow> windows_;
};

}  // namespace control
