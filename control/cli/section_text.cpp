// SPDX-License-Identifier: Apache-2.0
#include "control/cli/section_text.hpp"

#include <algorithm>

namespace control {
namespace {

struct Section {
  std::string heading;
  std::vector<Json> rows;
  std::vector<std::string> keys;  // of the rows, in the order in which they first appear
};

std::vector<Section> split(std::span<const ColumnSpec> columns, const std::vector<Json>& rows) {
  std::vector<Section> sections;
  for (const Json& row : rows) {
    const std::string heading = row.value(std::string(columns[0].key), "");
    const Json values = row.value(std::string(columns[1].key), Json::object());
    if (sections.empty() || sections.back().heading != heading)
      sections.push_back({heading, {}, {}});
    Section& section = sections.back();
    for (const auto& item : values.items()) {
      const bool known = std::ranges::find(section.keys, item.key()) != section.keys.end();
      if (!known) section.keys.push_back(item.key());
    }
    section.rows.push_back(values);
  }
  return sections;
}

std::vector<ColumnSpec> columns_of(const Section& section) {
  std::vector<ColumnSpec> columns;
  for (const std::string& key : section.keys)
    columns.push_back({key, key});
  return columns;
}

// So many columns do not fit a screen side by side.
constexpr size_t kColumnsMax = 14;

std::string body_text(const Section& section, Style style) {
  const std::vector<ColumnSpec> columns = columns_of(section);
  if (columns.size() <= kColumnsMax) return table_text(columns, section.rows, style);
  std::string out;
  for (const Json& row : section.rows) {
    std::vector<std::pair<std::string, Json>> values;
    for (const auto& item : row.items())
      values.emplace_back(item.key(), item.value());
    out += (out.empty() ? "" : "\n") + fields_text(columns, values);
  }
  return out;
}

}  // namespace

bool is_sectioned(std::span<const ColumnSpec> columns) noexcept {
  return columns.size() == 2 && columns[1].kind == ColumnKind::values;
}

std::string sections_text(std::span<const ColumnSpec> columns, const std::vector<Json>& rows,
                          Style style) {
  std::string out;
  for (const Section& section : split(columns, rows)) {
    if (!out.empty()) out += '\n';
    out += section.heading + "\n" + body_text(section, style);
  }
  return out;
}

Json flat_row(std::span<const ColumnSpec> columns, const Json& row) {
  if (!is_sectioned(columns) || !row.is_object()) return row;
  Json out = Json::object();
  const std::string heading(columns[0].key);
  out[heading] = row.value(heading, "");
  const Json values = row.value(std::string(columns[1].key), Json::object());
  for (const auto& item : values.items())
    out[item.key()] = item.value();
  return out;
}

}  // namespace control
