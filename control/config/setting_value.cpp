// SPDX-License-Identifier: Apache-2.0
#include "control/config/setting_value.hpp"

#include <array>
#include <charconv>
#include <limits>
#include <optional>

namespace control {
namespace {

using flowtable::Error;
using flowtable::Failure;
using flowtable::OrError;

struct Unit {
  std::string_view name;
  uint64_t factor;
};

constexpr std::array<Unit, 4> kCountUnits{
    {{"", 1}, {"k", 1'000}, {"M", 1'000'000}, {"G", 1'000'000'000}}};
// Longest first for format_duration().
constexpr std::array<Unit, 7> kDurationUnits{{{"d", 86'400'000'000'000},
                                              {"h", 3'600'000'000'000},
                                              {"m", 60'000'000'000},
                                              {"s", 1'000'000'000},
                                              {"ms", 1'000'000},
                                              {"us", 1'000},
                                              {"ns", 1}}};

// Digits and a unit of the list behind them, multiplied; nothing where it is not that, or where the
// product does not fit.
template <size_t N>
std::optional<uint64_t> parse_scaled(std::string_view text, const std::array<Unit, N>& units) {
  uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc()) return std::nullopt;
  const std::string_view name(rest, static_cast<size_t>(end - rest));
  for (const Unit& unit : units) {
    if (unit.name != name) continue;
    if (number > std::numeric_limits<uint64_t>::max() / unit.factor) return std::nullopt;
    return number * unit.factor;
  }
  return std::nullopt;
}

bool is_plain(char c) {
  const bool alphanumeric =
      (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return alphanumeric || std::string_view("_./:=+-").find(c) != std::string_view::npos;
}

// Conservative: what could be taken for a null, a list or a pair goes in quotes.
bool is_plain_scalar(std::string_view text) {
  if (text.empty() || text == "-" || text == "null" || text == "Null" || text == "NULL")
    return false;
  if (text.front() == '-' || text.front() == ':' || text.back() == ':') return false;
  for (const char c : text) {
    if (!is_plain(c)) return false;
  }
  return true;
}

}  // namespace

OrError<uint64_t> parse_count(std::string_view text) {
  const std::optional<uint64_t> count = parse_scaled(text, kCountUnits);
  if (!count.has_value()) return Failure{Error{"a whole number, such as 5000, 64k or 2M"}};
  return *count;
}

OrError<Duration> parse_duration(std::string_view text) {
  const std::optional<uint64_t> ns = parse_scaled(text, kDurationUnits);
  const auto ns_max = static_cast<uint64_t>(Duration::max().count());
  if (!ns.has_value() || *ns > ns_max)
    return Failure{Error{"a number with a unit, such as 250ms, 10s, 5m, 12h or 30d"}};
  return Duration(static_cast<Duration::rep>(*ns));
}

std::string format_duration(Duration duration) {
  const auto ns = static_cast<uint64_t>(duration.count());
  if (ns == 0) return "0s";
  for (const Unit& unit : kDurationUnits) {
    if (ns % unit.factor == 0) return std::to_string(ns / unit.factor) + std::string(unit.name);
  }
  return std::to_string(ns) + "ns";
}

std::string yaml_scalar(std::string_view text) {
  if (is_plain_scalar(text)) return std::string(text);
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      out += "\\x";
      out += kHex[byte >> 4];
      out += kHex[byte & 0xf];
    } else {
      out += c;
    }
  }
  return out + '"';
}

}  // namespace control
