// SPDX-License-Identifier: Apache-2.0
#include "control/cli/reply_printer.hpp"

#include "control/cli/section_text.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace control {

void print_text(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
}

Style style_of_stdout() {
  const char* const no_color = std::getenv("NO_COLOR");
  const char* const terminal = std::getenv("TERM");
  const bool dumb = terminal == nullptr || std::string_view(terminal) == "dumb";
  const bool refused = no_color != nullptr && no_color[0] != '\0';
  return isatty(STDOUT_FILENO) == 1 && !dumb && !refused ? Style::terminal : Style::plain;
}

void print_json_line(const Json& json) {
  const bool ensure_ascii = isatty(STDOUT_FILENO) == 1;
  print_text(json.dump(-1, ' ', ensure_ascii, Json::error_handler_t::replace) + '\n');
}

ReplyPrinter::ReplyPrinter(const CommandSpec& command, OutputFormat format)
    : command_(command), format_(format), style_(style_of_stdout()) {}

void ReplyPrinter::row(const Json& row) {
  if (format_ == OutputFormat::json) {
    print_fields_as_json();
    print_json_line(flat_row(command_.columns, row));
  } else if (row.is_object()) {
    rows_.push_back(row);
  }
}

void ReplyPrinter::field(const std::string& name, const Json& value) {
  fields_.emplace_back(name, value);
}

void ReplyPrinter::print_fields_as_json() {
  if (fields_.empty()) return;
  Json object = Json::object();
  for (const auto& [name, value] : fields_)
    object[name] = value;
  print_json_line(object);
  fields_.clear();
}

bool ReplyPrinter::is_plain_text() const {
  return command_.columns.empty() && fields_.size() == 1 && fields_[0].first == "text" &&
         fields_[0].second.is_string();
}

bool ReplyPrinter::finish() {
  if (format_ == OutputFormat::json) {
    print_fields_as_json();
  } else if (is_plain_text()) {
    print_text(fields_[0].second.get_ref<const std::string&>());
  } else {
    if (!fields_.empty()) print_text(fields_text(command_.fields, fields_));
    if (!fields_.empty() && !rows_.empty()) print_text("\n");
    const bool table = !command_.columns.empty() && (fields_.empty() || !rows_.empty());
    if (table && is_sectioned(command_.columns)) {
      print_text(sections_text(command_.columns, rows_, style_));
    } else if (table) {
      print_text(table_text(command_.columns, rows_, style_));
    }
  }
  return std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
}

}  // namespace control
