// SPDX-License-Identifier: Apache-2.0
#include "control/query/query_value.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

namespace control {
namespace {

using std::string_view;

constexpr int64_t kDay = 86'400;
constexpr int64_t kSecondsMax = 1000 * 366 * kDay;

struct Unit {
  char name;
  int64_t seconds;
};
constexpr std::array kUnits = {Unit{'s', 1},    Unit{'m', 60},       Unit{'h', 3600},
                               Unit{'d', kDay}, Unit{'w', 7 * kDay}, Unit{'y', 365 * kDay}};

char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lowered(string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), lower);
  return out;
}

// Decimal digits and nothing else.
std::optional<int64_t> whole_number(string_view text) {
  int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  const bool digits = text.find_first_not_of("0123456789") == string_view::npos;
  if (text.empty() || !digits || parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
  return number;
}

// "30d", "12h".
std::optional<int64_t> span_seconds(string_view text) {
  if (text.size() < 2) return std::nullopt;
  const auto* const unit = std::ranges::find(kUnits, text.back(), &Unit::name);
  const std::optional<int64_t> amount = whole_number(text.substr(0, text.size() - 1));
  if (unit == kUnits.end() || !amount || *amount > kSecondsMax / unit->seconds) return std::nullopt;
  return *amount * unit->seconds;
}

std::string two_digits(int64_t number) {
  return (number < 10 ? "0" : "") + std::to_string(number);
}

std::string moment_text(int64_t seconds) {
  const std::chrono::sys_seconds when{std::chrono::seconds(seconds)};
  const auto day = std::chrono::floor<std::chrono::days>(when);
  const std::chrono::year_month_day date(day);
  const int64_t rest = (when - day).count();
  std::string year = std::to_string(static_cast<int>(date.year()));
  year.insert(0, 4 - std::min<size_t>(4, year.size()), '0');
  return year + "-" + two_digits(static_cast<unsigned>(date.month())) + "-" +
         two_digits(static_cast<unsigned>(date.day())) + " " + two_digits(rest / 3600) + ":" +
         two_digits(rest / 60 % 60) + ":" + two_digits(rest % 60) + "+00";
}

// Digits where `shape` has a 0, else its own characters.
bool has_shape(string_view text, string_view shape) {
  return text.size() == shape.size() &&
         std::equal(text.begin(), text.end(), shape.begin(), [](char c, char wanted) {
           return wanted == '0' ? c >= '0' && c <= '9' : c == wanted;
         });
}

// "2026-01-31", "2026-01-31T23:59", "2026-01-31T23:59:59", UTC with or without a Z behind.
std::optional<QueryScalar> absolute_time(string_view text) {
  if (text.ends_with('z')) text.remove_suffix(1);
  const bool to_day = has_shape(text, "0000-00-00");
  const bool to_minute = has_shape(text, "0000-00-00t00:00");
  if (!to_day && !to_minute && !has_shape(text, "0000-00-00t00:00:00")) return std::nullopt;
  const auto part = [text](size_t at, size_t size) {
    return at < text.size() ? whole_number(text.substr(at, size)).value_or(0) : 0;
  };
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(part(0, 4))),
                                         std::chrono::month(static_cast<unsigned>(part(5, 2))),
                                         std::chrono::day(static_cast<unsigned>(part(8, 2)))};
  const int64_t hour = part(11, 2);
  const int64_t minute = part(14, 2);
  const int64_t second = part(17, 2);
  if (!date.ok() || part(0, 4) == 0 || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  const int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  const int64_t begin = days * kDay + hour * 3600 + minute * 60 + second;
  QueryScalar out;
  out.text = moment_text(begin);
  out.end = moment_text(begin + (to_day ? kDay : to_minute ? 60 : 1));
  return out;
}

std::optional<QueryScalar> read_time(const QueryField& field, const std::string& text) {
  if (std::optional<QueryScalar> absolute = absolute_time(text)) return absolute;
  QueryScalar out;
  out.text = text;
  out.from_now = true;
  if (text == "now") return out;
  const bool past = text.starts_with('-');
  const std::optional<int64_t> seconds = span_seconds(past ? string_view(text).substr(1) : text);
  if (!seconds || (field.details.past && !past && *seconds > 0)) return std::nullopt;
  out.number = past ? -*seconds : *seconds;
  return out;
}

// "AB:CD:…" as tools print digests.
std::optional<QueryScalar> read_digest(const QueryField& field, const std::string& text) {
  QueryScalar out;
  std::ranges::copy_if(text, std::back_inserter(out.text), [](char c) { return c != ':'; });
  constexpr size_t kDigitsMin = 8;
  const bool hex = out.text.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!hex || out.text.size() < kDigitsMin || out.text.size() > field.details.digits)
    return std::nullopt;
  return out;
}

int address_bits(const std::string& text) {
  std::array<unsigned char, 16> bytes{};
  if (text.find('\0') != std::string::npos) return 0;
  if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return 32;
  return inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1 ? 128 : 0;
}

std::optional<QueryScalar> if_good(bool good, QueryScalar& value) {
  return good ? std::optional(std::move(value)) : std::nullopt;
}

}  // namespace

bool is_address(string_view text) {
  return address_bits(std::string(text)) != 0;
}

bool is_network(string_view text) {
  const size_t slash = text.find('/');
  if (slash == string_view::npos) return false;
  const int bits = address_bits(std::string(text.substr(0, slash)));
  const std::optional<int64_t> length = whole_number(text.substr(slash + 1));
  return bits != 0 && length && text.size() - slash <= 4 && *length <= bits;
}

std::optional<QueryScalar> read_scalar(const QueryField& field, string_view text) {
  QueryScalar out;
  out.text = lowered(text);
  switch (field.form) {
    case FieldForm::words:
    case FieldForm::text:
      out.text = text;
      return if_good(!text.empty(), out);
    case FieldForm::name:
      return if_good(!text.empty(), out);
    case FieldForm::word: {
      const auto& words = field.details.words;
      const bool known = words.empty() || std::ranges::find(words, out.text) != words.end();
      return if_good(!text.empty() && known, out);
    }
    case FieldForm::number: {
      const std::optional<int64_t> number = whole_number(text);
      out.number = number.value_or(0);
      return if_good(number && *number <= static_cast<int64_t>(field.details.max), out);
    }
    case FieldForm::time:
      return read_time(field, out.text);
    case FieldForm::span: {
      const std::optional<int64_t> seconds = span_seconds(out.text);
      out.number = seconds.value_or(0);
      return if_good(seconds.has_value(), out);
    }
    case FieldForm::network:
      return if_good(is_address(out.text) || is_network(out.text), out);
    case FieldForm::digest:
      return read_digest(field, out.text);
    case FieldForm::flag:
      return if_good(out.text == "yes" || out.text == "no", out);
  }
  return std::nullopt;
}

std::string allowed_text(const QueryField& field) {
  switch (field.form) {
    case FieldForm::number:
      return "a whole number from 0 to " + std::to_string(field.details.max);
    case FieldForm::time:
      return field.details.past ? "a date, or a time that has been, such as -7d"
                                : "a date, or a time from now such as 30d, 2w or -7d";
    case FieldForm::span:
      return "a time with its unit (s, m, h, d, w, y), such as 398d";
    case FieldForm::network:
      return "an IP address or a network";
    case FieldForm::digest:
      return "8 to " + std::to_string(field.details.digits) + " hexadecimal digits";
    case FieldForm::flag:
      return "yes or no";
    case FieldForm::words:
    case FieldForm::text:
    case FieldForm::name:
    case FieldForm::word:
      break;
  }
  std::string out;
  for (const string_view word : field.details.words)
    out += (out.empty() ? "" : ", ") + std::string(word);
  return out.empty() ? "a text" : out;
}

}  // namespace control
