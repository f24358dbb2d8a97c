// SPDX-License-Identifier: Apache-2.0
#include "control/metrics/prometheus_text.hpp"

#include "flowtable/base/check.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <string_view>

namespace control {
namespace {

enum class Colon { allowed, refused };

bool is_name(std::string_view name, Colon colon) {
  if (name.empty() || (name.front() >= '0' && name.front() <= '9')) return false;
  return std::all_of(name.begin(), name.end(), [colon](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           (c == ':' && colon == Colon::allowed);
  });
}

// Format: a line feed and a backslash are written \n and \\; in label values a quote, too.
std::string escaped(std::string_view text, bool in_quotes) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\\' || (c == '"' && in_quotes)) {
      out += '\\';
      out += c;
    } else {
      out += c;
    }
  }
  return out;
}

std::string number_text(const std::variant<uint64_t, double>& value) {
  if (const auto* whole = std::get_if<uint64_t>(&value)) return std::to_string(*whole);
  const double number = std::get<double>(value);
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number > 0 ? "+Inf" : "-Inf";
  std::array<char, 32> text{};
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), number);
  CHECK(error == std::errc());
  return {text.data(), end};
}

std::string full_name(const MetricRow& row) {
  CHECK(is_name(row.name, Colon::allowed));
  const bool bare = row.kind == MetricKind::counter && !row.name.ends_with("_total");
  return bare ? row.name + "_total" : row.name;
}

void add_sample(std::string& out, const std::string& name, const MetricRow& row) {
  out += name;
  char separator = '{';
  for (const auto& [label, value] : row.labels) {
    CHECK(is_name(label, Colon::refused));
    out += separator + label + "=\"" + escaped(value, true) + '"';
    separator = ',';
  }
  if (!row.labels.empty()) out += '}';
  out += ' ' + number_text(row.value) + '\n';
}

}  // namespace

std::string prometheus_text(std::span<const MetricRow> rows) {
  std::vector<std::string> names;
  std::map<std::string, std::string> samples;
  for (const MetricRow& row : rows) {
    const std::string name = full_name(row);
    const auto [place, is_new] = samples.try_emplace(name);
    if (is_new) {
      names.push_back(name);
      place->second = "# HELP " + name + ' ' + escaped(row.help, false) + "\n# TYPE " + name +
                      (row.kind == MetricKind::counter ? " counter\n" : " gauge\n");
    }
    add_sample(place->second, name, row);
  }
  std::string out;
  for (const std::string& name : names)
    out += samples[name];
  return out;
}

}  // namespace control
