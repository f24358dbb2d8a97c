// SPDX-License-Identifier: Apache-2.0
#include "tls/x509/der_text.hpp"

#include <chrono>

namespace tls {

using flowtable::ByteReader;

namespace {

bool is_digit(uint8_t byte) noexcept {
  return byte >= '0' && byte <= '9';
}

bool next_is(const ByteReader& reader, uint8_t byte) noexcept {
  return !reader.empty() && reader.rest()[0] == byte;
}

// Two decimal digits.
bool read_pair(ByteReader& reader, int& out) noexcept {
  uint8_t tens = 0;
  uint8_t ones = 0;
  ByteReader ahead = reader;
  if (!ahead.u8(tens) || !ahead.u8(ones) || !is_digit(tens) || !is_digit(ones)) return false;
  out = (tens - '0') * 10 + (ones - '0');
  reader = ahead;
  return true;
}

bool read_year(ByteReader& reader, uint8_t tag, int& year) noexcept {
  int high = 0;
  int low = 0;
  if (tag == der_tag::kGeneralizedTime) {
    if (!read_pair(reader, high) || !read_pair(reader, low)) return false;
    year = high * 100 + low;
    return true;
  }
  // RFC 5280 section 4.1.2.5.1: "Where YY is greater than or equal to 50, the year SHALL be
  // interpreted as 19YY".
  if (tag != der_tag::kUtcTime || !read_pair(reader, low)) return false;
  year = low >= 50 ? 1900 + low : 2000 + low;
  return true;
}

bool skip_fraction(ByteReader& reader) noexcept {
  if (!next_is(reader, '.') && !next_is(reader, ',')) return true;
  bool any = false;
  static_cast<void>(reader.skip(1));
  while (!reader.empty() && is_digit(reader.rest()[0])) {
    any = reader.skip(1);
  }
  return any;
}

// X.680 sections 46 and 47: "Z", "+hhmm" or "-hhmm" after local time.
bool read_zone(ByteReader& reader, std::chrono::minutes& ahead_of_utc) noexcept {
  if (reader.empty()) return true;
  uint8_t sign = 0;
  if (!reader.u8(sign)) return false;
  if (sign == 'Z') return reader.empty();
  int hours = 0;
  int minutes = 0;
  if ((sign != '+' && sign != '-') || !read_pair(reader, hours) || !read_pair(reader, minutes) ||
      !reader.empty() || hours > 23 || minutes > 59) {
    return false;
  }
  ahead_of_utc = std::chrono::hours(hours) + std::chrono::minutes(minutes);
  if (sign == '-') ahead_of_utc = -ahead_of_utc;
  return true;
}

}  // namespace

std::optional<int64_t> seconds_of(const DerElement& time) noexcept {
  ByteReader reader(time.content);
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  if (!read_year(reader, time.tag, year) || !read_pair(reader, month) || !read_pair(reader, day) ||
      !read_pair(reader, hour) || !read_pair(reader, minute)) {
    return std::nullopt;
  }
  if (!reader.empty() && is_digit(reader.rest()[0]) && !read_pair(reader, second)) {
    return std::nullopt;
  }
  std::chrono::minutes ahead_of_utc{0};
  if (!skip_fraction(reader) || !read_zone(reader, ahead_of_utc)) return std::nullopt;

  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  const std::chrono::sys_seconds moment = std::chrono::sys_days(date) + std::chrono::hours(hour) +
                                          std::chrono::minutes(minute) +
                                          std::chrono::seconds(second) - ahead_of_utc;
  return moment.time_since_epoch().count();
}

}  // namespace tls
