// SPDX-License-Identifier: Apache-2.0
#include "control/cli/table_text.hpp"

#include "control/cli/text_layout.hpp"
#include "control/cli/value_text.hpp"

#include <algorithm>

namespace control {
namespace {

constexpr std::string_view kGap = "  ";

using Line = std::vector<std::string>;

void add_cell(std::string& line, const std::string& text, size_t width, Align align) {
  const std::string padding(width - std::min(width, display_width(text)), ' ');
  line += align == Align::right ? padding + text : text + padding;
}

std::string line_text(std::span<const ColumnSpec> columns, const Line& cells,
                      const std::vector<size_t>& widths) {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) line += kGap;
    add_cell(line, cells[i], widths[i], columns[i].align());
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

}  // namespace

std::string table_text(std::span<const ColumnSpec> columns, const std::vector<Json>& rows,
                       Style style) {
  Line headings;
  std::vector<size_t> widths;
  for (const ColumnSpec& column : columns) {
    headings.emplace_back(column.heading);
    widths.push_back(display_width(column.heading));
  }
  std::vector<Line> lines;
  lines.reserve(rows.size());
  for (const Json& row : rows) {
    Line& cells = lines.emplace_back();
    for (size_t i = 0; i < columns.size(); ++i) {
      const auto found = row.find(std::string(columns[i].key));
      cells.push_back(value_text(columns[i].kind, found == row.end() ? Json() : *found));
      widths[i] = std::max(widths[i], display_width(cells.back()));
    }
  }
  std::string out = line_text(columns, headings, widths);
  if (style == Style::terminal) out = std::string(kBold) + out + std::string(kNormal);
  out += '\n';
  for (const Line& cells : lines)
    out += line_text(columns, cells, widths) + '\n';
  return out;
}

std::string fields_text(std::span<const ColumnSpec> fields,
                        const std::vector<std::pair<std::string, Json>>& values) {
  size_t width = 0;
  for (const ColumnSpec& field : fields)
    width = std::max(width, display_width(field.heading));
  std::string out;
  for (const auto& [key, value] : values) {
    const ColumnSpec* const field = find_column(fields, key);
    // Of a newer daemon, perhaps: shown by its key.
    add_cell(out, field == nullptr ? printable(key) : std::string(field->heading), width,
             Align::left);
    out += std::string(kGap) + value_text(field == nullptr ? ColumnKind::text : field->kind, value);
    out += '\n';
  }
  return out;
}

}  // namespace control
