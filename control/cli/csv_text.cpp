// SPDX-License-Identifier: Apache-2.0
#include "control/cli/csv_text.hpp"

#include <string_view>

namespace control {
namespace {

std::string field(std::string_view text) {
  if (text.find_first_of("\",\r\n") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

std::string value_field(const Json& value) {
  if (value.is_null()) return "";
  if (!value.is_string()) return field(to_text(value));
  const auto& text = value.get_ref<const std::string&>();
  const bool formula =
      !text.empty() && std::string_view("=+-@\t").find(text[0]) != std::string_view::npos;
  return field((formula ? "'" : "") + text);
}

}  // namespace

std::string csv_header(std::span<const ColumnSpec> columns) {
  std::string out;
  for (const ColumnSpec& column : columns)
    out += (out.empty() ? "" : ",") + field(column.key);
  return out + "\r\n";
}

std::string csv_row(std::span<const ColumnSpec> columns, const Json& row) {
  std::string out;
  bool first = true;
  for (const ColumnSpec& column : columns) {
    if (!first) out += ',';
    first = false;
    out += value_field(row.value(std::string(column.key), Json()));
  }
  return out + "\r\n";
}

}  // namespace control
