// SPDX-License-Identifier: Apache-2.0
#include "control/cli/watch_printer.hpp"

#include "control/cli/reply_printer.hpp"
#include "control/cli/table_text.hpp"
#include "control/cli/text_layout.hpp"
#include "control/cli/value_text.hpp"

#include <cstdio>

namespace control {
namespace {

Json headings(std::span<const ColumnSpec> columns) {
  Json out = Json::object();
  for (const ColumnSpec& column : columns)
    out[std::string(column.key)] = column.heading;
  return out;
}

}  // namespace

std::string fixed_line(std::span<const ColumnSpec> columns, const Json& row) {
  std::string out;
  for (const ColumnSpec& column : columns) {
    const auto found = row.find(std::string(column.key));
    const std::string text = value_text(column.kind, found == row.end() ? Json() : *found);
    if (column.width == 0) {
      out += text;
      continue;
    }
    const std::string cell = cut_to_width(text, column.width);
    out += cell + std::string(column.width - display_width(cell) + 2, ' ');
  }
  out.erase(out.find_last_not_of(' ') + 1);
  return out + '\n';
}

void WatchPrinter::row(const Json& row) {
  ++num_rows_;
  if (format_ == OutputFormat::json) {
    print_json_line(row);
  } else if (row.is_object()) {
    print_text(fixed_line(command_.columns, row));
  }
}

void WatchPrinter::field(const std::string& name, const Json& value) {
  if (name == "watching" && format_ == OutputFormat::table) {
    const std::string line = fixed_line(command_.columns, headings(command_.columns));
    const bool bold = style_of_stdout() == Style::terminal;
    print_text(bold ? std::string(kBold) + line + std::string(kNormal) : line);
  } else if (name == "missed" && format_ == OutputFormat::json) {
    print_json_line({{"type", "missed"}, {"missed", value}});
  } else if (name == "missed") {
    pause();
    std::fprintf(stderr,
                 "tapseal: %s sessions are left out here: they came faster than they were read\n",
                 to_text(value).c_str());
  }
}

void WatchPrinter::pause() {
  good_ = std::fflush(stdout) == 0 && std::ferror(stdout) == 0 && good_;
}

}  // namespace control
