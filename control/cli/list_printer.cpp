// SPDX-License-Identifier: Apache-2.0
#include "control/cli/list_printer.hpp"

#include "control/cli/csv_text.hpp"
#include "control/cli/reply_printer.hpp"
#include "control/cli/section_text.hpp"
#include "control/cli/text_layout.hpp"

#include <cstdio>

namespace control {

std::string statement_text(const Json& values) {
  std::string out = printable(values.value("sql", "")) + ";\n";
  size_t number = 0;
  for (const Json& parameter : values.value("parameters", Json::array())) {
    out += "-- $" + std::to_string(++number) + " = " +
           (parameter.is_string() ? printable(parameter.get_ref<const std::string&>()) : "?") +
           "\n";
  }
  const std::string plan = values.value("plan", "");
  for (size_t at = 0; at < plan.size();) {
    const size_t end = std::min(plan.find('\n', at), plan.size());
    out += "-- " + printable(plan.substr(at, end - at)) + "\n";
    at = end + 1;
  }
  return out;
}

ListPrinter::ListPrinter(const CommandSpec& command, ListFormat format)
    : command_(command), format_(format) {
  if (format_ == ListFormat::csv) print_text(csv_header(command_.columns));
}

void ListPrinter::row(const Json& row) {
  if (!row.is_object()) return;
  if (format_ == ListFormat::csv) {
    print_text(csv_row(command_.columns, row));
  } else if (format_ == ListFormat::json) {
    print_json_line(flat_row(command_.columns, row));
  } else {
    rows_.push_back(row);
  }
}

void ListPrinter::field(const std::string& name, const Json& value) {
  fields_[name] = value;
}

bool ListPrinter::finish() {
  if (format_ == ListFormat::json && !fields_.empty()) print_json_line(fields_);
  if (format_ == ListFormat::sql) {
    if (!fields_.empty()) print_text(statement_text(fields_));
    for (const Json& row : rows_) {
      print_text("-- " + printable(row.value("section", "")) + "\n" +
                 statement_text(row.value("values", Json::object())) + "\n");
    }
  }
  if (format_ == ListFormat::table) {
    const Style style = style_of_stdout();
    print_text(is_sectioned(command_.columns) ? sections_text(command_.columns, rows_, style)
                                              : table_text(command_.columns, rows_, style));
  }
  const bool printed = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
  if (format_ != ListFormat::json && fields_.contains("next")) {
    std::fprintf(stderr, "tapseal: more follow: --after %s\n",
                 printable(fields_.value("next", "")).c_str());
  }
  return printed;
}

}  // namespace control
