// SPDX-License-Identifier: Apache-2.0
#include "control/cli/help_text.hpp"

#include "control/cli/exit_code.hpp"
#include "control/cli/text_layout.hpp"
#include "control/filter/filter_fields.hpp"
#include "control/query/query_field.hpp"

#include <algorithm>

namespace control {
namespace {

constexpr size_t kWidth = 80;
constexpr size_t kIndent = 2;
constexpr size_t kHelpColumnMax = 28;

struct Entry {
  std::string heading;
  std::string help;
};

// Headings at the left, helps beside them in one column.
std::string entries_text(const std::vector<Entry>& entries) {
  size_t column = 0;
  for (const Entry& entry : entries)
    column = std::max(column, kIndent + display_width(entry.heading) + 2);
  column = std::min(column, kHelpColumnMax);
  std::string out;
  for (const Entry& entry : entries) {
    std::string heading = std::string(kIndent, ' ') + entry.heading;
    const size_t width = display_width(heading);
    const bool beside = width + 2 <= column;
    out += heading + (beside ? std::string(column - width, ' ') : "\n");
    out += wrapped(entry.help, column, kWidth, !beside);
  }
  return out;
}

std::string section(std::string_view title, const std::vector<Entry>& entries) {
  if (entries.empty()) return "";
  return "\n" + std::string(title) + ":\n" + entries_text(entries);
}

std::vector<Entry> option_entries(std::span<const ArgumentSpec> arguments, bool positional) {
  std::vector<Entry> entries;
  for (const ArgumentSpec& spec : arguments) {
    if ((spec.arity != Arity::option) != positional) continue;
    entries.push_back(
        {positional ? std::string(spec.value_name) : option_heading(spec), argument_help(spec)});
  }
  return entries;
}

std::vector<Entry> column_entries(std::span<const ColumnSpec> columns) {
  std::vector<Entry> entries;
  for (const ColumnSpec& column : columns) {
    std::string help(column.help.empty() ? column.heading : column.help);
    entries.push_back({std::string(column.key), help});
  }
  return entries;
}

std::vector<Entry> filter_entries() {
  std::vector<Entry> entries;
  for (const FilterField& field : filter_fields())
    entries.push_back({std::string(field.example), filter_field_help(field)});
  return entries;
}

std::string paragraphs(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const size_t end = text.find("\n\n");
    out += "\n" + wrapped(text.substr(0, end), 0, kWidth);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 2);
  }
  return out;
}

}  // namespace

std::string filter_field_help(const FilterField& field) {
  std::string out(field.help);
  for (size_t i = 0; i < field.words.size(); ++i)
    out += (i == 0 ? ": " : ", ") + std::string(field.words[i]);
  return out;
}

std::vector<QueryHelp> query_helps(const CommandSpec& command) {
  std::vector<QueryHelp> out;
  const std::optional<QueryVerb> verb = query_verb_named(command.name);
  if (!verb) return out;
  for (const QueryField* field : query_fields_of(*verb)) {
    std::string help(field->help);
    const auto& words = field->details.words;
    for (size_t i = 0; i < words.size(); ++i)
      help += (i == 0 ? ": " : ", ") + std::string(words[i]);
    out.push_back({std::string(field->example), help});
  }
  return out;
}

std::string query_fields_text(const CommandSpec& command) {
  std::vector<Entry> entries;
  for (const QueryHelp& help : query_helps(command))
    entries.push_back({help.example, help.help});
  return section("Terms of a query, for example", entries);
}

bool takes_filters(const CommandSpec& command) {
  return std::ranges::any_of(command.arguments, [](const ArgumentSpec& spec) {
    return spec.type == ArgumentType::filter;
  });
}

std::string option_heading(const ArgumentSpec& spec) {
  std::string out = spec.short_name == 0 ? "" : std::string("-") + spec.short_name + ", ";
  out += "--" + std::string(spec.name);
  if (!spec.value_name.empty()) out += " " + std::string(spec.value_name);
  return out;
}

std::string argument_help(const ArgumentSpec& spec) {
  std::string out(spec.help);
  if (!spec.words.empty()) {
    out += " One of:";
    for (size_t i = 0; i < spec.words.size(); ++i)
      out += (i == 0 ? " " : ", ") + std::string(spec.words[i]);
    out += ".";
  }
  if (!spec.default_text.empty()) out += " Default: " + std::string(spec.default_text) + ".";
  return out;
}

std::string role_text(const CommandSpec& command) {
  return command.needs_daemon() ? std::string(name_of(command.role)) : "";
}

std::string usage_line(const CommandSpec& command) {
  std::string out = "tapseal " + std::string(command.name) + " [OPTION…]";
  for (const ArgumentSpec& spec : command.arguments) {
    const std::string name(spec.value_name);
    if (spec.arity == Arity::required) out += " " + name;
    if (spec.arity == Arity::optional) out += " [" + name + "]";
    if (spec.arity == Arity::one_or_more) out += " " + name + "…";
    if (spec.arity == Arity::any_number) out += " [" + name + "…]";
  }
  return out;
}

std::string overview_text() {
  std::string out =
      "tapseal - TLS inventory: who showed which certificate, where, to whom\n"
      "\nUsage: tapseal [COMMON OPTION…] COMMAND [OPTION…] [ARGUMENT…]\n";
  std::string_view group;
  std::vector<Entry> entries;
  for (const CommandSpec& command : command_table()) {
    if (command.group != group) {
      out += section(group, entries);
      entries.clear();
      group = command.group;
    }
    entries.push_back({std::string(command.name), std::string(command.help)});
  }
  out += section(group, entries);
  out += section("Common options", option_entries(common_options(), false));
  entries.clear();
  for (const ExitCodeText& code : exit_code_table())
    entries.push_back({std::to_string(static_cast<int>(code.code)), std::string(code.meaning)});
  out += section("Exit codes", entries);
  return out + "\n`tapseal COMMAND --help` explains a command.\n";
}

std::string command_help_text(const CommandSpec& command) {
  std::string out = "tapseal " + std::string(command.name) + " - " + std::string(command.help);
  out += "\n\nUsage: " + usage_line(command) + "\n" + paragraphs(command.long_help);
  if (command.needs_daemon())
    out += "\nNeeds a running daemon; role: " + role_text(command) + ".\n";
  out += section("Arguments", option_entries(command.arguments, true));
  if (takes_filters(command)) out += section("Filters", filter_entries());
  out += query_fields_text(command);
  out += section("Options", option_entries(command.arguments, false));
  out += section("Common options", option_entries(common_options(), false));
  out += section("Fields of the reply (names in --json)", column_entries(command.fields));
  out += section("Columns of the reply (names in --json)", column_entries(command.columns));
  if (!command.examples.empty()) out += "\nExamples:\n";
  for (const std::string_view example : command.examples)
    out += "  " + std::string(example) + "\n";
  return out;
}

}  // namespace control
