// SPDX-License-Identifier: Apache-2.0
#include "control/cli/value_text.hpp"

#include "control/cli/text_layout.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <span>
#include <string_view>

namespace control {
namespace {

// One decimal, or none where the number is whole.
std::string decimal_text(double number) {
  std::array<char, 64> text{};
  const char* const format = number == std::floor(number) ? "%.0f" : "%.1f";
  const int size = std::snprintf(text.data(), text.size(), format, number);
  return size > 0 && static_cast<size_t>(size) < text.size() ? text.data() : "?";
}

std::string scaled_text(double number, double step, std::span<const std::string_view> units) {
  size_t unit = 0;
  while (std::fabs(number) >= step && unit + 1 < units.size()) {
    number /= step;
    ++unit;
  }
  return decimal_text(std::round(number * 10) / 10) + std::string(units[unit]);
}

std::string bytes_text(double bytes) {
  constexpr std::string_view kUnits[] = {" B", " KiB", " MiB", " GiB", " TiB", " PiB"};
  return scaled_text(bytes, 1024, kUnits);
}

std::string rate_text(double rate) {
  constexpr std::string_view kUnits[] = {"/s", " k/s", " M/s", " G/s", " T/s"};
  return scaled_text(rate, 1000, kUnits);
}

// The two largest units that are not zero: "3d4h", "1m30s"; below a second milliseconds.
std::string duration_text(double seconds) {
  const std::string sign = seconds < 0 ? "-" : "";
  seconds = std::fabs(seconds);
  if (seconds == 0) return "0s";
  if (seconds < 1) return sign + decimal_text(std::ceil(seconds * 1000)) + "ms";
  constexpr double kLongest = 1e15;
  auto left = static_cast<uint64_t>(std::min(seconds, kLongest));
  struct Unit {
    std::string_view name;
    uint64_t seconds;
  };
  constexpr Unit kUnits[] = {{"d", 86'400}, {"h", 3'600}, {"m", 60}, {"s", 1}};
  std::string out;
  int num_units = 0;
  for (const Unit& unit : kUnits) {
    const uint64_t amount = left / unit.seconds;
    left %= unit.seconds;
    if (amount == 0 && num_units == 0) continue;
    if (amount != 0) out += std::to_string(amount) + std::string(unit.name);
    if (++num_units == 2) break;
  }
  return sign + out;
}

std::string time_text(double seconds) {
  const auto whole = static_cast<time_t>(seconds);
  tm parts{};
  std::array<char, 40> text{};
  if (gmtime_r(&whole, &parts) == nullptr) return "?";
  const size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text.data(), size};
}

std::string number_text(ColumnKind kind, const Json& value) {
  const double number = value.get<double>();
  switch (kind) {
    case ColumnKind::bytes:
      return bytes_text(number);
    case ColumnKind::rate:
      return rate_text(number);
    case ColumnKind::duration:
      return duration_text(number);
    case ColumnKind::time:
      return time_text(number);
    case ColumnKind::text:
    case ColumnKind::count:
    case ColumnKind::address:
    case ColumnKind::values:
      break;
  }
  return to_text(value);
}

}  // namespace

std::string value_text(ColumnKind kind, const Json& value) {
  if (value.is_null()) return "-";
  if (value.is_number()) return number_text(kind, value);
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    return text.empty() ? "-" : printable(text);
  }
  if (!value.is_array()) return printable(to_text(value));
  std::string out;
  for (const Json& item : value)
    out += (out.empty() ? "" : ", ") + value_text(kind, item);
  return out.empty() ? "-" : out;
}

}  // namespace control
