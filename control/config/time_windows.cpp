// SPDX-License-Identifier: Apache-2.0
#include "control/config/time_windows.hpp"

#include <algorithm>
#include <charconv>

namespace control {
namespace {

using flowtable::Error;
using flowtable::Failure;
using flowtable::OrError;
using std::string_view;

constexpr std::array<string_view, 7> kDays{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
constexpr uint16_t kDayMinutes = 24 * 60;

Failure<Error> wrong_window(string_view text, const std::string& why) {
  constexpr size_t kShownMax = 60;
  std::string shown(text.substr(0, kShownMax));
  for (char& c : shown) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return Failure{Error{"`" + shown + "`: " + why +
                       "; a window is days, hours or both: Sat,Sun or 22:00-06:00 or Mon-Fri "
                       "22:00-06:00"}};
}

std::optional<size_t> parse_day(string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  const auto* const found = std::find(kDays.begin(), kDays.end(), lower);
  if (found == kDays.end()) return {};
  return static_cast<size_t>(found - kDays.begin());
}

// "Sat,Sun", "Mon-Fri,Sun"; Fri-Mon goes over the end of the week.
bool add_days(string_view text, std::array<bool, 7>& days) {
  while (true) {
    const size_t comma = text.find(',');
    const string_view piece = text.substr(0, comma);
    const size_t dash = piece.find('-');
    const auto first = parse_day(piece.substr(0, dash));
    const auto last = dash == string_view::npos ? first : parse_day(piece.substr(dash + 1));
    if (!first.has_value() || !last.has_value()) return false;
    for (size_t day = *first; days[day] = true, day != *last;)
      day = (day + 1) % 7;
    if (comma == string_view::npos) return true;
    text.remove_prefix(comma + 1);
  }
}

std::optional<uint16_t> two_digits(string_view text) {
  uint16_t number = 0;
  if (text.size() != 2) return {};
  const auto parsed = std::from_chars(text.data(), text.data() + 2, number);
  if (parsed.ec != std::errc{} || parsed.ptr != text.data() + 2) return {};
  return number;
}

// "22:00"; "24:00" is the end of the day.
std::optional<uint16_t> parse_clock(string_view text) {
  if (text.size() != 5 || text[2] != ':') return {};
  const auto hours = two_digits(text.substr(0, 2));
  const auto minutes = two_digits(text.substr(3));
  if (!hours.has_value() || !minutes.has_value() || *minutes > 59) return {};
  const int total = *hours * 60 + *minutes;
  if (total > kDayMinutes) return {};
  return static_cast<uint16_t>(total);
}

bool holds(const TimeWindow& window, size_t day, uint16_t minute) {
  const size_t yesterday = (day + 6) % 7;
  if (window.begin_minute < window.end_minute) {
    return window.days[day] && minute >= window.begin_minute && minute < window.end_minute;
  }
  return (window.days[day] && minute >= window.begin_minute) ||
         (window.days[yesterday] && minute < window.end_minute);
}

}  // namespace

OrError<TimeWindow> parse_time_window(string_view text) {
  TimeWindow window;
  const size_t space = text.find(' ');
  const size_t hours_at = space == string_view::npos ? 0 : space + 1;
  const string_view last = text.substr(hours_at);
  const bool has_hours = last.find(':') != string_view::npos;
  if (!has_hours && space != string_view::npos) return wrong_window(text, "hours follow the space");
  const string_view days = has_hours ? text.substr(0, hours_at == 0 ? 0 : space) : text;
  if (days.empty() && has_hours && space == string_view::npos) {
    window.days.fill(true);
  } else if (!add_days(days, window.days)) {
    return wrong_window(text, "days are Mon, Tue, Wed, Thu, Fri, Sat, Sun and ranges of them");
  }
  window.end_minute = kDayMinutes;
  if (!has_hours) return window;

  const size_t dash = last.find('-');
  const auto begin = parse_clock(last.substr(0, dash));
  const auto end = dash == string_view::npos ? std::nullopt : parse_clock(last.substr(dash + 1));
  if (!begin.has_value() || !end.has_value())
    return wrong_window(text, "hours are two times from 00:00 to 24:00");
  if (*begin == *end || *begin == kDayMinutes) return wrong_window(text, "the hours are empty");
  window.begin_minute = *begin;
  // Midnight as an end is the end of the day it begins on.
  window.end_minute = *end == 0 ? kDayMinutes : *end;
  return window;
}

bool TimeWindows::is_open(std::time_t time) const noexcept {
  if (windows_.empty()) return true;
  std::tm local{};
  // Fails for years that do not fit an int only.
  if (localtime_r(&time, &local) == nullptr) return false;
  const auto minute = static_cast<uint16_t>(local.tm_hour * 60 + local.tm_min);
  return std::any_of(windows_.begin(), windows_.end(), [&](const TimeWindow& window) {
    return holds(window, static_cast<size_t>(local.tm_wday), minute);
  });
}

std::optional<std::time_t> TimeWindows::next_change(std::time_t time) const noexcept {
  constexpr std::time_t kMinute = 60;
  constexpr std::time_t kAhead = std::time_t{9} * kDayMinutes * kMinute;
  const bool now = is_open(time);
  if (windows_.empty()) return std::nullopt;
  // Minute by minute: some ten thousand looks, once for each change, and no rule about clocks.
  const std::time_t first = time - time % kMinute + kMinute;
  for (std::time_t at = first; at < first + kAhead; at += kMinute) {
    if (is_open(at) != now) return at;
  }
  return std::nullopt;
}

}  // namespace control
